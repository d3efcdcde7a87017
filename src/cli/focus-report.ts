import { nounIn } from "../analysis/explain/context.ts";
import type { StackPrefix } from "../analysis/explain/question.ts";
import type { Focus, Look } from "../analysis/words/focus.ts";
import { askedNames, labelsOfUnits, type WordWeights } from "../analysis/words/word-weights.ts";
import type { Model } from "../model.ts";
import { formatHead } from "../probe/head-address.ts";
import type { RunAttention } from "../views/from-run/run.ts";
import { formatWeight } from "../views/numbers.ts";
import { quote } from "../views/surface.ts";
import type { FocusReport, FocusWeights } from "../views/text/focus.ts";
import { summaryOfStack } from "./picture.ts";

const mostLooksNamed = 4;

/** A run whose attention is looked at. */
export interface LookedRun {
  readonly model: Model;
  readonly stack: StackPrefix;
  readonly attention: RunAttention;
  /** What was read, the decoder's text too. */
  readonly texts: readonly string[];
}

/** What the main job prints and draws, from what the analysis found; `strongest` is the look that one standing out was chosen over. */
export function focusReport(
  { model, stack, attention, texts }: LookedRun,
  weights: WordWeights,
  focus: Focus,
  { near, strongest }: { readonly near: number; readonly strongest?: Look },
): FocusReport {
  const { units: keyUnits } = weights.keys ?? weights;
  const names = labelsOfUnits(weights.units);
  const keyNames = labelsOfUnits(keyUnits);
  const rest = weights.rest === undefined ? undefined : keyNames[weights.rest]!;
  const specials = keyUnits.filter(
    ({ isSpecial }, unit) => isSpecial || (unit === weights.rest && !focus.targets.includes(unit)),
  );
  const second = attention.keyTokens.findIndex(({ sequence }) => sequence === 1);
  const row = ({ targets, special, others }: FocusWeights & { special: number }): FocusWeights => ({
    targets,
    special: specials.length > 0 ? special : undefined,
    others,
  });
  const word = names[focus.focus]!;
  const own = weights.units[focus.focus]!.tokens;
  const option = weights.keys ? "--to" : "--word";
  const [other] = focus.targets.slice(1);
  return {
    texts,
    model: summaryOfStack(model, stack, attention),
    tokens: attention.keys,
    ...(weights.keys && { queries: attention.queries }),
    secondStart: second < 0 ? undefined : second,
    nouns: {
      queries: nounIn(model, !stack.startsWith("decoder.")),
      keys: nounIn(model, stack !== "decoder."),
    },
    focus: { label: word, tokens: own },
    targets: focus.targets.map((key) => ({
      label: keyNames[key]!,
      tokens: keyUnits[key]!.tokens,
    })),
    head: focus.head,
    weights: attention.row(focus.head, own),
    heads: focus.heads.map(({ layer, head, ...rest }) => ({ layer, head, weights: row(rest) })),
    mean: row(focus.mean),
    specialLabel: [...new Set(specials.map(({ text }) => text))].join("+") || undefined,
    habits: focus.habits.map(({ layer, head, units, of }) => ({
      layer,
      head,
      target: keyNames[focus.targets[0]!]!,
      words: units.map((index) => names[index]!),
      of,
    })),
    ...(strongest && { notes: standingNotes(strongest, focus, word, keyNames) }),
    unranked: {
      near,
      ...(rest !== undefined && { rest }),
      looks: focus.unranked.slice(0, mostLooksNamed).map(({ unit: index, ...look }) => ({
        ...look,
        word: keyNames[index]!,
      })),
    },
    more: [
      ...(other === undefined ? [] : [`${option} ${shellWord(askedNames(keyUnits)[other]!)}`]),
      ...focus.heads.slice(1, 2).map(({ layer, head }) => `--head L${layer}H${head}`),
      `--format html --out ${/^[\w-]+$/.test(word) ? word : "attention"}.html`,
      "--help",
    ],
  };
}

/** Why a stronger look is not the one that is shown. */
function standingNotes(
  { unit, weight, ...head }: Look,
  { head: shown, targets }: Focus,
  word: string,
  names: readonly string[],
): string[] {
  if (unit === targets[0] && formatHead(head) === formatHead(shown)) return [];
  return [
    `${quote(word)} looks more at ${quote(names[unit]!)}, ${formatWeight(weight)} in ${formatHead(head)}: a common word, or one that others look at, or as far back as they look. None of that explains ${formatHead(shown)}.`,
  ];
}

/** A word as it can be typed in a shell. */
function shellWord(word: string): string {
  return /^[\w.,-][\w.,#-]*$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
