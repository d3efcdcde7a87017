import { textLines } from "../views/text/focus.ts";
import { wrap } from "../views/text/layout.ts";
import { paint } from "../views/text/terminal.ts";
import { terminalOf } from "./terminal/terminal.ts";

/** What a command prints, under what it is of: the texts, or a file's name, and the model. */
export function underHeading(
  { texts = [], model }: { readonly texts?: readonly string[]; readonly model?: string },
  printed: string,
): string {
  const terminal = terminalOf(process.stdout);
  const named = model === undefined ? [] : wrap(model, terminal.width);
  const heading = [
    ...texts.flatMap((text) => textLines(text, terminal)),
    ...named.map((line) => paint(line, { quiet: true }, terminal)),
  ];
  return [...heading, "", printed].join("\n");
}
