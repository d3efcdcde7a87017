import type { SvgOptions } from "../views/svg/frame.ts";
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

/** What a command draws, and the numbers of it. */
export interface Drawn {
  readonly svg: (drawing: SvgOptions) => string;
  readonly json: () => object | Promise<object>;
}

/** Writes a drawing. */
export async function deliverDrawn(
  { svg, json }: Drawn,
  options: FormatOptions,
  format: Format,
  facts: FigureFacts,
): Promise<void> {
  const data = await json();
  await deliver(svg(figure(options, facts, () => data)), options, format);
}
