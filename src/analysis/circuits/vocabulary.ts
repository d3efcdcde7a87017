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
 * The tokens' own vectors as a head of a layer would see them with nothing else written: through the norm of the embeddings, or that before the head
 * without its gain (which the head's maps carry), each with its own statistics. Undefined for models that read no tokens.
 */
export async function seenTokens(model: LoadedModel): Promise<VocabularyTable | undefined> {
  const words = model.parameter("embeddings.words");
  if (!words || words.shape[1] !== model.dimensions.width) return undefined;
  const gain = model.parameter("embeddings.norm.gain");
  const factors = gain && (await model.parameterRows(gain));
  const isBare = !factors && !hasNormFirst(model);
  const before = `${mainStack(model)}layers.0.attention.norm`;
  // A norm that learned nothing is a layer norm.
  const isRms = !factors && model.parameter(`${before}.gain`) && !model.parameter(`${before}.bias`);
  return {
    name: "embeddings.words",
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

function hasNormFirst(model: LoadedModel): boolean {
  return model.sites.has(`${mainStack(model)}layers.0.normed`);
}

/** The rows that read words off the stream, and whether they are the model's own head or its word embeddings in its place. */
export function readingTokens(
  model: LoadedModel,
): { readonly table: VocabularyTable; readonly isHead: boolean } | undefined {
  const isHead = model.task === "language modeling" || model.task === "masked language modeling";
  const named = ["head.words", "head.weight", "embeddings.words"].find((name) => {
    const parameter = model.parameter(name);
    return (
      (name === "embeddings.words" || isHead) && parameter?.shape[1] === model.dimensions.width
    );
  });
  return named ? { table: { name: named, through: (row) => row }, isHead } : undefined;
}

/** A token's text, its blank in front made visible. */
export function tokenName({ tokenizer }: LoadedModel, id: number): string {
  const text = tokenizer?.idToToken(id);
  return text === undefined ? `#${id}` : text.replace(/^[Ġ▁](?=.)/u, "␣");
}
