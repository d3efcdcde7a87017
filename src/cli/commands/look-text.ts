import { looksOfWords } from "../../analysis/words/focus.ts";
import { neighbours, type StandingLook } from "../../analysis/words/standing-out.ts";
import { labelsOfUnits, type WordWeights } from "../../analysis/words/word-weights.ts";
import { type Noun, pluralOf } from "../../probe/noun.ts";
import { quote } from "../../views/surface.ts";
import { type FocusReport, focusText } from "../../views/text/focus.ts";
import { wordsText } from "../../views/text/words.ts";
import { terminalOf } from "../terminal/terminal.ts";

/** A look at a text, and how its other words are listed. */
interface Listed {
  readonly report: FocusReport;
  readonly weights: WordWeights;
  /** How many words on either side are left out. */
  readonly far: number;
  /** The look of a word that stands out, of a text that is read forward: what is listed of it. */
  readonly lookOf?: (unit: number) => StandingLook | undefined;
}

/** What a word looks at, and with `listsWords` what every other word looks at most, for the terminal. */
export function lookText(listed: Listed, listsWords: boolean): string {
  const { report, weights, far, lookOf } = listed;
  const terminal = terminalOf(process.stdout);
  const text = focusText(report, terminal);
  if (!listsWords) return text;
  const names = labelsOfUnits(weights.units);
  const keyNames = labelsOfUnits((weights.keys ?? weights).units);
  const unexplained = (unit: number) => {
    const look = lookOf?.(unit);
    return look && look.excess > 0 ? look : undefined;
  };
  const looks = looksOfWords(weights, far, lookOf && unexplained).map(({ unit, look }) => ({
    word: names[unit]!,
    at: keyNames[look.unit]!,
    weight: look.weight,
    layer: look.layer,
    head: look.head,
  }));
  const { queries: noun, keys } = report.nouns!;
  const rest = weights.rest === undefined ? undefined : quote(keyNames[weights.rest]!);
  const note = lookOf ? standingNote(keys, rest) : rankedNote(keys, far, rest);
  if (lookOf && looks.length === 0) return text;
  return `${text.trimEnd()}\n\n${wordsText({ looks, note, noun }, terminal)}`;
}

function rankedNote(keys: Noun, far: number, rest: string | undefined): string {
  if (far === 0) return `Special tokens${rest === undefined ? "" : ` and ${rest}`} are not ranked.`;
  return `Special tokens${rest === undefined ? "" : `, ${rest}`} and the ${far} ${pluralOf(keys)} on either side are not ranked; --near ranks those ${pluralOf(keys)} too.`;
}

function standingNote(keys: Noun, rest: string | undefined): string {
  const nearest = neighbours === 1 ? `the ${keys} before it` : `the ${neighbours} before it`;
  return `Of each, what stands out: neither what its head looks at whoever looks, nor whatever stands as far back. Who has no such look is left out, and none is at a common word, ${rest === undefined ? "" : `${rest}, `}a special token or ${nearest}. --near lists the strongest of all.`;
}
