import type { StepsPicture } from "../views/explain/explained.ts";
import { stepsHtml } from "../views/page/explain.ts";
import { stepsSvg } from "../views/svg/explain.ts";
import { stepsText } from "../views/text/explain.ts";
import { type FigureFacts, figure } from "./figure.ts";
import type { FormatOptions } from "./options/format.ts";
import { deliver, json } from "./output.ts";
import { terminalOf } from "./terminal/terminal.ts";

/** What commands that show steps write. */
export const stepsFormats = ["text", "json", "svg", "html"] as const;

/** Writes steps in the medium asked for; `object` is what their JSON holds, `facts` what a picture's caption says beside their texts. */
export async function deliverSteps(
  picture: StepsPicture,
  object: () => object,
  facts: Omit<FigureFacts, "texts">,
  options: FormatOptions,
  format: (typeof stepsFormats)[number],
): Promise<void> {
  const { texts } = picture;
  const caption = { ...facts, ...(texts.length > 0 && { texts }) };
  const content = {
    text: () => stepsText(picture, terminalOf(process.stdout)),
    svg: () => stepsSvg(picture, figure(options, caption, object)),
    html: () => stepsHtml(picture, { theme: options.theme }),
    json: () => json(object()),
  }[format];
  await deliver(content(), options, format);
}
