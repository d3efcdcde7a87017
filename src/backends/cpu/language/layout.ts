/** Bytes of one f32 or i32. */
export const WORD = 4;
/** Bytes of a 16-bit number. */
export const HALF = 2;
/** Tasks taken and tasks done have the first cache line of an argument block to themselves; arguments follow, 8 bytes each. */
export const TASKS_TAKEN = 0;
export const TASKS_DONE = 4;
export const ARGUMENTS_START = 64;
export const ARGUMENT_BYTES = 8;

const scratch = new DataView(new ArrayBuffer(4));

/** The bits of a number as f32. */
export function bitsOf(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}
