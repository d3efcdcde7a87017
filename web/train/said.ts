import type { FilmPicture } from "heed/elements";
import type { HeadsNeeded } from "heed/explore";
import { trainingTasks } from "heed/training";
import type { State } from "../state/state.ts";

type Frame = FilmPicture["frames"][number];
type Head = Frame["heads"][number];

/** Signs of the tokenizer are no words: [MASK]. */
const isWord = (text: string) => !/^\[[A-Z]+\]$/.test(text);

/** The head that learned most: whose first measure grew most from the first frame to the last; without measures, whose matrix did. By its place among all. */
export function learnedHead({
  frames,
  measures,
}: Pick<FilmPicture, "frames" | "measures">): number {
  const of = ({ scores, queryKey }: Head) => (measures.length === 0 ? queryKey[0] : scores[0]) ?? 0;
  const [first, last] = [frames[0]!, frames.at(-1)!];
  const grown = last.heads.map((head, place) => of(head) - of(first.heads[place]!));
  return Math.max(0, grown.indexOf(Math.max(...grown)));
}

/** What of a model is in one matrix, before and now. */
export interface MatrixLearned {
  /** The largest singular value of W^Q·W^Kᵀ. */
  readonly before: number;
  readonly now: number;
  /** The share of the matrix (its squared length) that its two largest directions make. */
  readonly shareBefore: number;
  readonly shareNow: number;
  /** Words of its largest direction now. */
  readonly asking: readonly string[];
  readonly found: readonly string[];
}

export function matrixLearned(
  { frames }: Pick<FilmPicture, "frames">,
  place: number,
): MatrixLearned {
  const head = (frame: Frame) => frame.heads[place]!;
  const [before, now] = [head(frames[0]!), head(frames.at(-1)!)];
  const [direction] = now.directions;
  return {
    before: before.queryKey[0] ?? 0,
    now: now.queryKey[0] ?? 0,
    shareBefore: shareOfTwo(before.queryKey),
    shareNow: shareOfTwo(now.queryKey),
    asking: (direction?.asking ?? []).filter(isWord),
    found: (direction?.found ?? []).filter(isWord),
  };
}

function shareOfTwo(values: readonly number[]): number {
  const squares = values.map((value) => value ** 2);
  const all = squares.reduce((sum, one) => sum + one, 0);
  return all === 0 ? 0 : ((squares[0] ?? 0) + (squares[1] ?? 0)) / all;
}

/** The head without which most is lost, and what is left without any other one in the middle. */
export function neededMost({ whole, without }: Pick<HeadsNeeded, "whole" | "without">): {
  readonly place: number;
  readonly left: number;
  readonly others: number;
  /** Whether it loses at least a tenth, and twice as much as any other. */
  readonly isNeeded: boolean;
} {
  const left = Math.min(...without);
  const place = without.indexOf(left);
  const rest = without.filter((_, n) => n !== place).sort((a, b) => a - b);
  const others = rest.length === 0 ? whole : rest[Math.floor(rest.length / 2)]!;
  const next = rest[0] ?? whole;
  const isNeeded = whole - left >= 0.1 && whole - left >= 2 * (whole - next);
  return { place, left, others, isNeeded };
}

/** A time as it is read: "48 s", "1 min 20 s". */
export function timeText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** The layer and head of a place among all heads. */
export function headAt(place: number, heads: number): { layer: number; head: number } {
  return { layer: Math.floor(place / heads), head: place % heads };
}

/** What a trained model is opened with: a text of its task, and the words worth looking at first. */
export function openingOf(name: string): Pick<State, "text" | "pin"> {
  const task = trainingTasks.find((one) => one.name === name)!;
  const probe = task.probes[0]!;
  const words = probe.text.split(" ");
  const [link] = probe.links ?? [];
  const query = link?.query ?? words.length - 1;
  const isAsked = task.families[0] === "bert";
  return {
    text: isAsked ? `${probe.text} [MASK]` : probe.text,
    pin: {
      word: placed(words, query),
      keys: link === undefined ? [] : [placed(words, link.key)],
    },
  };
}

/** A word as pins name it: "b#2" where it stands there before. */
function placed(words: readonly string[], place: number): string {
  const before = words.slice(0, place + 1).filter((word) => word === words[place]).length;
  return before === 1 ? words[place]! : `${words[place]}#${before}`;
}
