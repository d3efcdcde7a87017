import type { StepsPicture } from "../views/explain/explained.ts";
import { stepsHtml } from "../views/page/explain.ts";
import { stepsSvg } from "../views/svg/explain.ts";
import { stepsText } from "../views/text/explain.ts";
import type { FormatOptions } from "./options/format.ts";
import { rasterized } from "./raster.ts";
import { terminalOf } from "./terminal/terminal.ts";

/** What commands that show steps write. */
export const stepsFormats = ["text", "json", "svg", "png", "html"] as const;

/** Steps in the medium asked for. */
export async function stepsContent(
  picture: StepsPicture,
  format: Exclude<(typeof stepsFormats)[number], "json">,
  { theme }: FormatOptions,
): Promise<string | Uint8Array> {
  switch (format) {
    case "text":
      return stepsText(picture, terminalOf(process.stdout));
    case "svg":
      return stepsSvg(picture, { theme });
    case "png":
      return rasterized(stepsSvg(picture, { theme: theme === "dark" ? "dark" : "light" }));
    case "html":
      return stepsHtml(picture, { theme });
  }
}
