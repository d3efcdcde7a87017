import { wrap } from "../../views/text/layout.ts";
import { terminalOf } from "../terminal/terminal.ts";

/** A picture's heading and its notes, as wide as the terminal. */
export function withNotes(picture: string, notes: readonly string[]): string {
  const { width } = terminalOf(process.stdout);
  if (notes.length === 0) return picture;
  return [picture.trimEnd(), "", ...notes.flatMap((note) => wrap(note, width, " "))].join("\n");
}
