/**
 * Circuits through the vocabulary (Elhage et al. 2021, "full" QK and OV circuits): QK = W_E · W_QK · W_Eᵀ says which tokens seek which, OV = W_E · W_OV · W_U what
 * is handed over.
 */

import { dimensionsIn } from "../../families/family.ts";
import type { Parameter } from "../../families/parameters.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { mainStack } from "../../models/main-stack.ts";
import { dot } from "../linear/vectors.ts";

/** A token of the vocabulary with a number. */
export interface RankedToken {
  readonly id: number;
  readonly value: number;
}

/** The tokens at both ends of a direction. */
export interface TokenEnds {
  readonly most: readonly RankedToken[];
  readonly least: readonly RankedToken[];
}

/** Which table the tokens are read from, and what each row goes through. */
export interface VocabularyTable {
  readonly name: string;
  /** A row as it enters a head, or as it reads the stream. */
  through(row: Float32Array): ArrayLike<number>;
}

/** Rows taken at once: some MB. */
const rowsAtOnce = 4096;

/** For every direction (C), the tokens whose vectors lie farthest along it and against it; ids that are left out are not among them. */
export async function tokensAlong(
  model: LoadedModel,
  table: VocabularyTable,
  directions: readonly ArrayLike<number>[],
  count: number,
  leftOut: ReadonlySet<number> = new Set(),
): Promise<TokenEnds[]> {
  const parameter = model.parameter(table.name)!;
  const [V, C] = parameter.shape as readonly [number, number];
  const ends = directions.map(() => ({ most: new Ranking(count), least: new Ranking(count) }));
  for (let start = 0; start < V; start += rowsAtOnce) {
    const end = Math.min(V, start + rowsAtOnce);
    const rows = await model.parameterRows(parameter, start, end);
    for (let id = start; id < end; id++) {
      if (leftOut.has(id)) continue;
      const vector = table.through(rows.subarray((id - start) * C, (id - start + 1) * C));
      for (const [n, direction] of directions.entries()) {
        const value = dot(vector, direction);
        ends[n]!.most.add({ id, value });
        ends[n]!.least.add({ id, value: -value });
      }
    }
  }
  return ends.map(({ most, least }) => ({
    most: most.tokens,
    least: least.tokens.map(({ id, value }) => ({ id, value: -value })),
  }));
}

/** The few with the largest values of many. */
class Ranking {
  readonly tokens: RankedToken[] = [];
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  add(token: RankedToken): void {
    const { tokens } = this;
    if (tokens.length === this.#count && token.value <= tokens.at(-1)!.value) return;
    const place = tokens.findIndex(({ value }) => token.value > value);
    tokens.splice(place < 0 ? tokens.length : place, 0, token);
    if (tokens.length > this.#count) tokens.pop();
  }
}

/**
 * The tokens' own vectors as a head of a stack's layers would see them with nothing else written: through the norm of the embeddings, or that before the
 * head without its gain (which the head's maps carry), each with its own statistics. Undefined for stacks that read no tokens, or narrower ones.
 */
export async function seenTokens(
  model: LoadedModel,
  stack: string = mainStack(model),
): Promise<VocabularyTable | undefined> {
  const words = ofStack(model, stack, "embeddings.words");
  if (words?.shape[1] !== dimensionsIn(model.dimensions, stack).width) return undefined;
  const gain = ofStack(model, stack, "embeddings.norm.gain");
  const factors = gain && (await model.parameterRows(gain));
  const isBare = !factors && !model.sites.has(`${stack}layers.0.normed`);
  const before = `${stack}layers.0.attention.norm`;
  // A norm that learned nothing is a layer norm.
  const isRms = !factors && model.parameter(`${before}.gain`) && !model.parameter(`${before}.bias`);
  return {
    name: words.name,
    through(row) {
      if (isBare) return row;
      const mean = isRms ? 0 : row.reduce((sum, value) => sum + value, 0) / row.length;
      const spread = Math.sqrt(
        row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length,
      );
      return row.map((value, c) => ((value - mean) / (spread || 1)) * (factors?.[c] ?? 1));
    },
  };
}

/** A stack's own parameter, or the one that stacks share. */
function ofStack(model: LoadedModel, stack: string, name: string): Parameter | undefined {
  return model.parameter(`${stack}${name}`) ?? model.parameter(name);
}

/** The rows that read words off a stack's stream, and whether they are the model's own head or its word embeddings in its place. */
export function readingTokens(
  model: LoadedModel,
  stack: string = mainStack(model),
): { readonly table: VocabularyTable; readonly isHead: boolean } | undefined {
  const { decoderLayers, ...dimensions } = model.dimensions;
  // Behind an encoder stands a decoder, not the head.
  const isHead =
    (model.task === "language modeling" || model.task === "masked language modeling") &&
    (decoderLayers === undefined || stack === "decoder.");
  const { width } = dimensionsIn(dimensions, stack);
  const named = [
    ...(isHead ? ["head.words", "head.weight"].map((name) => model.parameter(name)) : []),
    ofStack(model, stack, "embeddings.words"),
  ].find((parameter) => parameter?.shape[1] === width);
  return named && { table: { name: named.name, through: (row) => row }, isHead };
}

/** A token's text, its blank in front made visible; its number where a decoder has words of its own, which no tokenizer here names. */
export function tokenName(
  { tokenizer, dimensions }: LoadedModel,
  id: number,
  stack: string = "",
): string {
  const isOther = stack === "decoder." && dimensions.decoderVocabulary !== undefined;
  const text = isOther ? undefined : tokenizer?.idToToken(id);
  return text === undefined ? `#${id}` : text.replace(/^[Ġ▁](?=.)/u, "␣");
}
