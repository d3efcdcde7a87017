import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { scaledDot } from "../tensor/operations.ts";
import type { Program } from "../tensor/program.ts";
import { type Numbers, PairNumbers } from "./pair-numbers.ts";

/** What the layers of one run have in common, to rebuild rows from: each part is read, and kept, once. */
export class SharedParts {
  readonly #pairs = new Map<LazyTensor, { numbers?: PairNumbers }>();
  #rounding: { isFused?: boolean } | undefined;

  /** Gives the numbers of a bias or a mask of pairs, or of a mask of keys (B, S), once they are there. */
  pairs(value: LazyTensor, program: Program): () => PairNumbers {
    const known = this.#pairs.get(value.root);
    if (known) return () => known.numbers!;
    const found: { numbers?: PairNumbers } = {};
    this.#pairs.set(value.root, found);
    const { shape } = value;
    const ofPairs = shape.length === 2 ? [shape[0]!, 1, 1, shape[1]!] : shape;
    const given = program.inputNumbers(value);
    if (given) found.numbers = new PairNumbers(ofPairs, copyOf(given));
    else
      program.read(value, ({ data }) => {
        found.numbers = new PairNumbers(ofPairs, data);
      });
    return () => found.numbers!;
  }

  /**
   * Whether the backend rounds each step of a product once (a fused multiply-add) or product and sum apart: x·x − 1 tells,
   * for x = 1 + 2⁻¹², whose square needs one bit more than f32 has.
   */
  isFused(program: Program): () => boolean {
    const known = this.#rounding;
    if (known) return () => known.isFused!;
    const found: { isFused?: boolean } = {};
    this.#rounding = found;
    const x = 1 + 2 ** -12;
    const [q, k] = [
      [1, x],
      [-1, x],
    ].map((pair) => program.input(Float32Array.from(pair), [1, 1, 1, 2], "rounding"));
    program.read(scaledDot(q!, k!, 1), ({ data }) => {
      found.isFused = data[0]! > 2 ** -11;
    });
    return () => found.isFused!;
  }
}

/** Numbers of an input, which its giver may change later; of a mask, one byte a pair. */
function copyOf(numbers: Float32Array | Int32Array): Numbers {
  return numbers instanceof Float32Array
    ? numbers.slice()
    : Uint8Array.from(numbers, (value) => (value === 0 ? 0 : 1));
}
