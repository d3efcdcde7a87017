import { InputError } from "../errors/errors.ts";
import type { TensorInput } from "../models/inputs.ts";

/** One text to learn from, as ids, and what each place of it should say. */
export interface Example {
  readonly ids: readonly number[];
  /** What a decoder beside an encoder reads. */
  readonly decoderIds?: readonly number[];
  /** The id that each place should give (of the decoder's places, where there is one); below 0: nothing is learned there. */
  readonly targets: readonly number[];
  /** How much each place counts in the loss; 1 each if not given. */
  readonly weights?: readonly number[];
  /** Places whose answers are counted as right or wrong; all with a target if not given. */
  readonly answers?: readonly number[];
}

/** Examples side by side: (B, T) each, padded on the right. */
export interface Batch {
  readonly input: TensorInput;
  /** (B·T) */
  readonly targets: Int32Array;
  /** (B·T): they sum to 1 over the places with a target. */
  readonly weights: Float32Array;
  /** Rows of (B·T) that are counted as right or wrong. */
  readonly answers: readonly number[];
}

/** Puts examples side by side. Throws InputError where ids and targets do not belong together, and where there is nothing to learn. */
export function batchOf(examples: readonly Example[], paddingId: number): Batch {
  if (examples.length === 0) throw new InputError("train: a batch of no examples");
  const isPaired = examples[0]!.decoderIds !== undefined;
  const places = (example: Example) => (isPaired ? example.decoderIds : example.ids) ?? [];
  const T = Math.max(...examples.map((example) => places(example).length));
  const targets = new Int32Array(examples.length * T).fill(-1);
  const weights = new Float32Array(examples.length * T);
  const answers: number[] = [];
  for (const [row, example] of examples.entries()) {
    const { length } = places(example);
    if (example.targets.length !== length || (example.weights ?? example.targets).length !== length)
      throw new InputError(
        `train: example ${row} has ${length} places, ${example.targets.length} targets and ${example.weights?.length ?? length} weights; they must be as many`,
      );
    for (const [place, target] of example.targets.entries())
      if (target >= 0) {
        targets[row * T + place] = target;
        weights[row * T + place] = example.weights?.[place] ?? 1;
      }
    const own =
      example.answers ?? [...example.targets.keys()].filter((p) => example.targets[p]! >= 0);
    for (const place of own) answers.push(row * T + place);
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) throw new InputError("train: nothing in this batch has a target to learn");
  const padded = (rows: readonly (readonly number[])[], width: number, filler: number) =>
    rows.map((row) => [...row, ...new Array<number>(width - row.length).fill(filler)]);
  const rowsOf = (rows: readonly (readonly number[])[]) => {
    const width = Math.max(...rows.map((row) => row.length));
    const isEven = rows.every((row) => row.length === width);
    return {
      ids: padded(rows, width, paddingId),
      mask: isEven
        ? undefined
        : padded(
            rows.map((row) => row.map(() => 1)),
            width,
            0,
          ),
    };
  };
  const main = rowsOf(examples.map(({ ids }) => ids));
  const decoder = isPaired ? rowsOf(examples.map(({ decoderIds = [] }) => decoderIds)) : undefined;
  return {
    input: {
      ids: main.ids,
      ...(main.mask && { mask: main.mask }),
      ...(decoder && { decoderIds: decoder.ids }),
      ...(decoder?.mask && { decoderMask: decoder.mask }),
    },
    targets,
    weights: weights.map((weight) => weight / total),
    answers,
  };
}
