import type { Program } from "../../tensor/program.ts";
import type { Compact } from "../kept.ts";
import { type BandSource, readBand } from "./banded.ts";
import { type BlockSource, Blocks } from "./blocks.ts";

/** A (B, H, T, S) tensor of attention that was computed where queries see keys, and only there. */
export type SparseSource = BandSource | BlockSource;

/** Has a program hand over such a tensor when it has been computed. */
export function readSparse(
  source: SparseSource,
  program: Program,
  receive: (numbers: Compact) => void,
): void {
  if ("band" in source) readBand(source, program, receive);
  else
    program.read(source.blocks, (tensor) =>
      receive(new Blocks(source.layout, source.outside, tensor)),
    );
}
