import { extname } from "node:path";
import { InputError } from "../../errors/errors.ts";
import type { Theme } from "../../views/scale.ts";

/** What commands write, and how files of it end; the first ending is the one heed gives. */
const endings = {
  text: ["txt", "text"],
  json: ["json"],
  jsonl: ["jsonl", "ndjson"],
  csv: ["csv"],
  svg: ["svg"],
  png: ["png"],
  html: ["html", "htm"],
  md: ["md", "markdown"],
} as const;
export type Format = keyof typeof endings;
const allFormats = Object.keys(endings) as Format[];

/** Endings of files whose readers expect other bytes than any command writes. */
const foreignEndings =
  "npy npz safetensors pt pth bin pkl zip gz tar pdf jpg jpeg gif webp xlsx parquet".split(" ");

/** The options that say what is written and where. */
export interface FormatOptions {
  readonly format?: string;
  readonly json?: boolean;
  readonly out?: string;
  readonly open?: boolean;
  /** Which ground a picture, a page or a terminal's colours stand on; "auto" is the reader's own. */
  readonly theme?: Theme | "auto";
}

/**
 * The format asked for: by name, or by the ending of --out; where both are given they agree. With neither, what a browser shows
 * for --open, else text. Throws InputError for a contradiction, and for what the command does not write.
 */
export function formatOf<F extends Format>(
  options: FormatOptions,
  formats: readonly F[],
  subject = "this command writes",
): F {
  const writes = `${subject} ${formats.join(", ")}`;
  const { out, open } = options;
  if (out === "") throw new InputError('--out "": name a file');
  const named = namedFormat(options);
  if (named && !isWritten(named.format, formats)) throw new InputError(`${named.said}: ${writes}`);
  const ending = out === undefined ? "" : extname(out).slice(1).toLowerCase();
  const told = formatNamed(ending);
  if (named && out !== undefined) expectAgreement(named, { out, ending, told });
  const format = named ? named.format : ending === "" ? usual(formats, open) : told;
  if (!isWritten(format, formats))
    throw new InputError(`--out ${out}: ${notWritten(ending, writes)}`);
  if (format === "png" && out === undefined && !open && process.stdout.isTTY)
    throw new InputError(
      "--format png is no text for a terminal. Name a file with --out picture.png, or use --open",
    );
  return format;
}

/** How files of a format end: "txt" for text. */
export function endingOf(format: Format): string {
  return endings[format][0];
}

interface NamedFormat {
  /** Undefined for a name that no format has. */
  readonly format: Format | undefined;
  /** As it was given: "--json". */
  readonly said: string;
}

function namedFormat({ format: name, json }: FormatOptions): NamedFormat | undefined {
  if (name === undefined) return json ? { format: "json", said: "--json" } : undefined;
  const named = { format: formatNamed(name.toLowerCase()), said: `--format ${name}` };
  if (json && named.format !== "json")
    throw new InputError(`${named.said} and --json contradict each other. Leave out one of them`);
  return named;
}

/** A format by its name or an ending of its files. */
function formatNamed(name: string): Format | undefined {
  return allFormats.find(
    (format) => format === name || [...endings[format]].some((ending) => ending === name),
  );
}

function isWritten<F extends Format>(
  format: Format | undefined,
  formats: readonly F[],
): format is F {
  return formats.some((written) => written === format);
}

function usual<F extends Format>(formats: readonly F[], open: boolean | undefined): Format {
  const shown = (["html", "svg"] as const).find((format) => isWritten(format, formats));
  return (open ? shown : undefined) ?? "text";
}

/** Throws InputError where a name and the ending of a file mean two formats; an ending that means none is left to the name. */
function expectAgreement(
  { format, said }: NamedFormat,
  { out, ending, told }: { out: string; ending: string; told: Format | undefined },
): void {
  if (told === format || (told === undefined && !foreignEndings.includes(ending))) return;
  const means = told === undefined ? "is of other files" : `means ${told}`;
  const other = told === undefined ? "" : `, or leave out ${said.split(" ")[0]}`;
  throw new InputError(
    `${said} and --out ${out} contradict each other: the ending .${ending} ${means}. Name the file ${out.slice(0, -ending.length)}${endingOf(format!)}${other}`,
  );
}

function notWritten(ending: string, writes: string): string {
  if (formatNamed(ending) || foreignEndings.includes(ending)) return `${writes}, not ${ending}`;
  return `the ending .${ending} means no format. End the name in one (.txt for text), or give --format; ${writes}`;
}
