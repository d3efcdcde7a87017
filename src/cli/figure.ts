import type { Model } from "../model.ts";
import { shortName } from "../models/short-name.ts";
import type { SvgOptions } from "../views/svg/frame.ts";
import { deliverEach, type Found } from "./each-line.ts";
import { underHeading } from "./heading.ts";
import type { Inputs } from "./input/inputs.ts";
import type { Line } from "./input/lines.ts";
import type { Format, FormatOptions } from "./options/format.ts";
import { deliver } from "./output.ts";
import { version } from "./version.ts";

/** What a picture is of, as far as the picture itself does not say it. */
export interface FigureFacts {
  /** What was read: texts, or a file's name. */
  readonly texts?: readonly string[];
  readonly model?: string;
  /** Which part of the model: "L3H1". */
  readonly of?: string;
}

/** How a command draws: as its options say, with a caption below and, inside, the numbers that its JSON would hold. */
export function figure(
  { theme, width, caption = true }: FormatOptions,
  { texts, model, of }: FigureFacts,
  data: () => object,
): SvgOptions {
  const facts = [of, model, `heed ${version}`].filter((fact) => fact !== undefined);
  const read = texts === undefined ? [] : [texts.join(" / ")];
  return {
    theme,
    width,
    data: { heed: version, ...data() },
    ...(caption && { caption: [...read, facts.join(" · ")] }),
  };
}

/** A model and what it read, for captions. */
export function figureFacts({ label }: Model, texts: readonly string[]): FigureFacts {
  return { texts, model: shortName(label) };
}

/** What a command found for one input, and how it is drawn. */
export interface DrawnFound extends Found {
  readonly svg: (drawing: SvgOptions) => string | Promise<string>;
  /** Whether its text says itself what it is of. */
  readonly isHeaded?: boolean;
}

/** Writes what a command finds for each line; as a picture what it finds for the first. */
export async function deliverEachOrDrawn<L extends Pick<Line, "line">>(
  lines: Inputs<L>,
  options: FormatOptions,
  format: Format,
  find: (line: L) => Promise<DrawnFound>,
  factsOf: (line: L) => FigureFacts,
): Promise<void> {
  if (format !== "svg")
    return deliverEach(lines, { ...options, format }, async (line) => {
      const found = await find(line);
      if (found.isHeaded) return found;
      return { ...found, text: async () => underHeading(factsOf(line), await found.text()) };
    });
  const { first } = lines;
  const { svg, json } = await find(first);
  const data = await json();
  await deliver(await svg(figure(options, factsOf(first), () => data)), options, format);
}
