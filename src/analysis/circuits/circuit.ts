/**
 * What one head can do, from its learned matrices alone (Elhage et al. 2021): W_QK = W^Q · W^Kᵀ says which vectors seek which, W_OV = W^V · W^O what is
 * handed over when one is found. Both have rank D at most; their singular directions are read through the vocabulary.
 */

import { InputError } from "../../errors/errors.ts";
import { choiceOf, expectKeys } from "../../errors/options.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { mainStack } from "../../models/main-stack.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { nounIn } from "../explain/context.ts";
import type { Step, StepValue, TableValue } from "../explain/step.ts";
import { type ProductSingular, productSingular } from "../linear/singular.ts";
import { rowProduct } from "../linear/vectors.ts";
import { type Composition, type Compositions, compositions } from "./composition.ts";
import { type HeadMaps, headMaps } from "./head-maps.ts";
import {
  type RankedToken,
  readingTokens,
  seenTokens,
  type TokenEnds,
  tokenName,
  tokensAlong,
  type VocabularyTable,
} from "./vocabulary.ts";

/** What is asked of a head's matrices. */
export interface CircuitOptions {
  /** The stack of an encoder-decoder; its encoder if not given. */
  readonly stack?: "" | "encoder." | "decoder.";
  /** Tokens to follow through the head: what each seeks, who seeks it, what it gives. */
  readonly tokens?: readonly number[];
  /** Directions read through the vocabulary, 4 if not given. */
  readonly directions?: number;
  /** Tokens at each end of a direction, 6 if not given. */
  readonly count?: number;
}

/** A direction of W_QK or W_OV with the tokens at its ends; the ends of one row go together. */
export interface CircuitDirection {
  readonly value: number;
  /** On the side that seeks, or is read: W_QK's queries, W_OV's words looked at. */
  readonly from: TokenEnds | undefined;
  /** On the side that is sought, or written. */
  readonly to: TokenEnds | undefined;
}

/** What a token does in the head, by itself. */
export interface TokenCircuit {
  readonly id: number;
  readonly seeks: readonly RankedToken[];
  readonly soughtBy: readonly RankedToken[];
  readonly gives: readonly RankedToken[] | undefined;
}

/** What one head can do. */
export interface HeadCircuit extends HeadAddress {
  readonly qk: {
    readonly values: readonly number[];
    readonly directions: readonly CircuitDirection[];
  };
  readonly ov: {
    readonly values: readonly number[];
    readonly directions: readonly CircuitDirection[];
  };
  readonly tokens: readonly TokenCircuit[];
  readonly compositions: Compositions;
  /** How norms and heads over the words were taken. */
  readonly notes: readonly string[];
}

/** A head's circuits. Throws SiteError for a head that is not there and for families whose heads read through a bottleneck. */
export async function headCircuit(
  model: LoadedModel,
  address: HeadAddress,
  options: CircuitOptions = {},
): Promise<HeadCircuit> {
  expectKeys(options, { stack: true, tokens: true, directions: true, count: true }, "headCircuit");
  const { directions: shown = 4, count = 6, tokens = [] } = options;
  const stack = options.stack ?? mainStack(model);
  choiceOf(["", "encoder.", "decoder."], stack, "headCircuit: stack");
  const maps = await headMaps(model, address, stack);
  const { width: C, headWidth: D } = maps;
  const qk = productSingular(maps.q, maps.k, D);
  const ov = productSingular(maps.v, columnsOf(maps.o, D, C), D);
  const seen = await seenTokens(model, stack);
  if (!seen && tokens.length > 0)
    throw new InputError(
      `circuit: ${stack || "the stack"} of ${model.label} reads no words as wide as its stream, so that none can be named. Leave the words out`,
    );
  const reading = readingTokens(model, stack);
  const number = Math.min(shown, qk.values.length);
  const side = (matrix: Float64Array, values: Float64Array) =>
    Array.from({ length: number }, (_, n) =>
      Float64Array.from({ length: C }, (_, c) => matrix[c * values.length + n]!),
    );
  const words = await Promise.all(tokens.map((id) => tokenVector(model, seen!, id)));
  const wordDirections = words.flatMap((x) => [
    // What its query meets, what meets its key.
    backThrough(maps.k, rowProduct(x, maps.q), D),
    backThrough(maps.q, rowProduct(x, maps.k), D),
  ]);
  const from = seen
    ? await tokensAlong(
        model,
        seen,
        [
          ...side(qk.left, qk.values),
          ...side(qk.right, qk.values),
          ...side(ov.left, ov.values),
          ...wordDirections,
        ],
        count,
      )
    : [];
  const given = words.map((x) => rowProduct(rowProduct(x, maps.v), maps.o));
  const to = reading
    ? await tokensAlong(model, reading.table, [...side(ov.right, ov.values), ...given], count)
    : [];
  return {
    ...address,
    qk: circuitSide(qk, number, (n) => [from[n], from[number + n]]),
    ov: circuitSide(ov, number, (n) => [from[2 * number + n], to[n]]),
    tokens: tokens.map((id, n) => ({
      id,
      seeks: from[3 * number + 2 * n]?.most ?? [],
      soughtBy: from[3 * number + 2 * n + 1]?.most ?? [],
      gives: to[number + n]?.most,
    })),
    compositions: await compositions(model, address, stack),
    notes: notesOf(model, stack, maps, seen !== undefined, reading?.isHead),
  };
}

function circuitSide(
  { values }: ProductSingular,
  number: number,
  ends: (n: number) => readonly [TokenEnds | undefined, TokenEnds | undefined],
) {
  return {
    values: Array.from(values),
    directions: Array.from({ length: number }, (_, n): CircuitDirection => {
      const [from, to] = ends(n);
      return { value: values[n]!, from, to };
    }),
  };
}

/** (D, C) → (C, D) */
function columnsOf(o: Float64Array, D: number, C: number): Float64Array {
  const columns = new Float64Array(o.length);
  for (let d = 0; d < D; d++) for (let c = 0; c < C; c++) columns[c * D + d] = o[d * C + c]!;
  return columns;
}

/** matrix (C, D) · vector (D) → (C) */
function backThrough(matrix: Float64Array, vector: ArrayLike<number>, D: number): Float64Array {
  return Float64Array.from({ length: matrix.length / D }, (_, c) => {
    let sum = 0;
    for (let d = 0; d < D; d++) sum += matrix[c * D + d]! * vector[d]!;
    return sum;
  });
}

async function tokenVector(
  model: LoadedModel,
  { name, through }: VocabularyTable,
  id: number,
): Promise<ArrayLike<number>> {
  const table = model.parameter(name)!;
  return through(await model.parameterRows(table, id, id + 1));
}

function notesOf(
  model: LoadedModel,
  stack: string,
  maps: HeadMaps,
  isSeen: boolean,
  isHead: boolean | undefined,
): string[] {
  const hasNorm = model.sites.has(`${stack}layers.${maps.layer}.normed`);
  return [
    maps.isFolded
      ? "The gain of the norm before the head is folded into W^Q, W^K and W^V; its division by the spread is left out, and so are biases."
      : hasNorm
        ? "The norm before the head learned no gain that could be folded in; its division by the spread is left out, and so are biases."
        : "No norm is folded in: in this family norms come behind a layer's parts, and stand between heads that compose. Biases are left out.",
    ...(isSeen
      ? [
          "Tokens are taken by themselves, without positions, each through the norm with its own statistics: what the head would do with the bare word.",
        ]
      : ["Tokens are not shown: the embeddings are not as wide as the stream, or there are none."]),
    ...(isSeen && isHead === false
      ? [
          "No head reads this stream as words: what is given is read by the word embeddings in its place.",
        ]
      : []),
    ...(isHead && model.task === "masked language modeling"
      ? [
          "What is given is read by the head's last matrix alone, without the map and norm before it.",
        ]
      : []),
    ...(model.scoringOf(stack).turning
      ? [
          "Positions turn queries and keys before they meet; W_QK here is that of words at the same place.",
        ]
      : []),
  ];
}

/** A head's circuits as steps, which views draw as they draw an explanation. */
export function circuitSteps(
  model: LoadedModel,
  circuit: HeadCircuit,
  stack: string = mainStack(model),
): Step[] {
  const { qk, ov, tokens, compositions } = circuit;
  const noun = nounIn(model, !stack.startsWith("decoder."));
  const name = (ranked: readonly RankedToken[] | undefined) =>
    ranked?.map(({ id }) => tokenName(model, id, stack)).join("  ") ?? "";
  const ends = (
    directions: readonly CircuitDirection[],
    titles: readonly [string, string],
  ): StepValue => ({
    kind: "list",
    name: "tokens at both ends of the largest directions",
    titles: ["direction", ...titles],
    rows: directions.flatMap(({ from, to }, n) => [
      [`${n + 1} +`, name(from?.most), name(to?.most)],
      [`${n + 1} −`, name(from?.least), name(to?.least)],
    ]),
  });
  const spectrum = (values: readonly number[]): StepValue => {
    const squares = values.reduce((sum, value) => sum + value * value, 0);
    return {
      kind: "table",
      name: "singular values, and each one's share of the square of all",
      rows: values.map((_, n) => ({ label: `direction ${n + 1}` })),
      columns: [
        { title: "σ", kind: "length", values: [...values] },
        { title: "share", kind: "share", values: values.map((value) => (value * value) / squares) },
      ],
      adds: "down",
      totals: [Number.NaN, 1],
    };
  };
  const hasTokens = qk.directions[0]?.from !== undefined;
  return [
    {
      id: "qk",
      title: "W_QK: who seeks whom",
      formula: "W_QK = W^Q · W^Kᵀ = U · diag(σ) · Vᵀ",
      sentence: `Put together, the two maps say how well any ${noun}'s vector fits any other's. Each direction pairs a kind of ${noun} that seeks with a kind that is sought.`,
      values: [
        spectrum(qk.values),
        ...(hasTokens ? [ends(qk.directions, ["seek", "sought"])] : []),
      ],
    },
    {
      id: "ov",
      title: "W_OV: what is handed over",
      formula: "W_OV = W^V · W^O = U · diag(σ) · Vᵀ",
      sentence: `The other two maps say what a ${noun} adds to whoever looks at it. Each direction pairs what is read from the ${noun} with what is written.`,
      values: [
        spectrum(ov.values),
        ...(hasTokens ? [ends(ov.directions, ["read", "written"])] : []),
      ],
    },
    ...(tokens.length > 0
      ? [
          {
            id: "tokens" as const,
            title: "The words that were named",
            formula: "x · W_QK · yᵀ over all y; x · W_OV read as words",
            sentence:
              "The bare word, without the sentence around it: which words it seeks most, which seek it, and what it hands over.",
            values: [
              {
                kind: "list" as const,
                name: "of the whole vocabulary, the first ones",
                titles: ["word", "seeks", "sought by", "gives"],
                rows: tokens.map(({ id, seeks, soughtBy, gives }) => [
                  tokenName(model, id, stack),
                  name(seeks),
                  name(soughtBy),
                  name(gives),
                ]),
              },
            ],
          },
        ]
      : []),
    compositionStep(circuit, compositions),
  ];
}

function compositionStep(address: HeadAddress, { earlier, later, chance }: Compositions): Step {
  const table = (
    name: string,
    pairs: readonly Composition[],
    other: "earlier" | "later",
  ): TableValue => {
    const ranked = [...pairs].sort((a, b) => Math.max(b.q, b.k, b.v) - Math.max(a.q, a.k, a.v));
    const column = (title: "q" | "k" | "v") => ({
      title: title.toUpperCase(),
      kind: "length" as const,
      values: ranked.map((pair) => pair[title]),
    });
    return {
      kind: "table",
      name,
      rows: ranked.map((pair) => ({ label: formatHead(pair[other]) })),
      columns: [column("q"), column("k"), column("v")],
    };
  };
  const own = formatHead(address);
  return {
    id: "composition",
    title: "Composition with other heads",
    formula: "‖W_OV · W_QK‖ / (‖W_OV‖ · ‖W_QK‖), Frobenius norms",
    sentence: `How much of what an earlier head writes a later one reads: for its queries (Q), its keys (K) or its values (V). Were one of the two turned at random in the stream, it would be about ${chance.toFixed(3)}, 1/√(width).`,
    values: [
      ...(earlier.length > 0
        ? [table(`what ${own} reads of earlier heads`, earlier, "earlier")]
        : []),
      ...(later.length > 0 ? [table(`what later heads read of ${own}`, later, "later")] : []),
    ],
    ...(earlier.length + later.length === 0 ? { leftOut: "the model has one layer" } : {}),
  };
}
