import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import type { Noun } from "../../probe/noun.ts";
import { moreOf } from "../more-of.ts";
import { formatWeight } from "../numbers.ts";
import { oneLine, surface } from "../surface.ts";
import { wrap } from "./layout.ts";
import { type Column, tableLines } from "./table.ts";
import { expectTerminal, paint, type Terminal } from "./terminal.ts";

/** What one word looks at most, over all heads. */
export interface WordLook extends HeadAddress {
  readonly word: string;
  readonly at: string;
  readonly weight: number;
}

/** What every word of a text looks at most. */
export interface WordsReport {
  /** In the order of the text. */
  readonly looks: readonly WordLook[];
  /** What the ranking left out, a sentence: "Special tokens and 2 words either side are not ranked." */
  readonly note: string;
  /** Words to print at most; the rest is counted. */
  readonly most?: number;
  /** What is listed; "word" if not given. */
  readonly noun?: Noun;
}

/** A line for each word: what it looks at most, how much, in which head. */
export function wordsText(
  { looks, note, most = 60, noun = "word" }: WordsReport,
  terminal: Terminal,
): string {
  expectTerminal(terminal, "wordsText");
  const shown = looks.slice(0, most);
  const arrow = terminal.unicode ? "→" : "->";
  const columns: Column[] = [
    {
      title: noun,
      align: "right",
      flexible: true,
      cells: shown.map(({ word }) => ({ text: surface(word) })),
    },
    { title: "", align: "left", cells: shown.map(() => ({ text: arrow, style: { quiet: true } })) },
    {
      title: "looks most at",
      align: "left",
      flexible: true,
      cells: shown.map(({ at }) => ({ text: surface(at) })),
    },
    {
      title: "weight",
      align: "right",
      cells: shown.map(({ weight }) => ({ text: formatWeight(weight), style: { weight } })),
    },
    { title: "in head", align: "left", cells: shown.map((look) => ({ text: formatHead(look) })) },
  ];
  const left = looks.length - shown.length;
  const rest = left > 0 ? [` ${terminal.unicode ? "…" : "..."} ${moreOf(left, noun)}`] : [];
  const notes = wrap(oneLine(note), terminal.width, " ").map((line) =>
    paint(line, { quiet: true }, terminal),
  );
  return [...tableLines(columns, terminal), ...rest, ...notes].join("\n");
}
