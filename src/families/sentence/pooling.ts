import { ConfigError } from "../../errors/errors.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { concat, maxPool, meanPool, mix, multiply, reshape } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";

/** Ways of making one vector of a text's tokens, by sentence-transformers' names, in the order in which it joins several. */
export const poolingModes = [
  "cls",
  "max",
  "mean",
  "mean_sqrt_len_tokens",
  "weightedmean",
  "lasttoken",
] as const;
export type PoolingMode = (typeof poolingModes)[number];

/** The flags of older files, by mode. */
const flags: Readonly<Record<PoolingMode, string>> = {
  cls: "pooling_mode_cls_token",
  max: "pooling_mode_max_tokens",
  mean: "pooling_mode_mean_tokens",
  mean_sqrt_len_tokens: "pooling_mode_mean_sqrt_len_tokens",
  weightedmean: "pooling_mode_weightedmean_tokens",
  lasttoken: "pooling_mode_lasttoken",
};
const otherKeys = [
  "pooling_mode",
  "include_prompt",
  "embedding_dimension",
  "word_embedding_dimension",
];

/** What a Pooling module does. */
export interface PoolingConfig {
  /** Several are joined, in this order. */
  readonly modes: readonly PoolingMode[];
  /** False: a prompt's tokens are left out of the vector, not of attention. */
  readonly includesPrompt: boolean;
}

/** A Pooling's config.json, of today's or of older releases. Throws ConfigError for a way of pooling heed lacks. */
export function readPoolingConfig(
  config: Readonly<Record<string, unknown>>,
  place: string,
): PoolingConfig {
  const known = [...Object.values(flags), ...otherKeys];
  const strange = Object.keys(config).find((key) => !known.includes(key));
  if (strange !== undefined)
    throw new ConfigError(`${place} says ${strange}, which heed does not have`);
  const flagged = poolingModes.filter((mode) => config[flags[mode]]);
  const given = [config.pooling_mode ?? (flagged.length > 0 ? flagged : "mean")].flat();
  const modes = given.map((name) => {
    const mode = poolingModes.find((mode) => mode === name);
    if (mode) return mode;
    throw new ConfigError(
      `${place} says pooling_mode=${JSON.stringify(config.pooling_mode)}; heed has ${poolingModes.join(", ")}`,
    );
  });
  if (modes.length === 0) throw new ConfigError(`${place} names no pooling_mode`);
  return { modes, includesPrompt: config.include_prompt !== false };
}

/** Which tokens there are, and which of them count. */
export interface PooledTokens {
  /** (B, T): 1 real token, 0 padding */
  readonly mask: Int32Array;
  /** Real tokens at a row's start that are not pooled: a prompt's. */
  readonly skipped: number;
}

/** Tokens (B, T, C) → one vector a row (B, modes · C). */
export function pool(
  tokens: LazyTensor,
  modes: readonly PoolingMode[],
  { mask, skipped }: PooledTokens,
  program: Program,
): LazyTensor {
  const [B, T, C] = tokens.shape as readonly [number, number, number];
  const rows = Array.from({ length: B }, (_, b) =>
    rowOf(mask.subarray(b * T, (b + 1) * T), skipped),
  );
  const counted = () => {
    const flat = Int32Array.from(rows.flatMap(({ counts }) => counts));
    return program.input(flat, [B, T], "tokens that are pooled");
  };
  const weighted = (weightsOf: (row: TokenRow) => readonly number[]) => {
    const flat = Float32Array.from(rows.flatMap(weightsOf));
    const weights = program.input(flat, [B, 1, 1, T], "weights of tokens");
    return reshape(mix(weights, reshape(tokens, [B, 1, T, C])), [B, C]);
  };
  const make: Readonly<Record<PoolingMode, () => LazyTensor>> = {
    cls: () => weighted(({ counts }) => only(Math.max(0, counts.indexOf(1)), T)),
    max: () => maxPool(tokens, counted()),
    mean: () => meanPool(tokens, counted()),
    mean_sqrt_len_tokens() {
      const roots = Float32Array.from(rows, ({ counts }) => Math.sqrt(total(counts)));
      return multiply(meanPool(tokens, counted()), program.input(roots, [B, 1], "roots of counts"));
    },
    weightedmean: () =>
      weighted(({ counts, first }) => {
        const places = counts.map((count, t) => count * (t + 1 - first));
        return places.map((place) => place / Math.max(total(places), 1e-9));
      }),
    lasttoken: () => weighted(({ counts }) => only(counts.lastIndexOf(1), T)),
  };
  return concat(
    modes.map((mode) => make[mode]()),
    1,
  ); // (B, modes · C)
}

interface TokenRow {
  /** 1 for a token that is pooled. */
  readonly counts: readonly number[];
  /** Where the row's real tokens begin, its prompt included. */
  readonly first: number;
}

function rowOf(mask: Int32Array, skipped: number): TokenRow {
  const first = Math.max(0, mask.indexOf(1));
  return {
    first,
    counts: Array.from(mask, (real, t) => (t < first + skipped && skipped > 0 ? 0 : real)),
  };
}

/** 1 at one place, 0 elsewhere; 0 everywhere for place −1. */
function only(place: number, length: number): number[] {
  return Array.from({ length }, (_, t) => (t === place ? 1 : 0));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
