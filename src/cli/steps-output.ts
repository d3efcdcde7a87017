import type { StepsPicture } from "../views/explain/explained.ts";
import { stepsHtml } from "../views/page/explain.ts";
import { stepsSvg } from "../views/svg/explain.ts";
import { stepsText } from "../views/text/explain.ts";
import { figure } from "./figure.ts";
import type { FormatOptions } from "./options/format.ts";
import { terminalOf } from "./terminal/terminal.ts";

/** What commands that show steps write. */
export const stepsFormats = ["text", "json", "svg", "html"] as const;

/** Steps in the medium asked for; `object` is what their JSON holds. */
export async function stepsContent(
  picture: StepsPicture,
  format: Exclude<(typeof stepsFormats)[number], "json">,
  options: FormatOptions,
  object: () => object,
): Promise<string> {
  switch (format) {
    case "text":
      return stepsText(picture, terminalOf(process.stdout));
    case "svg":
      return stepsSvg(picture, figure(options, {}, object));
    case "html":
      return stepsHtml(picture, { theme: options.theme });
  }
}
