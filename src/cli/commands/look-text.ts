import { looksOfWords } from "../../analysis/words/focus.ts";
import { labelsOfUnits, type WordWeights } from "../../analysis/words/word-weights.ts";
import { pluralOf } from "../../probe/noun.ts";
import { quote } from "../../views/surface.ts";
import { type FocusReport, focusText } from "../../views/text/focus.ts";
import { wordsText } from "../../views/text/words.ts";
import { terminalOf } from "../terminal/terminal.ts";

/** What a word looks at, and with `listsWords` what every other word looks at most, for the terminal. */
export function lookText(
  report: FocusReport,
  weights: WordWeights,
  near: number,
  listsWords: boolean,
): string {
  const terminal = terminalOf(process.stdout);
  const text = focusText(report, terminal);
  if (!listsWords) return text;
  const names = labelsOfUnits(weights.units);
  const keyNames = labelsOfUnits((weights.keys ?? weights).units);
  const looks = looksOfWords(weights, near).map(({ unit, look }) => ({
    word: names[unit]!,
    at: keyNames[look.unit]!,
    weight: look.weight,
    layer: look.layer,
    head: look.head,
  }));
  const rest = weights.rest === undefined ? "" : `, ${quote(keyNames[weights.rest]!)}`;
  const { queries: noun, keys } = report.nouns!;
  const note =
    near > 0
      ? `Special tokens${rest} and the ${near} ${pluralOf(keys)} on either side are not ranked; --near ranks those ${pluralOf(keys)} too.`
      : `Special tokens${rest === "" ? "" : ` and ${rest.slice(2)}`} are not ranked.`;
  return `${text.trimEnd()}\n\n${wordsText({ looks, note, noun }, terminal)}`;
}
