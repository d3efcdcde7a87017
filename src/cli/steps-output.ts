import type { StepsPicture } from "../views/explain/explained.ts";
import { stepsHtml } from "../views/page/explain.ts";
import { stepsSvg } from "../views/svg/explain.ts";
import { stepsText } from "../views/text/explain.ts";
import { figure } from "./figure.ts";
import type { FormatOptions } from "./options/format.ts";
import { deliver, json } from "./output.ts";
import { terminalOf } from "./terminal/terminal.ts";

/** What commands that show steps write. */
export const stepsFormats = ["text", "json", "svg", "html"] as const;

/** Writes steps in the medium asked for; `object` is what their JSON holds. */
export async function deliverSteps(
  picture: StepsPicture,
  object: () => object,
  options: FormatOptions,
  format: (typeof stepsFormats)[number],
): Promise<void> {
  const content = {
    text: () => stepsText(picture, terminalOf(process.stdout)),
    svg: () => stepsSvg(picture, figure(options, {}, object)),
    html: () => stepsHtml(picture, { theme: options.theme }),
    json: () => json(object()),
  }[format];
  await deliver(content(), options, format);
}
