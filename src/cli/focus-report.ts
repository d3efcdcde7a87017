import type { Focus } from "../analysis/words/focus.ts";
import { askedNames, labelsOfUnits, type WordWeights } from "../analysis/words/word-weights.ts";
import type { Model } from "../model.ts";
import type { Run } from "../models/run.ts";
import type { FocusReport, FocusWeights } from "../views/text/focus.ts";
import { labelsOf, queryWeights, summaryOf } from "./picture.ts";

const mostLooksNamed = 4;

/** What the main job prints and draws, from what the analysis found. */
export function focusReport(
  { model, run, texts }: { model: Model; run: Run; texts: readonly string[] },
  weights: WordWeights,
  focus: Focus,
  near: number,
): FocusReport {
  const names = labelsOfUnits(weights.units);
  const unit = (index: number) => ({
    label: names[index]!,
    tokens: weights.units[index]!.tokens,
  });
  const labels = labelsOf(run);
  const specials = weights.units.filter(({ isSpecial }) => isSpecial);
  const second = run.tokens[0]!.findIndex(({ sequence }) => sequence === 1);
  const row = ({ targets, special, others }: FocusWeights & { special: number }): FocusWeights => ({
    targets,
    special: specials.length > 0 ? special : undefined,
    others,
  });
  const word = names[focus.focus]!;
  const [other] = focus.targets.slice(1);
  return {
    texts,
    model: summaryOf(model, run),
    tokens: labels,
    secondStart: second < 0 ? undefined : second,
    focus: unit(focus.focus),
    targets: focus.targets.map(unit),
    head: focus.head,
    weights: meanRow(
      weights.units[focus.focus]!.tokens.map((query) =>
        queryWeights(run, model, focus.head, query),
      ),
    ),
    heads: focus.heads.map(({ layer, head, ...rest }) => ({ layer, head, weights: row(rest) })),
    mean: row(focus.mean),
    specialLabel: [...new Set(specials.map(({ text }) => text))].join("+") || undefined,
    habits: focus.habits.map(({ layer, head, units, of }) => ({
      layer,
      head,
      target: names[focus.targets[0]!]!,
      words: units.map((index) => names[index]!),
      of,
    })),
    unranked: {
      near,
      looks: focus.unranked.slice(0, mostLooksNamed).map(({ unit: index, ...look }) => ({
        ...look,
        word: names[index]!,
      })),
    },
    more: [
      ...(other === undefined ? [] : [`--word ${shellWord(askedNames(weights.units)[other]!)}`]),
      ...focus.heads.slice(1, 2).map(({ layer, head }) => `--head L${layer}H${head}`),
      `--format html --out ${/^[\w-]+$/.test(word) ? word : "attention"}.html`,
      "--help",
    ],
  };
}

/** A word's row: the mean of its pieces' rows. */
function meanRow(rows: readonly Float32Array[]): Float32Array {
  const [first, ...more] = rows as [Float32Array, ...Float32Array[]];
  if (more.length === 0) return first;
  const mean = new Float32Array(first.length);
  for (const row of rows)
    for (const [key, weight] of row.entries())
      mean[key]! += (Number.isNaN(weight) ? 0 : weight) / rows.length;
  return mean;
}

/** A word as it can be typed in a shell. */
function shellWord(word: string): string {
  return /^[\w.,-][\w.,#-]*$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
