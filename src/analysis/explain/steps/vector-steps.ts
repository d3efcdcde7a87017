import { dimensionsIn } from "../../../families/family.ts";
import { type EmbeddingParts, embeddingParts } from "../../circuits/embedding-parts.ts";
import { length } from "../../linear/vectors.ts";
import {
  type Context,
  contentOf,
  keysByWeight,
  nounOf,
  nounsOf,
  queryNounOf,
  rowOf,
  size,
} from "../context.ts";
import { quoted } from "../question.ts";
import type { Role, Step, StepValue, Term, VectorValue } from "../step.ts";

/** A list of numbers with its length. */
export function vectorValue(name: string, values: ArrayLike<number>, role?: Role): VectorValue {
  return { kind: "vector", name, values: Array.from(values), norm: length(values), role };
}

const partNames: Readonly<
  Record<Exclude<EmbeddingParts["parts"][number]["name"], "token">, string>
> = {
  position: "where it stands (position)",
  type: "which text it is of (type)",
  class: "the class token",
  bias: "learned bias",
};

/** The word's vector, from the tables in layer 0, else from the layers before, to what the projections see. */
export async function vectorStep({ model, run, numbers, query }: Context): Promise<Step> {
  const { place, projection, seen } = numbers;
  const word = quoted(query);
  const input = projection?.input;
  const before = seen.beforeNorm(query.token);
  const values: StepValue[] = [];
  const isFirst = place.layer === 0 && place.stack !== "decoder.cross.";
  let from = before ? "x = norm(stream)" : "x = the stream";
  if (isFirst) {
    const { parts, norm, reason } = await embeddingParts(model, run, place, query.token);
    const content = contentOf({ model, numbers });
    for (const { name, own } of parts)
      if (own)
        values.push(
          vectorValue(name === "token" ? `what it is (${content})` : partNames[name], own),
        );
    if (reason) values.push({ kind: "note", text: `In one piece: ${reason}.` });
    const names = parts
      .filter(({ own }) => own)
      .map(({ name }) => (name === "token" ? content : name));
    const sum = names.join(" + ");
    from = norm ? `x = norm(${sum})` : before ? `x = norm(${sum})` : `x = ${sum}`;
  } else if (before) values.push(vectorValue("stream", before));
  if (input) values.push(vectorValue("x", input));
  const stream = seen.isBottleneck ? " and through a narrow map (bottleneck)" : "";
  const around = { patch: "picture", moment: "sound", word: "sentence" }[
    queryNounOf({ model, numbers })
  ];
  const earlier = place.layer === 1 ? "layer 0" : `layers 0 to ${place.layer - 1}`;
  return {
    id: "vector",
    title: `x, the vector of ${word}`,
    formula: `${from}${stream && " through the bottleneck"}${input ? `  → ${size(input.length)}` : ""}`,
    sentence: isFirst
      ? model.images
        ? `Every patch of the picture is a list of numbers, made of its pixels; what the model has learned for where a patch lies is added.`
        : queryNounOf({ model, numbers }) === "moment"
          ? "Every moment of the sound is a list of numbers, made of its frequencies by two convolutions; what the model has for where a moment lies is added."
          : `Every word is a list of numbers: the model looks it up in tables it has learned, for what the word is${values.length > 2 ? " and for where it stands, and adds them" : ""}${stream}.`
      : `${word} is a list of numbers; on the way here ${place.stack === "decoder.cross." ? "the decoder" : earlier} added to it what the ${around} around it ${model.images ? "shows" : "says"}${stream}.`,
    values,
    ...(input || values.length > 0
      ? {}
      : {
          leftOut:
            "what the projection sees is no site of this family, and its parameters do not lead to it",
        }),
  };
}

/** q = x · W^Q + b, with the sum of the number that tells most. */
export function queryStep(context: Context): Step {
  const { numbers, query, target, against, model } = context;
  const { projection, q, queryBias, width: D, k } = numbers;
  const word = quoted(query);
  const base = {
    id: "query" as const,
    title: `q, the query of ${word}`,
    sentence: `This head multiplies x by a table it has learned, W^Q, and gets ${D} numbers: what ${word} is looking for.`,
  };
  const shown = vectorValue("q", q);
  if (!projection)
    return {
      ...base,
      formula: `q  ${size(D)}`,
      values: [
        {
          kind: "note",
          text: "No vector of the run and no table leads to this query: it is taken as the run has it.",
        },
        shown,
      ],
    };
  const { input, matrix, bias, isTurned } = projection;
  const C = input.length;
  // The number of q that tells the two keys apart most.
  const weight = (d: number) =>
    Math.abs(q[d]! * (k[target.token * D + d]! - (against ? k[against.token * D + d]! : 0)));
  const best = Array.from({ length: D }, (_, d) => d).reduce((a, b) =>
    weight(b) > weight(a) ? b : a,
  );
  const extra = [
    ...(bias ? [{ label: "b, learned bias", value: bias[best]! }] : []),
    ...(queryBias ? [{ label: "this head's own bias", value: queryBias[best]! }] : []),
  ];
  const terms: Term[] = Array.from({ length: C }, (_, c): Term => {
    const factors = [input[c]!, matrix[c * D + best]!] as const;
    return { label: `x[${c}] · W^Q[${c}, ${best}]`, value: factors[0] * factors[1], factors };
  }).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const all = [...extra, ...terms].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const { headNorm } = model.scoringOf(numbers.place.stack);
  return {
    ...base,
    formula: `q = x · W^Q${headNorm ? ", normed" : ""}${bias ? " + b" : ""}${queryBias ? " + the head's own bias" : ""}  ${size(C)} · ${size(C, D)} → ${size(D)}${isTurned ? ", then turned by its position (rotary)" : ""}`,
    values: [
      {
        kind: "sum",
        name: isTurned ? `(x · W^Q)[${best}], before turning` : `q[${best}]`,
        terms: all,
        total: all.reduce((sum, { value }) => sum + value, 0),
      },
      shown,
      ...(headNorm
        ? [
            {
              kind: "note" as const,
              text: `Queries and keys of this family are normed before they ${isTurned ? "turn" : "meet"}: for one ${nounOf(context)} that multiplies each column of W^Q by a number, and the table here has it in it.`,
            },
          ]
        : []),
    ],
  };
}

/** Keys and values of the two keys, and how long those of all are. */
export function keysStep(context: Context): Step {
  const { numbers, target, against, model } = context;
  const { k, v, width: D, place, branch } = numbers;
  const row = (values: Float32Array, key: number) => values.subarray(key * D, (key + 1) * D);
  const two = against ? [target, against] : [target];
  const { heads, keyHeads } = dimensionsIn(model.dimensions, place.stack);
  const values: StepValue[] = two.flatMap((key) => {
    const role = key === target ? ("target" as const) : ("against" as const);
    return [
      vectorValue(`k of ${quoted(key)}`, row(k, key.token), role),
      vectorValue(`v of ${quoted(key)}`, row(v, key.token), role),
    ];
  });
  const order = keysByWeight(context);
  values.push({
    kind: "table",
    name: "lengths of all keys and values",
    rows: order.map((key) => rowOf(context, key)),
    columns: [
      { title: "‖k‖", kind: "length", values: order.map((key) => length(row(k, key))) },
      { title: "‖v‖", kind: "length", values: order.map((key) => length(row(v, key))) },
    ],
  });
  if (keyHeads < heads)
    values.push({
      kind: "note",
      text: `Queries are grouped: ${heads / keyHeads} heads share the keys and values of key head ${place.keyHead}.`,
    });
  if (branch)
    values.push({
      kind: "note",
      text: "This token sees everything (global attention), with projections of its own for queries, keys and values.",
    });
  const noun = nounOf(context);
  const other = place.stack === "decoder.cross." ? "the encoder's" : "its";
  return {
    id: "keys",
    title: `k and v, the key and the value of every ${noun}`,
    formula: `k = x · W^K, v = x · W^V  for each of ${numbers.keys} ${nounsOf(context)}, from ${other} vector  → ${size(D)} each`,
    sentence: `Every ${noun} makes ${D} numbers that say what it can be found by, its key k, and ${D} that it hands over when it is looked at, its value v.`,
    values,
  };
}
