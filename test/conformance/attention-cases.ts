import type { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import * as operation from "../../src/tensor/operations.ts";
import { type Case, type Given, integers, values } from "./case.ts";
import * as formula from "./formulas.ts";
import { type Grid, random, tabulate, withValues } from "./grid.ts";

export type Sizes = readonly [B: number, H: number, Hkv: number, T: number, S: number, D: number];

export const formatSizes = ([B, H, Hkv, T, S, D]: Sizes) =>
  `B=${B} H=${H} Hkv=${Hkv} T=${T} S=${S} D=${D}`;

const sizes: readonly Sizes[] = [
  [1, 1, 1, 1, 1, 1],
  [2, 3, 3, 5, 5, 7],
  [1, 4, 2, 7, 9, 8],
  [2, 6, 1, 3, 17, 5],
  [1, 2, 2, 1, 33, 16],
  [1, 2, 2, 19, 1, 4],
  [1, 1, 1, 17, 65, 32],
  [1, 2, 1, 70, 70, 3],
];

const empty: readonly Sizes[] = [
  [1, 2, 2, 0, 3, 4],
  [1, 2, 1, 3, 0, 4],
];

export const queries = ([B, H, , T, , D]: Sizes, size = 1) =>
  random([B, H, T, D], { seed: 5, size });
export const keys = ([B, , Hkv, , S, D]: Sizes, size = 1) =>
  random([B, Hkv, S, D], { seed: 6, size });
export const keyValues = ([B, , Hkv, , S, D]: Sizes) => random([B, Hkv, S, D], { seed: 7 });

function dotCase(of: Sizes, name = formatSizes(of), q = queries(of), k = keys(of)): Case {
  const scale = 1 / Math.sqrt(of[5]);
  return {
    name,
    given: [values(q), values(k)],
    record: (q, k) => [operation.scaledDot(q!, k!, scale)],
    expected: () => [formula.scaledDot(q, k, scale)],
  };
}

export const scaledDotCases: readonly Case[] = [
  ...[...sizes, ...empty].map((of) => dotCase(of)),
  dotCase(sizes[2]!, "huge numbers", queries(sizes[2]!, 1e15), keys(sizes[2]!, 1e15)),
  dotCase(sizes[1]!, "NaN in one query", withValues(queries(sizes[1]!), { 8: Number.NaN })),
];

export interface MaskForm {
  readonly name: string;
  readonly mask: (of: Sizes) => formula.MaskGiven;
}

/** 1 for keys that are there; the first and last of some rows are padding. */
const paddedKeys = ([B, , , , S]: Sizes): Grid =>
  tabulate([B, S], (b, s) => (b === 0 ? Number(s! < S - 1 || S === 1) : Number(s! > 0)));

const noKeys = ([B, , , , S]: Sizes): Grid => tabulate([B, S], () => 0);

const scattered = (batch: number, heads: number, T: number, S: number): Grid =>
  tabulate([batch, heads, T, S], (b, h, t, s) => Number((b! + 2 * h! + 3 * t! + 5 * s!) % 4 !== 0));

export const maskForms: readonly MaskForm[] = [
  { name: "causal", mask: () => ({ causalOffset: 0 }) },
  { name: "causal behind a cache", mask: ([, , , T, S]) => ({ causalOffset: S - T }) },
  { name: "causal, the first rows see nothing", mask: () => ({ causalOffset: -2 }) },
  { name: "window", mask: () => ({ window: { offset: 0, before: 2, after: 1 } }) },
  {
    name: "window that looks back only",
    mask: () => ({ window: { offset: 0, before: 3, after: 0 } }),
  },
  {
    name: "window behind a cache",
    mask: ([, , , T, S]) => ({ window: { offset: S - T, before: 1, after: 1 } }),
  },
  {
    name: "window beside every key",
    mask: ([, , , , S]) => ({ window: { offset: S + 3, before: 1, after: 1 } }),
  },
  { name: "keys", mask: (of) => ({ keys: paddedKeys(of) }) },
  { name: "no keys at all", mask: (of) => ({ keys: noKeys(of) }) },
  { name: "pairs", mask: ([B, H, , T, S]) => ({ allowed: scattered(B, H, T, S) }) },
  { name: "pairs for all heads", mask: ([B, , , T, S]) => ({ allowed: scattered(B, 1, T, S) }) },
  { name: "pairs for all texts", mask: ([, H, , T, S]) => ({ allowed: scattered(1, H, T, S) }) },
  { name: "pairs for everything", mask: ([, , , T, S]) => ({ allowed: scattered(1, 1, T, S) }) },
  {
    name: "causal and keys",
    mask: (of) => ({ causalOffset: of[4] - of[3], keys: paddedKeys(of) }),
  },
  {
    name: "all at once",
    mask: (of) => ({
      causalOffset: 1,
      window: { offset: 1, before: 4, after: 2 },
      keys: paddedKeys(of),
      allowed: scattered(1, of[1], of[3], of[4]),
    }),
  },
];

/** The inputs a mask brings, and the mask over their recorded twins. */
export function maskInputs({ keys, allowed, ...rule }: formula.MaskGiven): {
  given: Given[];
  over: (inputs: readonly LazyTensor[]) => operation.Mask;
} {
  const parts = [keys, allowed].filter((part) => part !== undefined);
  return {
    given: parts.map(integers),
    over: (inputs) => ({
      ...rule,
      keys: keys && inputs[0],
      allowed: allowed && inputs[keys ? 1 : 0],
    }),
  };
}

function maskedCase(form: MaskForm, of: Sizes, scores?: Grid): Case {
  const [B, H, , T, S] = of;
  const before = scores ?? random([B, H, T, S], { seed: 8, size: 9 });
  const mask = form.mask(of);
  const { given, over } = maskInputs(mask);
  return {
    name: `${form.name}, ${formatSizes(of)}${scores ? ", over NaN" : ""}`,
    given: [values(before), ...given],
    record: (scores, ...inputs) => [operation.masked(scores!, over(inputs))],
    expected: () => [formula.masked(before, mask)],
  };
}

export const maskedCases: readonly Case[] = [
  ...maskForms.flatMap((form) =>
    [sizes[1]!, sizes[2]!, sizes[6]!].map((of) => maskedCase(form, of)),
  ),
  ...[maskForms[0]!, maskForms[7]!, maskForms[9]!].map((form) =>
    maskedCase(
      form,
      [1, 1, 1, 3, 3, 1],
      tabulate([1, 1, 3, 3], () => Number.NaN),
    ),
  ),
  maskedCase(maskForms[0]!, empty[0]!),
  maskedCase(maskForms[7]!, [2, 1, 1, 3, 1, 2]),
];

function softmaxCase(name: string, scores: Grid, scale?: number): Case {
  return {
    name,
    given: [values(scores)],
    record: (scores) => [operation.softmax(scores!)],
    expected: () => [formula.softmax(scores)],
    scale,
  };
}

const scoresOf = (shape: readonly number[], size: number) => random(shape, { seed: 9, size });

export const softmaxCases: readonly Case[] = [
  ...[1, 2, 7, 8, 9, 16, 31, 33, 130].map((S) =>
    softmaxCase(`rows of ${S}`, scoresOf([1, 2, 3, S], 8), 0),
  ),
  softmaxCase("rows of nothing", scoresOf([1, 2, 3, 0], 1)),
  softmaxCase("no rows", scoresOf([1, 2, 0, 3], 1)),
  softmaxCase(
    "a row of −Infinity alone gives zeros",
    withValues(scoresOf([1, 1, 3, 3], 2), { 3: -Infinity, 4: -Infinity, 5: -Infinity }),
  ),
  softmaxCase(
    "some −Infinity",
    withValues(scoresOf([1, 1, 2, 9], 2), { 0: -Infinity, 12: -Infinity }),
  ),
  softmaxCase("huge scores", scoresOf([1, 1, 4, 9], 1e30)),
  softmaxCase("the largest numbers there are", {
    shape: [1, 1, 2, 3],
    data: [3.4e38, -3.4e38, 3.4e38, -3.4e38, -3.4e38, -3.4e38].map(Math.fround),
  }),
  softmaxCase("far from each other", { shape: [1, 1, 2, 3], data: [0, -200, -88, 500, 0, 499] }),
  softmaxCase("far below zero", { shape: [1, 1, 1, 3], data: [-5000, -5001, -5002] }, 0),
  softmaxCase(
    "NaN spoils its own row only",
    withValues(scoresOf([1, 1, 3, 5], 2), { 6: Number.NaN }),
  ),
  softmaxCase(
    "NaN in the place of the last",
    withValues(scoresOf([1, 1, 2, 17], 2), { 16: Number.NaN }),
  ),
  softmaxCase("Infinity has no softmax", withValues(scoresOf([1, 1, 2, 5], 2), { 1: Infinity })),
];

function mixCase(of: Sizes, name = formatSizes(of), v = keyValues(of), weights?: Grid): Case {
  const [B, H, , T, S] = of;
  const shares = weights ?? formula.softmax(random([B, H, T, S], { seed: 10, size: 4 }));
  const rounded = { ...shares, data: shares.data.map(Math.fround) };
  return {
    name,
    given: [values(rounded), values(v)],
    record: (weights, v) => [operation.mix(weights!, v!)],
    expected: () => [formula.mix(rounded, v)],
  };
}

export const mixCases: readonly Case[] = [
  ...[...sizes, ...empty].map((of) => mixCase(of)),
  mixCase(
    sizes[1]!,
    "weights 0 give 0",
    keyValues(sizes[1]!),
    tabulate([2, 3, 5, 5], () => 0),
  ),
  mixCase(sizes[2]!, "huge values", random([1, 2, 9, 8], { size: 1e30 })),
  mixCase(
    sizes[1]!,
    "NaN in one number of one value",
    withValues(keyValues(sizes[1]!), { 3: Number.NaN }),
  ),
];

interface FusedForm {
  readonly mask?: MaskForm;
  readonly bias?: readonly [number, number];
  readonly q?: Grid;
  readonly v?: Grid;
  readonly scale?: number;
}

function fusedCase(of: Sizes, name: string, form: FusedForm, wants: operation.FusedWants): Case {
  const [, , , T, S, D] = of;
  const scale = form.scale ?? 1 / Math.sqrt(D);
  const q = form.q ?? queries(of);
  const k = keys(of);
  const v = form.v ?? keyValues(of);
  const bias = form.bias && random([...form.bias, T, S], { seed: 11, size: 3 });
  const mask = form.mask?.mask(of) ?? {};
  const { given, over } = maskInputs(mask);
  const expected = () => {
    const content = formula.scaledDot(q, k, scale);
    const sum = bias ? formula.broadcast(content, bias, (a, b) => a + b) : content;
    const scores = formula.masked(sum, mask);
    const weights = formula.softmax(scores);
    const mixed = formula.mix(weights, v);
    return [
      mixed,
      ...(wants.scores ? [scores] : []),
      ...(wants.weights ? [weights] : []),
      ...(wants.rowSums ? [formula.rowSums(scores)] : []),
    ];
  };
  const wanted = (["scores", "weights", "rowSums"] as const).filter((output) => wants[output]);
  return {
    name: [name, formatSizes(of), ...wanted].join(", "),
    given: [values(q), values(k), values(v), ...(bias ? [values(bias)] : []), ...given],
    record(q, k, v, ...rest) {
      const fused = operation.fusedAttention(q!, k!, v!, {
        scale,
        bias: bias && rest[0],
        mask: over(rest.slice(bias ? 1 : 0)),
        wants,
      });
      if (!fused) return undefined;
      const { mixed, scores, weights, rowSums } = fused;
      return [mixed, scores, weights, rowSums].filter((value) => value !== undefined);
    },
    expected,
  };
}

const allWants = [
  { scores: false, weights: false },
  { scores: false, weights: true },
  { scores: true, weights: false },
  { scores: true, weights: true },
];
const everything = { ...allWants[3]!, rowSums: true };
const sumsAlone = { ...allWants[0]!, rowSums: true };
/** More keys than one turn takes, so that the softmax streams. */
const long: Sizes = [1, 2, 1, 5, 1100, 4];

export const attentionCases: readonly Case[] = [
  ...[...sizes, ...empty].flatMap((of) =>
    [...allWants, sumsAlone, everything].map((wants) => fusedCase(of, "no mask", {}, wants)),
  ),
  ...maskForms.flatMap((mask) =>
    [sizes[1]!, sizes[2]!, sizes[6]!, sizes[7]!].flatMap((of) =>
      [allWants[0]!, sumsAlone, everything].map((wants) =>
        fusedCase(of, mask.name, { mask }, wants),
      ),
    ),
  ),
  ...[
    [2, 3],
    [1, 3],
    [2, 1],
    [1, 1],
  ].map(([B, H]) =>
    fusedCase(
      sizes[1]!,
      `bias (${B}, ${H}, T, S)`,
      { bias: [B!, H!], mask: maskForms[0] },
      everything,
    ),
  ),
  ...maskForms.map((mask) =>
    fusedCase([2, 4, 2, 9, 9, 8], `bias and ${mask.name}`, { mask, bias: [1, 4] }, everything),
  ),
  fusedCase(sizes[2]!, "a scale of 1", { scale: 1 }, everything),
  fusedCase(sizes[6]!, "scores far apart", { q: queries(sizes[6]!, 300) }, everything),
  fusedCase(long, "streaming", {}, sumsAlone),
  fusedCase(long, "streaming, bias", { bias: [1, 2] }, sumsAlone),
  ...[1, 2, 6, 7, 9].map((form) => {
    const mask = maskForms[form]!;
    return fusedCase(long, `streaming, ${mask.name}`, { mask }, sumsAlone);
  }),
  fusedCase([1, 1, 1, 5, 300, 64], "many keys", { mask: maskForms[7] }, everything),
  fusedCase([1, 2, 2, 130, 130, 16], "many queries", { mask: maskForms[0] }, allWants[0]!),
  ...[allWants[0]!, allWants[3]!].flatMap((wants) => [
    fusedCase(
      sizes[1]!,
      "NaN in one query",
      { q: withValues(queries(sizes[1]!), { 8: Number.NaN }) },
      wants,
    ),
    fusedCase(
      sizes[1]!,
      "NaN in one value",
      { v: withValues(keyValues(sizes[1]!), { 3: Number.NaN }) },
      wants,
    ),
  ]),
];
