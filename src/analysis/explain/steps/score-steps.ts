import { productSingular } from "../../linear/singular.ts";
import { pairsText, turnedPairs } from "../../linear/turned-pairs.ts";
import {
  type Context,
  keysByWeight,
  nounOf,
  nounsOf,
  queryNounOf,
  rowOf,
  size,
} from "../context.ts";
import type { HeadMap } from "../head-norm.ts";
import { closeEnough } from "../head-numbers.ts";
import { quoted } from "../question.ts";
import { softmax } from "../score-parts.ts";
import type { ColumnValue, ContrastValue, Step, StepValue } from "../step.ts";

/** Terms of two sums side by side, those that favour the first at the top; one sum where there is nothing to hold it against. */
export function contrast(
  { target, against }: Pick<Context, "target" | "against">,
  name: string,
  rows: readonly { readonly label: string; readonly first: number; readonly second: number }[],
  totals?: readonly [number, number],
): StepValue {
  const sum = (side: "first" | "second") => rows.reduce((total, row) => total + row[side], 0);
  const both = totals ?? [sum("first"), sum("second")];
  if (!against)
    return {
      kind: "sum",
      name,
      terms: rows
        .map(({ label, first }) => ({ label, value: first }))
        .sort((a, b) => Math.abs(b.value) - Math.abs(a.value)),
      total: both[0],
    };
  return {
    kind: "contrast",
    name,
    first: target.text,
    second: against.text,
    rows: [...rows].sort((a, b) => b.first - b.second - (a.first - a.second)),
    totals: both,
  };
}

/** How many terms favour each side, and how much the largest are of the difference. */
export function tally({ rows, totals }: ContrastValue) {
  const lead = totals[0] - totals[1];
  const leads = rows.map(({ first, second }) => (first - second) * Math.sign(lead || 1));
  const ranked = [...leads].sort((a, b) => b - a);
  const share = (count: number) =>
    lead === 0 ? 0 : ranked.slice(0, count).reduce((sum, value) => sum + value, 0) / Math.abs(lead);
  return {
    lead,
    favour: rows.filter(({ first, second }) => first > second).length,
    oppose: rows.filter(({ first, second }) => first < second).length,
    largest: share(1),
    five: share(5),
  };
}

/** q ∘ k, added up: which of the products favour the target. */
export function productsStep(context: Context): Step {
  const { numbers, parts, target, against } = context;
  const { q, k, width: D } = numbers;
  const at = (key: number, d: number) => q[d]! * k[key * D + d]!;
  const value = contrast(
    context,
    "q ∘ k, number by number",
    Array.from({ length: D }, (_, d) => ({
      label: `number ${d}`,
      first: at(target.token, d),
      second: against ? at(against.token, d) : 0,
    })),
    [parts.products[target.token]!, against ? parts.products[against.token]! : 0],
  );
  const [one, other] = [quoted(target), against && quoted(against)];
  const values: StepValue[] = [value];
  if (value.kind === "contrast") {
    const { favour, oppose } = tally(value);
    values.push({
      kind: "note",
      text: `${favour} of the ${D} products favour ${one}, ${oppose} favour ${other}. Only their sum counts; which number is which means nothing (see the next step).`,
    });
  }
  return {
    id: "products",
    title: against ? `q · k: why ${one} and not ${other}` : `q · k of ${one}`,
    formula: `q · k = Σ q[d] · k[d]  ${size(D)} · ${size(D)} → one number a ${nounOf(context)}`,
    sentence: `The query is multiplied with each key, number by number, and the ${D} products are added up: the better a ${nounOf(context)} has what is looked for, the larger its sum.`,
    values,
  };
}

/** The same in directions that no choice of axes changes; in pairs, where positions turn those. */
export function directionsStep(context: Context): Step {
  const { numbers, parts, target, against } = context;
  const { projection, queryBias, keyMap, q, k, width: D } = numbers;
  const row = (key: number) => k.subarray(key * D, (key + 1) * D);
  const totals = [
    parts.products[target.token]!,
    against ? parts.products[against.token]! : 0,
  ] as const;
  const base = {
    id: "directions" as const,
    title: "The same without axes",
  };
  if (projection?.isTurned) {
    const pairs = numbers.turning ? turnedPairs(numbers.turning) : [];
    const turned = 2 * pairs.length;
    const product = (key: number, places: readonly number[]) =>
      places.reduce((sum, d) => sum + q[d]! * row(key)[d]!, 0);
    const rows = pairs.map((pair, m) => ({
      label: `pair ${m}`,
      places: pair as readonly number[],
    }));
    if (turned < D)
      rows.push({
        label: `the other ${D - turned}`,
        places: Array.from({ length: D - turned }, (_, d) => turned + d),
      });
    return {
      ...base,
      formula: `q · k = Σ over ${pairs.length} pairs ${pairsText(numbers.turning!)}${turned < D ? `, and the other ${D - turned} numbers` : ""}`,
      sentence: `Positions turn ${turned < D ? `the first ${turned}` : "the"} numbers of this head in pairs, so only the pairs have a meaning: each turns at its own speed, and within one the axes may be chosen freely.`,
      values: [
        contrast(
          context,
          "by pairs; pair 0 turns fastest",
          rows.map(({ label, places }) => ({
            label,
            first: product(target.token, places),
            second: against ? product(against.token, places) : 0,
          })),
          totals,
        ),
      ],
    };
  }
  const maps = [withBias(projection, queryBias), withBias(keyMap, undefined)] as const;
  const leftOut = (reason: string): Step => ({
    ...base,
    formula: "W^Q · W^Kᵀ = U · diag(σ) · Vᵀ",
    sentence: `Which of the ${D} numbers is which means nothing: turn all queries and keys alike, and every sum stays as it is.`,
    values: [],
    leftOut: reason,
  });
  if (!maps[0] || !maps[1]) return leftOut("no table of this run leads to the query");
  const { values: sigma, along, across } = productSingular(maps[0], maps[1], D);
  const asked = along(q);
  const offered = (key: number) => across(row(key));
  const [first, second] = [offered(target.token), against && offered(against.token)];
  const rows = Array.from(sigma, (value, i) => ({
    label: `direction ${i + 1} (σ ${value.toPrecision(3)})`,
    first: value * asked[i]! * first[i]!,
    second: second ? value * asked[i]! * second[i]! : 0,
  }));
  const made = rows.reduce((sum, { first }) => sum + first, 0);
  if (Math.abs(made - totals[0]) > closeEnough * Math.max(1, Math.abs(totals[0])))
    return leftOut("the run's query or key lies outside what W^Q and W^K can make: it was patched");
  return {
    ...base,
    formula: `q · k = Σ σᵢ · (x·uᵢ) · (y·vᵢ), from W^Q · W^Kᵀ = U · diag(σ) · Vᵀ`,
    sentence: `Which of the ${D} numbers is which means nothing: turn all queries and keys alike, and every sum stays as it is. The directions that W^Q · W^Kᵀ itself has do not depend on such a choice.`,
    values: [
      contrast(
        context,
        "by singular directions; biases count as one more number of x that is 1",
        rows,
        totals,
      ),
    ],
  };
}

/** (C + 1, D): the bias as one more row. */
function withBias(
  map: HeadMap | undefined,
  own: Float32Array | undefined,
): Float64Array | undefined {
  if (!map) return undefined;
  const D = map.bias?.length ?? own?.length;
  if (D === undefined) return Float64Array.from(map.matrix);
  const row = Float64Array.from({ length: D }, (_, d) => (map.bias?.[d] ?? 0) + (own?.[d] ?? 0));
  return Float64Array.from([...map.matrix, ...row]);
}

/** q · k / √D, and what softmax would be without. */
export function scaledStep(context: Context): Step {
  const { numbers, parts, model } = context;
  const { scale, width: D, weights } = numbers;
  const isRoot = Math.abs(scale - 1 / Math.sqrt(D)) < 1e-9;
  const base = {
    id: "scaled" as const,
    title: isRoot ? `Divided by √${D}` : "Scaled",
    formula: isRoot ? `q · k / √${D} = q · k / ${Math.sqrt(D).toFixed(4)}` : `q · k × ${scale}`,
    sentence: "",
  };
  if (scale === 1)
    return {
      ...base,
      formula: "q · k",
      sentence: `Most models divide the sums by √${D}, so that wide heads do not give larger ones than narrow heads.`,
      values: [],
      leftOut: `${model.type} does not scale: its scores are q · k as it is`,
    };
  const order = keysByWeight(context);
  const without = unscaled(context);
  return {
    ...base,
    sentence: `The sums are ${isRoot ? `divided by √${D}` : "scaled"}, so that wide heads do not give larger ones than narrow heads; without it the largest sum would take nearly everything.`,
    values: [
      {
        kind: "table",
        name: "weights with the division, and what softmax would give without it",
        rows: order.map((key) => rowOf(context, key)),
        columns: [
          { title: "q·k", kind: "number", values: order.map((key) => parts.products[key]!) },
          {
            title: "scaled",
            kind: "number",
            values: order.map((key) => parts.products[key]! * scale),
          },
          { title: "weight", kind: "weight", values: order.map((key) => weights[key]!) },
          { title: "without", kind: "weight", values: order.map((key) => without[key]!) },
        ],
      },
    ],
  };
}

function unscaled({ parts: { products, added, masked } }: Context): Float64Array {
  return softmax(products.map((product, key) => (masked[key] ? -Infinity : product + added[key]!)));
}

const partTitles: Readonly<Record<string, string>> = {
  content: "content",
  "content before turning": "content, unturned",
  "turning by position": "turning",
  "head's own bias": "head's bias",
  "soft cap": "soft cap",
  distance: "distance",
  bias: "bias",
  patched: "patched",
};

/** Every score as the sum of its parts: content, positions, biases, mask. */
export function partsStep(context: Context): Step {
  const { numbers, parts, model } = context;
  const order = keysByWeight(context);
  const hasMask = parts.masked.some(Boolean);
  const base = {
    id: "parts" as const,
    title: "The score, part by part",
    formula: "score = content + position + bias + mask",
    sentence: `A score may have more parts than how well query and key fit: how far apart the ${nounsOf(context)} stand, what the head learned to add, and −∞ where a ${nounOf(context)} must not be looked at.`,
  };
  if (parts.parts.length === 1 && !hasMask)
    return {
      ...base,
      values: [],
      leftOut: `${model.absentSites.get("scores.bias") ?? "nothing is added to the scaled products"}, and nothing is hidden from this ${queryNounOf(context)}: the scaled sum is the score`,
    };
  const columns: ColumnValue[] = parts.parts.map(({ name, values }) => ({
    title: partTitles[name]!,
    kind: "number",
    values: order.map((key) => values[key]!),
  }));
  if (hasMask)
    columns.push({
      title: "mask",
      kind: "number",
      values: order.map((key) => (parts.masked[key] ? -Infinity : 0)),
    });
  columns.push({
    title: "score",
    kind: "number",
    values: order.map((key) => numbers.scores[key]!),
  });
  return {
    ...base,
    values: [
      {
        kind: "table",
        name: "parts of the scores",
        rows: order.map((key) => rowOf(context, key)),
        columns,
        adds: "across",
      },
    ],
  };
}

/** softmax: from scores to weights. */
export function softmaxStep(context: Context): Step {
  const { numbers, parts, keys } = context;
  const made = softmax(numbers.scores);
  const isChanged = made.some((weight, key) => Math.abs(weight - numbers.weights[key]!) > 5e-4);
  const isBlind = parts.masked.every(Boolean);
  const hasAdded = parts.added.some((value) => value !== 0);
  const values: StepValue[] = [
    {
      kind: "softmax",
      rows: keys.map(({ token }) => rowOf(context, token)),
      products: Array.from(parts.products),
      scale: numbers.scale,
      added: hasAdded ? Array.from(parts.added) : undefined,
      masked: parts.masked,
      weights: Array.from(made),
    },
  ];
  if (isChanged)
    values.push({
      kind: "note",
      text: isBlind
        ? `This ${queryNounOf(context)} may look at nothing: the run gives its keys equal weights, as PyTorch's eager attention does.`
        : "The run used other weights than softmax gives: they were patched.",
    });
  return {
    id: "softmax",
    title: "softmax: shares of one",
    formula: `weight = e^score / Σ e^score  over ${numbers.keys} ${nounsOf(context)}`,
    sentence:
      "softmax makes shares of one out of the scores: e to the power of each, divided by the sum of all. A score that is higher by 1 means 2.7 times the weight.",
    values,
  };
}
