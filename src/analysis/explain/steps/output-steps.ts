import { dot, length } from "../../linear/vectors.ts";
import { type Context, keysByWeight, nounOf, rowOf, size } from "../context.ts";
import { quoted } from "../question.ts";
import type { Step, StepValue, Term } from "../step.ts";
import { vectorValue } from "./vector-steps.ts";

/** Every value times its weight, added up. */
export function valuesStep(context: Context): Step {
  const { numbers, query } = context;
  const { v, weights, mixed, width: D } = numbers;
  const order = keysByWeight(context);
  const row = (key: number) => v.subarray(key * D, (key + 1) * D);
  const size2 = dot(mixed, mixed);
  const best = Array.from(mixed.keys()).reduce((a, b) =>
    Math.abs(mixed[b]!) > Math.abs(mixed[a]!) ? b : a,
  );
  const terms = order
    .map((key): Term => {
      const factors = [weights[key]!, v[key * D + best]!] as const;
      return { ...rowOf(context, key), value: factors[0] * factors[1], factors };
    })
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  return {
    id: "values",
    title: "Each value times its weight",
    formula: `mixed = Σ weight · v  ${size(numbers.keys)} · ${size(numbers.keys, D)} → ${size(D)}`,
    sentence: `${quoted(query)} takes the value of each ${nounOf(context)}, as much of it as its weight says, and adds them up.`,
    values: [
      {
        kind: "table",
        name: "what is taken from whom",
        rows: order.map((key) => rowOf(context, key)),
        columns: [
          { title: "weight", kind: "weight", values: order.map((key) => weights[key]!) },
          { title: "‖v‖", kind: "length", values: order.map((key) => length(row(key))) },
          {
            title: "share of mixed",
            kind: "share",
            values: order.map((key) =>
              size2 > 0 ? (weights[key]! * dot(row(key), mixed)) / size2 : 0,
            ),
          },
        ],
        adds: "down",
        totals: [weights.reduce((sum, weight) => sum + weight, 0), Number.NaN, size2 > 0 ? 1 : 0],
      },
      { kind: "sum", name: `mixed[${best}]`, terms, total: mixed[best]! },
      vectorValue("mixed", mixed),
    ],
  };
}

/** The heads side by side. */
export function joinedStep({ numbers, output }: Context): Step {
  const { width: D, mixed, place } = numbers;
  const heads = output.shares.length;
  const [start, end] = [place.head * D, (place.head + 1) * D - 1];
  return {
    id: "joined",
    title: "The heads joined",
    formula: `${heads} heads × ${size(D)} → ${size(heads * D)}`,
    sentence: `All ${heads} heads of the layer do this at the same time, each with tables of its own; their results are laid end to end. This head's are numbers ${start} to ${end}.`,
    values: [vectorValue(`numbers ${start} to ${end} of ${heads * D}`, mixed)],
  };
}

/** W^O: what this head writes. */
export function outputStep(context: Context): Step {
  const { numbers, output } = context;
  const { width: D } = numbers;
  const C = output.own.length;
  const order = keysByWeight(context).sort((a, b) => output.keyShares[b]! - output.keyShares[a]!);
  return {
    id: "output",
    title: "W^O: what this head writes",
    formula: `mixed · W^O of this head  ${size(D)} · ${size(D, C)} → ${size(C)}`,
    sentence: `A last table, W^O, turns the result back into numbers of the stream. Each head has rows of its own in it, so what each head writes, and what of that came from where, can be told.`,
    values: [
      vectorValue("written", output.own),
      {
        kind: "table",
        name: "what of it came from whom",
        rows: order.map((key) => rowOf(context, key)),
        columns: [
          {
            title: "‖w·v·W^O‖",
            kind: "length",
            values: order.map((key) => output.keyLengths[key]!),
          },
          { title: "share", kind: "share", values: order.map((key) => output.keyShares[key]!) },
        ],
        adds: "down",
        totals: [Number.NaN, length(output.own) > 0 ? 1 : 0],
      },
    ],
  };
}

/** What joins the stream, and how much of it is this head's. */
export function streamStep({ model, numbers, output, query }: Context): Step {
  const { place } = numbers;
  const heads = output.shares.map(
    (value, head): Term => ({
      label: `L${place.layer}H${head}`,
      value,
      role: head === place.head ? "target" : undefined,
    }),
  );
  const bias: Term[] =
    output.biasShare === undefined ? [] : [{ label: "bias of W^O", value: output.biasShare }];
  const terms = [...heads, ...bias].sort((a, b) => b.value - a.value);
  const isNormedAfter = !model.sites.has(`${place.prefix}normed`);
  const values: StepValue[] = [
    {
      kind: "sum",
      name: "shares of the change, along it; below 0 a head pulls the other way",
      terms,
      total: length(output.attended) > 0 ? 1 : 0,
      isShare: true,
    },
  ];
  const lengths = [
    ...(output.before ? [{ label: "the stream before", value: length(output.before) }] : []),
    { label: "what attention adds", value: length(output.attended) },
    { label: "of that, this head alone", value: output.lengths[place.head]! },
    ...(output.after
      ? [
          {
            label: isNormedAfter ? "the stream after, normed" : "the stream after",
            value: length(output.after),
          },
        ]
      : []),
  ];
  values.push({
    kind: "table",
    name: "lengths",
    rows: lengths.map(({ label }) => ({ label })),
    columns: [{ title: "length", kind: "length", values: lengths.map(({ value }) => value) }],
  });
  return {
    id: "stream",
    title: "What joins the stream",
    formula: isNormedAfter
      ? "stream = norm(stream + Σ heads + b)"
      : "stream = stream + Σ heads + b",
    sentence: `What all heads wrote is added to the vector of ${quoted(query)}${isNormedAfter ? " and brought to a common size" : ""}: that is what the next part of the layer works on.`,
    values,
  };
}
