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
  pdf: ["pdf"],
  html: ["html", "htm"],
  parquet: ["parquet"],
  npz: ["npz"],
  safetensors: ["safetensors"],
  md: ["md", "markdown"],
} as const;
export type Format = keyof typeof endings;
const allFormats = Object.keys(endings) as Format[];

/** Endings of files whose readers expect other bytes than any command writes. */
const foreignEndings = "npy pt pth bin pkl zip gz tar jpg jpeg gif webp xlsx".split(" ");

/** What is drawn from an SVG, wherever a command gives one. */
const drawnFromSvg: readonly Format[] = ["png", "pdf"];
/** What no terminal shows. */
const binary: readonly Format[] = ["png", "pdf", "parquet", "npz", "safetensors"];

/** The options that say what is written and where. */
export interface FormatOptions {
  readonly format?: string;
  readonly json?: boolean;
  readonly out?: string;
  readonly open?: boolean;
  /** Which ground a picture, a page or a terminal's colours stand on; "auto" is the reader's own. */
  readonly theme?: Theme | "auto";
  /** Width to lay a picture out for, in pixels. */
  readonly width?: number;
  /** Pixels of a PNG or a PDF for one of the picture; 2 if not given. */
  readonly scale?: number;
  /** Whether a picture says below what it is of. */
  readonly caption?: boolean;
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
  const { open } = options;
  const out = outFile(options);
  if (options.out !== undefined && out === undefined && open)
    throw new InputError(
      "--out - and --open contradict each other: what goes to stdout is no file to show. Leave out one of them",
    );
  const isDrawing = isWritten("svg", formats);
  const drawn = drawnFromSvg.filter((format) => isDrawing && !isWritten(format, formats));
  const all = [...formats, ...drawn];
  const writes = `${subject} ${all.join(", ")}`;
  if (out === "") throw new InputError('--out "": name a file');
  const named = namedFormat(options);
  if (named && !isWritten(named.format, all)) throw new InputError(`${named.said}: ${writes}`);
  const ending = out === undefined ? "" : extname(out).slice(1).toLowerCase();
  const told = formatNamed(ending);
  if (named && out !== undefined) expectAgreement(named, { out, ending, told });
  const format = named ? named.format : ending === "" ? usual(formats, open) : told;
  if (!isWritten(format, all)) throw new InputError(`--out ${out}: ${notWritten(ending, writes)}`);
  if (binary.includes(format) && out === undefined && !open && process.stdout.isTTY)
    throw new InputError(
      `--format ${format} is no text for a terminal. Name a file with --out ${isDrawing ? "picture" : "numbers"}.${format}, or use --open`,
    );
  expectPicture(options, format);
  return (isWritten(format, formats) ? format : "svg") as F;
}

/** The file that --out names; undefined where there is none, and for "-", which is stdout. */
export function outFile({ out }: Pick<FormatOptions, "out">): string | undefined {
  return out === "-" ? undefined : out;
}

/** Throws InputError for options of pictures where none is drawn. */
function expectPicture({ width, scale, caption }: FormatOptions, format: Format): void {
  const isDrawn = format === "svg" || drawnFromSvg.includes(format);
  const idle = [
    !isDrawn && width !== undefined && "--width",
    !drawnFromSvg.includes(format) && scale !== undefined && "--scale",
    !isDrawn && caption === false && "--no-caption",
  ].find((option) => option !== false);
  if (idle)
    throw new InputError(
      `${idle} does nothing with --format ${format}: it is for pictures (${idle === "--scale" ? "" : "svg, "}png, pdf)`,
    );
}

/** What a command that draws an SVG is to make of it: "png" or "pdf" where that was asked for. */
export function drawnAs(options: FormatOptions): "png" | "pdf" | undefined {
  const named =
    namedFormat(options)?.format ??
    formatNamed(
      extname(options.out ?? "")
        .slice(1)
        .toLowerCase(),
    );
  return named === "png" || named === "pdf" ? named : undefined;
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
