import * as v from "valibot";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  concat,
  embed,
  type LinearWeights,
  linear,
  multiply,
  slice,
} from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { count, type RawConfig, refuse, size } from "../config.ts";
import { expectPixels, type Inputs, type PatchGrid } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { resampleGrid, type Sampling } from "./grid-samples.ts";

/** A height and a width, in pixels. */
export type Extent = readonly [height: number, width: number];

/** One number for both, or [height, width]. */
const extent = (fallback: number) =>
  v.pipe(
    v.optional(v.union([size, v.tuple([size, size])]), fallback),
    v.transform((value): Extent => (typeof value === "number" ? [value, value] : [...value])),
  );

/** What every family of images has in its config: the image it was trained on, its patches, and colours. */
export const pictureFields = ({ image, patch }: { image: number; patch: number }) => ({
  image_size: extent(image),
  patch_size: extent(patch),
  num_channels: count(3),
});

/** How pixels are cut. */
export interface PictureFrame {
  readonly image_size: Extent;
  readonly patch_size: Extent;
  readonly num_channels: number;
}

/** The patches of the image a model was trained on. Throws ConfigError where it holds none. */
export function trainedGrid(
  family: string,
  { image_size: [height, width], patch_size: patch }: PictureFrame,
  raw: RawConfig,
): PatchGrid {
  const rows = Math.floor(height / patch[0]);
  const columns = Math.floor(width / patch[1]);
  if (rows * columns === 0)
    refuse(
      family,
      "patch_size",
      raw.patch_size,
      `An image of ${height} x ${width} pixels holds no such patch`,
    );
  return { rows, columns };
}

/** Learned vectors that become an image's tokens. */
export interface PictureTokens {
  readonly family: string;
  readonly patch: Extent;
  readonly patches: LinearWeights; // (C, channels · height · width of a patch)
  /** Tokens before the patches that have positions, (1, C) each: the class token, the distillation token. */
  readonly leading: readonly LazyTensor[];
  /** Tokens without positions, between those and the patches: (R, C). */
  readonly registers?: LazyTensor;
  readonly positions?: PicturePositions;
  /** What stands in the place of hidden patches: (1, C). */
  readonly hidden?: LazyTensor;
}

/** Learned positions: those of the leading tokens, then those of the grid a model was trained on. */
export interface PicturePositions {
  readonly table: LazyTensor; // (leading + N, C)
  readonly trained: PatchGrid;
  /** How they are interpolated for another grid. */
  readonly sampling: Sampling;
}

/** What a family's tokens are made of. */
interface TakenTokens {
  readonly family: string;
  readonly frame: PictureFrame;
  readonly width: number;
  /** Leading tokens by their names in the file and heed's. */
  readonly leading: readonly (readonly [stored: string, name: string])[];
  /** How many registers. */
  readonly registers?: number;
  /** Undefined where positions are in the scores alone. */
  readonly positions?: Omit<PicturePositions, "table">;
  /** Whether patches may be hidden. */
  readonly hides?: boolean;
}

/** Takes them from a file's `embeddings.`, as ViT names them. */
export function takePictureTokens(
  body: Parameters,
  { family, frame, width: C, leading, registers = 0, positions, hides }: TakenTokens,
): PictureTokens {
  if (!hides) body.ignore(/(^|\.)embeddings\.mask_token$/);
  const at = body.within("embeddings.", "embeddings.");
  const [height, width] = frame.patch_size;
  const { num_channels: channels, patch_size: patch } = frame;
  const rows = (stored: string, count: number, name: string) =>
    at.table(stored, [count, C], name, { storedShape: [1, count, C] });
  return {
    family,
    patch,
    patches: at.linear("patch_embeddings.projection", [C, channels * height * width], "patches", {
      storedShape: [C, channels, height, width],
    }),
    leading: leading.map(([stored, name]) => rows(stored, 1, name)),
    hidden: hides ? rows("mask_token", 1, "hidden") : undefined,
    registers: registers > 0 ? rows("register_tokens", registers, "registers") : undefined,
    positions: positions && {
      ...positions,
      table: rows(
        "position_embeddings",
        leading.length + positions.trained.rows * positions.trained.columns,
        "positions",
      ),
    },
  };
}

/** The leading tokens, then one token a patch, plus positions, registers between: pixels (B, channels, height, width) → (B, T, C). */
export function pictureTokens(w: PictureTokens, inputs: Inputs, program: Program): LazyTensor {
  const { pixels, grid } = expectPixels(inputs, w.family);
  const B = inputs.batch;
  const N = grid.rows * grid.columns;
  const unfolded = unfold(pixels, w.patch, grid);
  const seen = linear(
    program.input(unfolded, [B, N, unfolded.length / (B * N)], "patches"),
    w.patches,
  ); // (B, N, C)
  const patches = w.hidden ? withHidden(seen, w.hidden, inputs, program) : seen;
  const starts = w.leading.map((token) =>
    embed(token, program.input(new Int32Array(B), [B, 1], "a leading token")),
  );
  const tokens = concat([...starts, patches], 1);
  const placed = w.positions
    ? add(tokens, positionsOf(w.positions, starts.length, grid, program))
    : tokens;
  if (!w.registers) return placed;
  const R = w.registers.shape[0]!;
  const every = program.input(
    Int32Array.from({ length: B * R }, (_, place) => place % R),
    [B, R],
    "registers",
  );
  const first = slice(placed, 1, 0, starts.length);
  const rest = slice(placed, 1, starts.length, starts.length + N);
  return concat([first, embed(w.registers, every), rest], 1);
}

/** Patches (B, N, C), the hidden ones replaced by the vector (1, C) that stands for them. */
export function withHidden(
  patches: LazyTensor,
  vector: LazyTensor,
  { batch: B, hiddenPatches: hidden }: Inputs,
  program: Program,
): LazyTensor {
  if (!hidden?.includes(1)) return patches;
  const shape = [B, patches.shape[1]!];
  const each = (numbers: Int32Array, name: string) =>
    program.input(Float32Array.from(numbers), [...shape, 1], name);
  const shown = hidden.map((isHidden) => 1 - isHidden);
  const everywhere = embed(vector, program.input(new Int32Array(hidden.length), shape, "hidden"));
  return add(
    multiply(patches, each(shown, "seen patches")),
    multiply(everywhere, each(hidden, "hidden patches")),
  );
}

/** (1, leading + rows · columns, C), interpolated for a grid of another size. */
export function positionsOf(
  { table, trained, sampling }: PicturePositions,
  leading: number,
  grid: PatchGrid,
  program: Program,
): LazyTensor {
  const rowsOf = (start: number, length: number) =>
    embed(
      table,
      program.input(
        Int32Array.from({ length }, (_, place) => start + place),
        [1, length],
        "positions",
      ),
    );
  const { rows, columns } = grid;
  if (rows === trained.rows && columns === trained.columns)
    return rowsOf(0, leading + rows * columns);
  const learned = rowsOf(leading, trained.rows * trained.columns); // (1, N, C)
  const laid = resampleGrid(learned, trained, grid, sampling, program);
  return leading > 0 ? concat([rowsOf(0, leading), laid], 1) : laid;
}

/** The numbers of each patch in one row, channel by channel: (B, channels, height, width) → (B, N, channels · patch height · patch width). */
function unfold(
  { shape, data }: Tensor,
  [patchHeight, patchWidth]: Extent,
  { rows, columns }: PatchGrid,
): Float32Array {
  const [B, channels, height, width] = shape as readonly [number, number, number, number];
  const unfolded = new Float32Array(B * rows * columns * channels * patchHeight * patchWidth);
  let next = 0;
  for (let b = 0; b < B; b++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let channel = 0; channel < channels; channel++)
          for (let y = 0; y < patchHeight; y++) {
            const down = row * patchHeight + y;
            const left = column * patchWidth;
            const start = ((b * channels + channel) * height + down) * width + left;
            // What a patch has beyond the image is 0.
            const inside = down < height ? Math.min(patchWidth, width - left) : 0;
            unfolded.set(data.subarray(start, start + inside), next);
            next += patchWidth;
          }
  return unfolded;
}

/** An image that makes this many tokens, `before` of them no patches: of the trained size where that fits, else one row of patches. */
export function exampleImage(
  { num_channels: channels, patch_size: [height, width] }: PictureFrame,
  trained: PatchGrid,
  before: number,
  length: number,
  batch: number,
): Partial<Inputs> {
  const N = Math.max(length - before, 1);
  const grid = N === trained.rows * trained.columns ? trained : { rows: 1, columns: N };
  const shape = [batch, channels, height * grid.rows, width * grid.columns];
  const pixels = new Tensor(shape, new Float32Array(batch * channels * height * width * N));
  return { ids: undefined, length: before + N, grid, pixels };
}
