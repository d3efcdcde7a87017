import { formatHead } from "../../probe/head-address.ts";
import type { Step, TableValue } from "../explain/step.ts";
import type { ModelComparison } from "./model-comparison.ts";
import type { WeightChanges } from "./weight-changes.ts";

/** A cosine distance that rounding alone can make. */
const sameVector = 1e-6;
const weightShown = (weight: number) => weight.toFixed(2);

/** Two models on one text as steps, which views draw as they draw an explanation. */
export function comparisonSteps(
  { word, words, heads, targets, distances }: ModelComparison,
  names: readonly [string, string],
): Step[] {
  const ranked = [...words].sort(
    (a, b) =>
      Math.max(b.most[0].weight, b.most[1].weight) - Math.max(a.most[0].weight, a.most[1].weight),
  );
  const strongest = ({ most }: (typeof words)[number], side: 0 | 1) =>
    `${formatHead(most[side])} ${weightShown(most[side].weight)}`;
  const unlike = "the models are not of one family with the same layers, heads and widths";
  return [
    {
      id: "looks",
      title: `What "${word}" looks at`,
      formula: "mean weight over all heads of a model; the head that looks most",
      sentence:
        "Words are matched by the characters they stand for. Heads of two models have nothing to do with each other unless the one comes from the other.",
      values: [
        {
          kind: "table",
          name: "mean over all heads",
          rows: ranked.map(({ text }) => ({ label: text })),
          columns: ([0, 1] as const).map((side) => ({
            title: names[side],
            kind: "length" as const,
            values: ranked.map(({ means }) => means[side]),
          })),
        },
        {
          kind: "list",
          name: "the head that looks most",
          titles: ["word", ...names],
          rows: ranked.slice(0, 12).map((one) => [one.text, strongest(one, 0), strongest(one, 1)]),
        },
      ],
    },
    {
      id: "heads",
      title: "Heads that look otherwise",
      formula: "Σ |weight in the second − weight in the first|",
      sentence: `Head by head, where "${word}" looks at ${targets.map((target) => `"${target}"`).join(" and ")} otherwise in the second model.`,
      values: [headTable(heads ?? [], targets, names)],
      leftOut: heads ? undefined : unlike,
    },
    {
      id: "distance",
      title: `How far the vector of "${word}" lies apart`,
      formula: "1 − a · b / (‖a‖ ‖b‖)",
      sentence: "The cosine distance between the word's vectors in the two models, layer by layer.",
      values: [
        {
          kind: "table",
          name: "cosine distance",
          rows: (distances ?? []).map((_, n) => ({
            label: n === 0 ? "entering layer 0" : `after layer ${n - 1}`,
          })),
          columns: [{ title: "distance", kind: "length", values: [...(distances ?? [])] }],
        },
      ],
      leftOut: distances ? undefined : unlike,
    },
  ];
}

function headTable(
  heads: NonNullable<ModelComparison["heads"]>,
  targets: readonly string[],
  names: readonly [string, string],
): TableValue {
  const shown = heads.slice(0, 20);
  return {
    kind: "table",
    name: `weights in ${names[0]}, then in ${names[1]}`,
    rows: shown.map((head) => ({ label: formatHead(head) })),
    columns: targets.flatMap((target, n) => [
      { title: target, kind: "weight" as const, values: shown.map(({ first }) => first[n]!) },
      { title: "then", kind: "weight" as const, values: shown.map(({ second }) => second[n]!) },
    ]),
  };
}

/** Whether two models have the same weights, to the last number. */
export function areSameWeights({ tensors, onlyFirst, onlySecond }: WeightChanges): boolean {
  return onlyFirst.length + onlySecond.length === 0 && tensors.every(({ change }) => change === 0);
}

/** Whether two models of one shape do the same with a word. */
export function areSameLooks({ heads, distances }: ModelComparison): boolean {
  const isStill = heads?.every(({ change }) => change === 0) ?? false;
  return isStill && (distances?.every((distance) => distance < sameVector) ?? false);
}

/** What moved in the weights as steps. */
export function weightSteps({ heads, tensors, onlyFirst, onlySecond }: WeightChanges): Step[] {
  const column = (title: string, of: "q" | "k" | "v" | "o" | "qk" | "ov") => ({
    title,
    kind: "share" as const,
    values: heads.map((head) => head[of]),
  });
  const alone = [
    ...(onlyFirst.length > 0 ? [`Only the first has: ${onlyFirst.join(", ")}.`] : []),
    ...(onlySecond.length > 0 ? [`Only the second has: ${onlySecond.join(", ")}.`] : []),
  ];
  return [
    {
      id: "weights",
      title: "Which heads' weights moved",
      formula: "‖second − first‖ / ‖first‖, Frobenius norms",
      sentence:
        "How far each head's share of the learned tables lies from where it was. W_QK and W_OV tell what the head does whatever axes its numbers are written in.",
      values: [
        {
          kind: "table",
          name: "heads, the farthest first",
          rows: heads.map(({ name }) => ({ label: name })),
          columns: [
            column("W_QK", "qk"),
            column("W_OV", "ov"),
            column("W^Q", "q"),
            column("W^K", "k"),
            column("W^V", "v"),
            column("W^O", "o"),
          ],
        },
      ],
    },
    {
      id: "tensors",
      title: "Which tensors moved",
      formula: "‖second − first‖ / ‖first‖",
      sentence: "The same for every learned tensor as a whole.",
      values: [
        {
          kind: "table",
          name: "tensors, the farthest first",
          rows: tensors.map(({ name }) => ({ label: name })),
          columns: [{ title: "moved", kind: "share", values: tensors.map(({ change }) => change) }],
        },
        ...alone.map((text) => ({ kind: "note" as const, text })),
      ],
    },
  ];
}

/** What stands first: which head moved farthest, and whether anything did. */
export function weightLines({ heads, tensors }: WeightChanges): string[] {
  const [head] = heads;
  const [tensor] = tensors;
  if (!tensor || tensor.change === 0)
    return ["No weight that both have differs: they are the same numbers."];
  const percent = (value: number) => `${(100 * value).toFixed(1)}%`;
  const farthest = (["q", "k", "v", "o"] as const).flatMap((of) => {
    const most = heads.reduce((best, one) => (one[of] > best[of] ? one : best), head!);
    return most[of] > 0
      ? [`W^${of.toUpperCase()} moved most in ${most.name} (${percent(most[of])})`]
      : [];
  });
  return [
    `The tensor that moved farthest is ${tensor.name}: ${percent(tensor.change)} of its length.`,
    ...(head && Math.max(head.qk, head.ov) > 0
      ? [
          `Of the heads, ${head.name} moved farthest (W_QK by ${percent(head.qk)}, W_OV by ${percent(head.ov)})${farthest.length > 0 ? `; ${farthest.join(", ")}` : ""}.`,
        ]
      : []),
  ];
}
