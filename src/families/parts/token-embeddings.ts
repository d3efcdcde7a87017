import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, embed, layerNorm, type NormWeights } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import { expectIds, type Inputs, positionIds } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";

/** Tables of what a token is, where it stands and, in some families, which text it belongs to. */
export interface TokenEmbeddings {
  readonly words: LazyTensor; // (V, C)
  /** None where positions come in elsewhere. */
  readonly positions: LazyTensor | undefined; // (P, C)
  readonly types: LazyTensor | undefined; // (types, C)
  readonly norm: NormWeights;
}

/** Takes the tables by the names BERT's files have; a family without types says 0. */
export function takeTokenEmbeddings(
  body: Parameters,
  {
    vocabulary: V,
    positions: P,
    types,
    width: C,
    tiedTo,
    isRelative = false,
  }: Readonly<Record<"vocabulary" | "positions" | "types" | "width", number>> & {
    /** The head's matrix, where it is tied to the words: a file may hold them under its name alone. */
    readonly tiedTo: string | undefined;
    /** Whether positions are no part of the embeddings; some such files hold a table all the same. */
    readonly isRelative?: boolean;
  },
): TokenEmbeddings {
  const from = body.within("embeddings.", "embeddings.");
  if (isRelative) body.ignore(/(^|\.)embeddings\.position_embeddings\.weight$/);
  return {
    words: from.table("word_embeddings.weight", [V, C], "words", {
      tiedTo: tiedTo === undefined ? [] : [tiedTo],
    }),
    positions: isRelative
      ? undefined
      : from.table("position_embeddings.weight", [P, C], "positions"),
    types: types > 0 ? from.table("token_type_embeddings.weight", [types, C], "types") : undefined,
    norm: from.norm("LayerNorm", C, "norm"),
  };
}

/** Word, type and position embeddings, summed and normed: ids (B, T) → (B, T, C). */
export function embedTokens(
  w: TokenEmbeddings,
  inputs: Inputs,
  { family, epsilon }: { readonly family: string; readonly epsilon: number },
  program: Program,
): LazyTensor {
  const { batch: B, length: T } = inputs;
  const types = w.types && (inputs.types ?? new Int32Array(B * T));
  const words = embed(w.words, program.input(expectIds(inputs, family), [B, T], "ids"));
  const typed = types ? add(words, embed(w.types, program.input(types, [B, T], "types"))) : words;
  const placed = w.positions ? add(typed, embed(w.positions, positionIds(inputs, program))) : typed;
  return layerNorm(placed, w.norm, epsilon);
}

/** RoBERTa's position ids (B, T) behind `past` tokens: real ones count from padding + 1; padding, which the ids tell and not the mask, gets the padding id. */
export function positionsAfterPadding(
  ids: Int32Array,
  [B, T]: readonly [number, number],
  padding: number,
  past = 0,
): Int32Array {
  const positions = new Int32Array(B * T).fill(padding);
  for (let b = 0; b < B; b++) {
    let next = padding + 1 + past;
    for (let place = b * T; place < (b + 1) * T; place++)
      if (ids[place] !== padding) positions[place] = next++;
  }
  return positions;
}
