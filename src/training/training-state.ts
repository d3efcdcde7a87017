import { encodeSafetensors, namedBytes, parseSafetensors } from "../checkpoint/safetensors.ts";
import { InputError } from "../errors/errors.ts";
import type { Backend } from "../tensor/backend.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { sameShape } from "../tensor/shape.ts";
import type { LearnedPart } from "./learned-part.ts";

/** A training as a safetensors file: masters, both means of their gradients, what stays beside them, and the steps done. */
export type TrainingState = Uint8Array;

const format = "heed training 1";

/** Every tensor of a state, by name. */
function* tensorsOf(learned: readonly LearnedPart[]): Generator<readonly [string, LazyTensor]> {
  for (const { parameter, masters, frozen } of learned) {
    if (frozen) yield [`${parameter.name}.frozen`, frozen];
    for (const { name, value, first, second } of masters) {
      yield [`${name}.master`, value];
      yield [`${name}.first`, first];
      yield [`${name}.second`, second];
    }
  }
}

export async function trainingState(
  backend: Backend,
  learned: readonly LearnedPart[],
  step: number,
): Promise<TrainingState> {
  // A step is over for its caller when its loss is known; what it writes may still be under way.
  await backend.settled?.();
  const tensors: Record<string, ReturnType<typeof namedBytes>> = {};
  for (const [name, { storage, shape }] of tensorsOf(learned))
    tensors[name] = namedBytes(shape, await backend.download(storage!));
  return encodeSafetensors(tensors, { format, step: String(step) });
}

/** Puts a state's numbers in the place of what is there; gives the steps done. */
export async function restored(
  backend: Backend,
  learned: readonly LearnedPart[],
  state: TrainingState,
): Promise<number> {
  const { metadata, entries } = parseSafetensors(state, "training state");
  if (metadata.format !== format)
    throw new InputError(
      `train: the state is no training's: its metadata says format ${JSON.stringify(metadata.format ?? "nothing")}, "${format}" is due`,
    );
  const known = new Map(entries.map((entry) => [entry.name, entry]));
  const own = [...tensorsOf(learned)];
  for (const [name, { shape }] of own) {
    const entry = known.get(name);
    if (!entry || !sameShape(entry.shape, shape))
      throw new InputError(
        `train: the state holds ${entry ? `${name} (${entry.shape.join(", ")})` : `no ${name}`}, and this training needs ${name} (${shape.join(", ")}). Go on with the model, train and lowRank it was made with`,
      );
  }
  if (own.length !== entries.length)
    throw new InputError(
      `train: the state holds ${entries.length} tensors, this training ${own.length}: other parts were trained. Go on with the same train and lowRank`,
    );
  for (const [name, value] of own) {
    const { start, end } = known.get(name)!;
    // Node's Buffer is no copy where it is sliced.
    const numbers = new Float32Array(new Uint8Array(state.subarray(start, end)).buffer);
    backend.release(value.storage!);
    value.storage = backend.upload(numbers, value.shape, name);
  }
  return Number(metadata.step);
}
