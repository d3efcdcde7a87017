import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { embed } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import type { Parameters } from "../parameters.ts";
import type { StackRows } from "./stacks.ts";

/** The vectors of the places where tokens stand: (1 or B, T, C). */
export type Places = (rows: StackRows, program: Program) => LazyTensor;

interface PlaceTable {
  /** Of one stack. */
  readonly from: Parameters;
  /** Positions it has. */
  readonly positions: number;
  readonly width: number;
}

/** Rows of BART's table before that of the first position: fairseq kept them for padding. */
const unusedRows = 2;

/** A learned table, whose first rows nobody reads (BART, mBART). */
export function learnedPlaces({ from, positions: P, width: C }: PlaceTable): Places {
  const table = from.table("embed_positions.weight", [P + unusedRows, C], "embeddings.positions");
  return (rows, program) => embed(table, placesIn(rows, unusedRows, program));
}

/** Sines in the first half of a vector and cosines in the second (Marian, Pegasus); as the file stores them, where it does. */
export function sinusoidalPlaces({ from, positions: P, width: C }: PlaceTable): Places {
  const stored = "embed_positions.weight";
  if (from.holds(stored)) {
    const table = from.table(stored, [P, C], "embeddings.positions");
    return (rows, program) => embed(table, placesIn(rows, 0, program));
  }
  const half = Math.ceil(C / 2);
  return ({ length: T, past }, program) => {
    const numbers = new Float32Array(T * C);
    for (let t = 0; t < T; t++)
      for (let c = 0; c < C; c++) {
        const pair = c < half ? c : c - half;
        const angle = (past + t) / 10000 ** ((2 * pair) / C);
        numbers[t * C + c] = c < half ? Math.sin(angle) : Math.cos(angle);
      }
    return program.input(numbers, [1, T, C], "vectors of places");
  };
}

/**
 * Sines and cosines of places that are counted over the ids other than padding's, from behind the padding id (M2M-100, from fairseq); padding
 * has zeros. No table ends.
 */
export function countedPlaces(C: number, padding: number): Places {
  const half = Math.floor(C / 2);
  // Single precision, step by step, as PyTorch makes the table.
  const step = Math.fround(-(Math.log(10000) / (half - 1)));
  const speeds = Float32Array.from({ length: half }, (_, pair) =>
    Math.exp(Math.fround(pair * step)),
  );
  return ({ batch: B, length: T, ids, past }, program) => {
    const numbers = new Float32Array(B * T * C);
    for (let b = 0; b < B; b++) {
      let seen = past;
      for (let token = b * T; token < (b + 1) * T; token++) {
        if (ids[token] === padding) continue;
        seen += 1;
        for (let pair = 0; pair < half; pair++) {
          const angle = Math.fround((seen + padding) * speeds[pair]!);
          numbers[token * C + pair] = Math.sin(angle);
          numbers[token * C + half + pair] = Math.cos(angle);
        }
      }
    }
    return program.input(numbers, [B, T, C], "vectors of places");
  };
}

/** Rows of a table, one after the other: (1, T). */
function placesIn({ length: T, past }: StackRows, before: number, program: Program): LazyTensor {
  const rows = Int32Array.from({ length: T }, (_, place) => before + past + place);
  return program.input(rows, [1, T], "places");
}
