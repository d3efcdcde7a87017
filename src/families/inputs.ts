import type { Cache } from "../attention/cache.ts";
import { InputError } from "../errors/errors.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import type { Mask } from "../tensor/operations.ts";
import type { Program } from "../tensor/program.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Patches of an image: token rows · columns in all, counted from the top left, row by row. */
export interface PatchGrid {
  readonly rows: number;
  readonly columns: number;
}

/** The grid that is left where neighbours were merged so often, two by two and two by two; what is left at an edge counts. */
export function mergedGrid({ rows, columns }: PatchGrid, times: number): PatchGrid {
  return { rows: Math.ceil(rows / 2 ** times), columns: Math.ceil(columns / 2 ** times) };
}

/** What a run may give beside what is read (ids or pixels) and its mask. */
export type ExtraInput =
  | "types"
  | "positions"
  | "decoderIds"
  | "decoderMask"
  | "globalMask"
  | "permMask"
  | "targetMapping"
  | "hiddenPatches";

/** Inputs as a family sees them: flat, (B, T) row-major, checked. */
export interface Inputs {
  readonly batch: number;
  readonly length: number;
  readonly ids?: Int32Array;
  readonly mask?: Int32Array;
  readonly types?: Int32Array;
  readonly positions?: Int32Array;
  /** (B, channels, height, width) */
  readonly pixels?: Tensor;
  /** Log-mel features of sound, (B, mel bins, frames) */
  readonly features?: Tensor;
  /** How many patches lie in an image. */
  readonly grid?: PatchGrid;
  readonly decoder?: {
    readonly length: number;
    readonly ids: Int32Array;
    readonly mask?: Int32Array;
  };
  readonly globalMask?: Int32Array;
  readonly permMask?: Tensor;
  readonly targetMapping?: Tensor;
  /** (B, patches): 1 for patches in whose place stands one learned vector. */
  readonly hiddenPatches?: Int32Array;
  /** For a decoder beside an encoder: what its layers look at; whoever put the two together reads its head. */
  readonly beside?: {
    /** (B, S, C); needed in the first pass only, where there is a cache. */
    readonly encoded: LazyTensor | undefined;
    readonly mask: Mask;
  };
  /** What each of two towers reads, as far as something was given to it. */
  readonly towers?: { readonly text?: Inputs; readonly vision?: Inputs };
  /** While generating: ids are those of new tokens, `mask` covers earlier ones too, and keys and values are kept here. */
  readonly cache?: Cache;
  /** Logits are wanted for the last token of each row only. */
  readonly isLastOnly?: boolean;
}

/** Ids (B, T), which every family of text needs. */
export function expectIds({ ids }: Inputs, family: string): Int32Array {
  if (!ids) throw new InputError(`${family} reads tokens: the input needs ids, or a text`);
  return ids;
}

/** Pixels and their grid of patches, which every family of images needs. */
export function expectPixels(
  { pixels, grid }: Inputs,
  family: string,
): { pixels: Tensor; grid: PatchGrid } {
  if (!pixels || !grid)
    throw new InputError(`${family} reads images: the input needs pixels, or an image`);
  return { pixels, grid };
}

/** Features of sound (B, mel bins, frames), which every family of audio needs. */
export function expectFeatures({ features }: Pick<Inputs, "features">, family: string): Tensor {
  if (!features)
    throw new InputError(`${family} reads sound: the input needs features, or an audio`);
  return features;
}

/** Rows of a position table: the position ids given (B, T), or one after the other, behind the cache, for every row (1, T). */
export function positionIds(
  { batch, length, positions, cache }: Inputs,
  program: Program,
): LazyTensor {
  if (positions) return program.input(positions, [batch, length], "positions");
  const past = cache?.length ?? 0;
  return program.input(
    Int32Array.from({ length }, (_, place) => past + place),
    [1, length],
    "positions",
  );
}
