import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { embed, linear, reshape, slice } from "../../tensor/operations.ts";
import type { Outputs } from "../family.ts";
import type { PatchGrid } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import type { PictureHead } from "./picture-encoder.ts";
import type { PictureFrame } from "./picture-tokens.ts";

/** What a painting head is made for. */
interface Painter {
  /** Width C of the final vectors. */
  readonly width: number;
  readonly frame: Pick<PictureFrame, "num_channels">;
  /** Pixels that a token is painted as, each way (encoder_stride). */
  readonly stride: number;
  /** Tokens of `final` before the patches. */
  readonly leading: number;
  /** The patches behind the last layer, where neighbours were merged on the way. */
  readonly gridOf?: (grid: PatchGrid) => PatchGrid;
}

/** The head of SimMIM (Xie et al. 2022): every patch is painted anew from its vector, by one map and a shuffle of what it gives. */
export function paintingHead(
  file: Parameters,
  { width, frame: { num_channels: channels }, stride, leading, gridOf = (grid) => grid }: Painter,
): PictureHead {
  const numbers = stride ** 2 * channels;
  const map = file.linear("decoder.0", [numbers, width], "head", {
    storedShape: [numbers, width, 1, 1],
  });
  return {
    task: "masked image modeling",
    more(final, grid, probe): Partial<Outputs> {
      const patches = slice(final, 1, leading, final.shape[1]!); // (B, N, C)
      const painted = linear(patches, map); // (B, N, channels · stride²)
      const pixels = shuffled(painted, gridOf(grid), { channels, stride }, probe);
      return { reconstruction: probe.site("reconstruction", pixels) };
    },
  };
}

/** Each token's numbers as the pixels of its square (PixelShuffle of PyTorch): (B, N, channels · s²) → (B, channels, rows · s, columns · s). */
function shuffled(
  x: LazyTensor,
  { rows, columns }: PatchGrid,
  { channels, stride: s }: { readonly channels: number; readonly stride: number },
  { program }: Probe,
): LazyTensor {
  const B = x.shape[0]!;
  const height = rows * s;
  const strips = reshape(x, [B * rows * columns * channels * s, s]); // a row of a token's pixels each
  const places = Int32Array.from({ length: B * channels * height * columns }, (_, index) => {
    const column = index % columns;
    const y = Math.floor(index / columns) % height;
    const channel = Math.floor(index / (columns * height)) % channels;
    const image = Math.floor(index / (columns * height * channels));
    const token = (image * rows + Math.floor(y / s)) * columns + column;
    return (token * channels + channel) * s + (y % s);
  });
  const laid = embed(strips, program.input(places, [B, channels * height, columns], "pixels"));
  return reshape(laid, [B, channels, height, columns * s]);
}
