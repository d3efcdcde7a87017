import { CheckpointError } from "../errors/errors.ts";
import type { ByteTarget, Checkpoint, StoredTensor, TensorRead } from "./checkpoint.ts";
import { toFloat32 } from "./numbers.ts";
import { elementCount } from "./stored-checkpoint.ts";

/** A tensor whose numbers are made of others when they are asked for: merged, dequantised, or laid out otherwise. */
export interface ComputedTensor extends Omit<StoredTensor, "name"> {
  readonly type: "F32" | "F16" | "BF16";
  /** Tensors of the checkpoint beneath that are read for it: it comes soonest where they lie. */
  readonly from: readonly string[];
  /** Elements [start, end) in row-major order into `target`, which is as long: float32 numbers, or the 16-bit words of its type. */
  fill(start: number, end: number, target: Float32Array | Uint16Array): Promise<void>;
}

/**
 * A checkpoint with computed tensors in place of those of the same name and beside the others; `hidden` ones are not listed. What
 * is read of it at a time is computed at a time.
 */
export function withComputed(
  base: Checkpoint,
  computed: ReadonlyMap<string, ComputedTensor>,
  hidden: (name: string) => boolean = () => false,
): Checkpoint {
  const tensors = new Map([...base.tensors].filter(([name]) => !hidden(name)));
  for (const [name, { type, shape, file }] of computed)
    tensors.set(name, { name, type, shape, file });

  async function readRange(
    name: string,
    start: number,
    end: number,
    target?: Float32Array,
  ): Promise<Float32Array> {
    const tensor = computed.get(name);
    if (!tensor) return base.readRange(name, start, end, target);
    expectRange(`${base.label}: ${name}`, start, end, elementCount(tensor.shape));
    if (tensor.type === "F32") {
      const values = target ?? new Float32Array(end - start);
      await tensor.fill(start, end, values);
      return values;
    }
    const words = new Uint16Array(end - start);
    await tensor.fill(start, end, words);
    return toFloat32(tensor.type, new Uint8Array(words.buffer), target);
  }

  async function readBytes(
    name: string,
    start: number,
    end: number,
    given?: ByteTarget,
  ): Promise<Uint8Array> {
    const tensor = computed.get(name);
    if (!tensor) return base.readBytes(name, start, end, given);
    if (typeof given === "function") {
      const bytes = await readBytes(name, start, end);
      given().set(bytes);
      return given();
    }
    const target = given;
    expectRange(`${base.label}: ${name}`, start, end, elementCount(tensor.shape));
    const Words = tensor.type === "F32" ? Float32Array : Uint16Array;
    const width = Words.BYTES_PER_ELEMENT;
    const isAligned = target !== undefined && target.byteOffset % width === 0;
    const words = isAligned
      ? new Words(target.buffer as ArrayBuffer, target.byteOffset, end - start)
      : new Words(end - start);
    await tensor.fill(start, end, words);
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    if (target && !isAligned) target.set(bytes);
    return target ?? bytes;
  }

  function expect<Reading extends TensorRead>(reads: readonly Reading[]): readonly Reading[] {
    const below = reads.flatMap((reading) => {
      const tensor = computed.get(reading.name);
      if (!tensor) return [{ ...reading, reading }];
      return tensor.from.map((name) => {
        const end = elementCount(base.tensors.get(name)?.shape ?? [0]);
        return { name, start: 0, end, reading };
      });
    });
    const order = base.expect(below).map(({ reading }) => reading);
    // One that is made of several can be made when the last has come.
    const last = new Map(order.map((reading, place) => [reading, place]));
    return [...reads].sort((a, b) => (last.get(a) ?? -1) - (last.get(b) ?? -1));
  }

  return {
    ...base,
    tensors,
    read: async (name) => {
      const tensor = computed.get(name);
      return tensor ? readRange(name, 0, elementCount(tensor.shape)) : base.read(name);
    },
    readRange,
    readBytes,
    expect,
  };
}

function expectRange(place: string, start: number, end: number, count: number): void {
  if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end))
    throw new CheckpointError(`${place}: elements ${start} to ${end} are no range`);
  if (end > count)
    throw new CheckpointError(`${place} has elements 0 to ${count}, asked for ${start} to ${end}`);
}
