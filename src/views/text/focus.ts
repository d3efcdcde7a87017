import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { type Noun, pluralOf } from "../../probe/noun.ts";
import { countOf, formatWeight } from "../numbers.ts";
import { isolated, oneLine, quote, surface, type Word } from "../surface.ts";
import { displayWidth, shorten, wrap } from "./layout.ts";
import { type Cell, type Column, tableLines } from "./table.ts";
import { expectTerminal, paint, type Terminal } from "./terminal.ts";
import { tokenRowLines } from "./token-rows.ts";

/** What was run, for the line under the sentence. */
export interface ModelSummary {
  readonly name: string;
  readonly layers: number;
  readonly heads: number;
  /** Heads of each layer, where they are not as many in all. */
  readonly headsOf?: readonly number[];
  /** The decoder's, where both stacks are meant and it has others. */
  readonly decoder?: { readonly layers: number; readonly heads: number };
  /** Tokens of the text, special ones included. */
  readonly tokens: number;
  /** Which of several attentions it is: "cross attention". */
  readonly attention?: string;
  /** Tokens that those look at, where they are others. */
  readonly keys?: number;
}

/** A word that may be looked at: "cat" at token 2, "mat" at token 6. */
export interface Target {
  readonly label: string;
  readonly tokens: readonly number[];
}

/** What the focus word does in one head. */
export interface FocusHead extends HeadAddress {
  readonly weights: FocusWeights;
}

/** Weights from the focus word in one head, or averaged over heads. */
export interface FocusWeights {
  /** One weight per target, in the order of `targets`. */
  readonly targets: readonly number[];
  /** On all special tokens together; left out where the text has none. */
  readonly special?: number;
  /** How much the other words look at the first target, on average. */
  readonly others: number;
}

/** Which words of the text look chiefly at the first target in a head, whether or not the focus is among them. */
export interface HeadHabit extends HeadAddress {
  readonly target: string;
  /** The words whose largest weight is on the target, in the order of the text. */
  readonly words: readonly string[];
  /** How many words could have. */
  readonly of: number;
}

/** A head whose largest weight from the focus word was left out of the ranking. */
export interface UnrankedLook extends HeadAddress {
  readonly word: string;
  readonly weight: number;
}

/** All that the main job prints about one word of a sentence. */
export interface FocusReport {
  /** The text, and the second text of a pair. */
  readonly texts: readonly string[];
  readonly model: ModelSummary;
  /** The tokens looked at. */
  readonly tokens: readonly Word[];
  /** Those that look, where they are others: in cross attention. */
  readonly queries?: readonly Word[];
  /** Where the second text of a pair begins among the tokens. */
  readonly secondStart?: number;
  readonly focus: Target;
  /** What tokens are called, those that look and those looked at; words if not given. */
  readonly nouns?: { readonly queries: Noun; readonly keys: Noun };
  /** What the word is said to look at, the leading one first; at least one. */
  readonly targets: readonly Target[];
  /** The head the block of weights shows. */
  readonly head: HeadAddress;
  /** From the focus word to each token in that head; NaN where it cannot look. */
  readonly weights: ArrayLike<number>;
  /** Heads for the table, strongest first. */
  readonly heads: readonly FocusHead[];
  readonly mean: FocusWeights;
  /** What the special tokens are called together: "[CLS]+[SEP]". */
  readonly specialLabel?: string;
  readonly habits: readonly HeadHabit[];
  /** Further sentences of the analysis, printed as they are. */
  readonly notes?: readonly string[];
  /** What the ranking left out; `near` words on either side of the focus, and a first word that heads rest on. */
  readonly unranked: {
    readonly near: number;
    readonly rest?: string;
    readonly looks: readonly UnrankedLook[];
  };
  /** Ready to be appended to the command: `--word mat`. */
  readonly more: readonly string[];
}

const ofWords = { queries: "word", keys: "word" } as const;

/** The main job as terminal text: the sentence, what its focus word looks at, in which heads, and what to doubt. */
export function focusText(report: FocusReport, terminal: Terminal): string {
  expectTerminal(terminal, "focusText");
  const { unicode } = terminal;
  const keep = report.targets.flatMap(({ tokens }) => tokens);
  const breaks = report.secondStart === undefined ? [] : [report.secondStart];
  const { tokens, weights, nouns } = report;
  // Who looks is marked where it stands among those that are looked at.
  const focus = report.queries === undefined ? report.focus.tokens : [];
  return [
    ...report.texts.flatMap((text) => textLines(text, terminal)),
    ...wrap(modelLine(report.model, unicode), terminal.width).map((line) =>
      paint(line, { quiet: true }, terminal),
    ),
    "",
    ...wrap(headline(report), terminal.width).map((line) =>
      paint(line, { strong: true }, terminal),
    ),
    ...tokenRowLines({ tokens, weights, focus, keep, breaks, noun: nouns?.keys }, terminal),
    "",
    ...tableLines(headColumns(report), terminal),
    "",
    ...noteLines(report, terminal),
  ].join("\n");
}

/** At most three lines of a text; a longer one ends in how much is left. */
export function textLines(text: string, terminal: Terminal): string[] {
  expectTerminal(terminal, "textLines");
  const lines = wrap(oneLine(text), terminal.width);
  if (lines.length <= 4) return lines;
  const words = lines.slice(3).join(" ").split(" ").length;
  return [...lines.slice(0, 3), `${terminal.unicode ? "…" : "..."} ${countOf(words, "more word")}`];
}

/** "all-MiniLM-L6-v2, 6 layers × 12 heads (numbered from 0), 13 tokens". */
export function modelLine(
  { name, layers, heads, headsOf, decoder, tokens, attention, keys }: ModelSummary,
  unicode: boolean,
): string {
  const times = unicode ? "×" : "x";
  const shape = (of: Pick<ModelSummary, "layers" | "heads" | "headsOf">) =>
    of.headsOf && new Set(of.headsOf).size > 1
      ? `${countOf(of.layers, "layer")} of ${Math.min(...of.headsOf)} to ${Math.max(...of.headsOf)} heads`
      : `${countOf(of.layers, "layer")} ${times} ${countOf(of.heads, "head")}`;
  const beside = decoder === undefined ? "" : ` and a decoder of ${shape(decoder)}`;
  return [
    oneLine(name),
    ...(attention === undefined ? [] : [attention]),
    `${shape({ layers, heads, headsOf })}${beside} (numbered from 0)`,
    `${countOf(tokens, "token")}${keys === undefined ? "" : ` at ${keys}`}`,
  ].join(", ");
}

function headline({ focus, targets, weights, head }: FocusReport): string {
  const weightAt = ({ tokens }: Target): string =>
    formatWeight(tokens.reduce((sum, token) => sum + weights[token]!, 0));
  const [first, ...rest] = targets;
  const place = `${formatHead(head)} (layer ${head.layer}, head ${head.head})`;
  const others = rest.map((target) => `; at ${quote(target.label)}: ${weightAt(target)}`);
  return `${quote(focus.label)} looks at ${quote(first!.label)}: ${weightAt(first!)} in ${place}${others.join("")}`;
}

function headColumns({ nouns = ofWords, ...report }: FocusReport): Column[] {
  const { focus, targets, heads, mean, specialLabel, model } = report;
  const rows = [...heads.map(({ weights }) => weights), mean];
  const all = model.layers * model.heads;
  const names = [...heads.map(formatHead), `mean of all ${all}`];
  const weightCell = (weight: number): Cell => ({ text: formatWeight(weight), style: { weight } });
  const label = (text: string): string => isolated(shorten(surface(text), 16));
  const columns: Column[] = [
    {
      title: `heads for ${quote(shorten(focus.label, 16))}`,
      align: "left",
      cells: names.map((text) => ({ text })),
    },
    ...targets.map(
      (target, index): Column => ({
        title: label(target.label),
        align: "right",
        cells: rows.map(({ targets: weights }) => weightCell(weights[index]!)),
      }),
    ),
  ];
  if (rows.some(({ special }) => special !== undefined))
    columns.push({
      title: specialLabel ?? "special",
      align: "right",
      cells: rows.map(({ special }) => weightCell(special ?? 0)),
    });
  columns.push({
    title: `other ${pluralOf(nouns.queries)} at ${label(targets[0]!.label)}`,
    align: "right",
    cells: rows.map(({ others }) => weightCell(others)),
  });
  return columns;
}

function noteLines(
  { habits, notes = [], unranked, more, nouns = ofWords }: FocusReport,
  terminal: Terminal,
): string[] {
  const room = terminal.width;
  const lines = [habitSentence(habits, nouns.queries), ...notes.map(oneLine)].filter(
    (line) => line !== "",
  );
  const found = lines.flatMap((line) => wrap(line, room, " "));
  const quiet = wrap(unrankedSentence(unranked, nouns.keys, terminal.unicode), room, " ");
  const commands = moreLines(more, room);
  return [
    ...found,
    ...[...quiet, ...commands].map((line) => paint(line, { quiet: true }, terminal)),
  ];
}

/** "In L5H11 every word looks chiefly at "cat"; in L3H1 only "The" and "it" do." */
function habitSentence(habits: readonly HeadHabit[], noun: Noun): string {
  const parts = habits.map((habit, index) => {
    const { words, of } = habit;
    const who =
      words.length === 0
        ? `no ${noun}`
        : words.length === of
          ? `every ${noun}`
          : words.length >= 0.75 * of
            ? `nearly every ${noun} (${words.length} of ${of})`
            : words.length > 4
              ? `${words.length} of ${of} ${pluralOf(noun)}`
              : `only ${listed(words)}`;
    const several = who.startsWith("only") ? words.length > 1 : /^\d/.test(who);
    if (index > 0) return `in ${formatHead(habit)} ${who} ${several ? "do" : "does"}`;
    return `In ${formatHead(habit)} ${who} ${several ? "look" : "looks"} chiefly at ${quote(habit.target)}`;
  });
  return parts.length === 0 ? "" : `${parts.join("; ")}.`;
}

function unrankedSentence(
  { near, rest: first, looks }: FocusReport["unranked"],
  noun: Noun,
  unicode: boolean,
): string {
  const examples = looks
    .slice(0, 3)
    .map(
      (look) => `${formatHead(look)} ${isolated(surface(look.word))} ${formatWeight(look.weight)}`,
    );
  const rest = looks.length > examples.length ? (unicode ? " …" : " ...") : "";
  const shown = examples.length === 0 ? "" : ` (${examples.join(", ")}${rest})`;
  const around = near === 0 ? "" : ` and ${countOf(near, noun, pluralOf(noun))} either side`;
  const nearer = near === 0 ? "" : ` --near ranks the near ${pluralOf(noun)} too.`;
  const resting =
    first === undefined
      ? ""
      : ` Nor is ${quote(first)}: heads of such models rest on a text's first word when they find nothing.`;
  return `Not ranked: special tokens, punctuation${around}${shown}.${nearer}${resting}`;
}

/** The commands to go on with, three blanks apart, on as many lines as they need. */
function moreLines(more: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = " more";
  for (const command of more) {
    const longer = `${line}   ${oneLine(command)}`;
    if (displayWidth(longer) > width && line.trim() !== "" && line !== " more") {
      lines.push(line);
      line = `       ${oneLine(command)}`.slice(0, width);
    } else line = longer;
  }
  return more.length === 0 ? [] : [...lines, line];
}

function listed(words: readonly string[]): string {
  const quoted = words.map((word) => quote(shorten(word, 16)));
  const last = quoted.pop()!;
  return quoted.length === 0 ? last : `${quoted.join(", ")} and ${last}`;
}
