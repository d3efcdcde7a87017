import type { StepsPicture } from "../views/explain/explained.ts";
import { stepsHtml } from "../views/page/explain.ts";
import { stepsSvg } from "../views/svg/explain.ts";
import { stepsText } from "../views/text/explain.ts";
import { deliverEach } from "./each-line.ts";
import { type FigureFacts, figure } from "./figure.ts";
import { type Inputs, inputsOf } from "./input/inputs.ts";
import type { Line } from "./input/lines.ts";
import type { FormatOptions } from "./options/format.ts";
import { deliver } from "./output.ts";
import { terminalOf } from "./terminal/terminal.ts";

/** What commands that show steps write. */
export const stepsFormats = ["text", "json", "jsonl", "svg", "html"] as const;

/** What a command found, as steps. */
export interface StepsFound {
  readonly picture: StepsPicture;
  /** What its JSON holds. */
  readonly object: () => object;
  /** What a picture's caption says beside the texts. */
  readonly facts: Omit<FigureFacts, "texts">;
}

/** Writes steps in the medium asked for. */
export async function deliverSteps(
  found: StepsFound,
  options: FormatOptions,
  format: (typeof stepsFormats)[number],
): Promise<void> {
  const one = await inputsOf([{ line: undefined }]);
  await deliverStepsOfEach(one, options, format, async () => found);
}

/** Writes the steps found for an input, or with --lines for one after the other; as a picture or a page those of the first. */
export async function deliverStepsOfEach<L extends Pick<Line, "line">>(
  lines: Inputs<L>,
  options: FormatOptions,
  format: (typeof stepsFormats)[number],
  find: (line: L) => Promise<StepsFound>,
): Promise<void> {
  if (format !== "svg" && format !== "html")
    return deliverEach(lines, { ...options, format }, async (line) => {
      const { picture, object } = await find(line);
      return {
        text: () => stepsText(picture, terminalOf(process.stdout)),
        json: object,
        columns: [],
        rows: () => [],
      };
    });
  const { picture, object, facts } = await find(lines.first);
  const { texts } = picture;
  const caption = { ...facts, ...(texts.length > 0 && { texts }) };
  const content =
    format === "svg"
      ? stepsSvg(picture, figure(options, caption, object))
      : stepsHtml(picture, { theme: options.theme });
  await deliver(content, options, format);
}
