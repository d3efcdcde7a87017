import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { allInOrder } from "../errors/first-error.ts";
import { sameShape, sizeOf } from "../tensor/shape.ts";

/** Numbers that are compared at a time. */
const CHUNK = 1 << 20;

/** Whether two stored tensors hold the same numbers; reads both, up to the first that differ. */
export async function sameNumbers(checkpoint: Checkpoint, a: string, b: string): Promise<boolean> {
  const [first, second] = [checkpoint.tensors.get(a)!, checkpoint.tensors.get(b)!];
  if (!sameShape(first.shape, second.shape)) return false;
  const count = sizeOf(first.shape);
  for (let start = 0; start < count; start += CHUNK) {
    const end = Math.min(count, start + CHUNK);
    const [own, other] = await allInOrder([
      checkpoint.readRange(a, start, end),
      checkpoint.readRange(b, start, end),
    ]);
    if (own.some((value, place) => !Object.is(value, other[place]))) return false;
  }
  return true;
}
