/** Whether strides are those of a row-major tensor without gaps; axes of one element may have any stride. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Elements from the first to the last one that a strided tensor touches, both included; 0 when it has none. */
export function extent(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((last, size, axis) => last + (size - 1) * strides[axis]!, 1);
}

type ReadBytes = (start: number, end: number) => Promise<Uint8Array>;

/**
 * Elements [start, end), counted in row-major order, of a strided tensor as contiguous bytes of `width` each. `read` gives
 * bytes counted from the tensor's first element; it is asked for at most `chunkBytes` at a time where axes do not overlap.
 */
export async function gather(
  shape: readonly number[],
  strides: readonly number[],
  width: number,
  start: number,
  end: number,
  read: ReadBytes,
  chunkBytes: number,
): Promise<Uint8Array> {
  const result = new Uint8Array((end - start) * width);
  const axes = inMemoryOrder(shape, strides);
  const size = axes.map(({ axis }) => shape[axis]!);
  const step = axes.map(({ axis }) => strides[axis]!);
  const place = axes.map(({ place }) => place);
  const total = extent(shape, strides) * width;
  const window = isMonotone(size, step) ? chunkBytes : total;

  const index = size.map(() => 0);
  let chunk: Uint8Array = new Uint8Array(0);
  let chunkStart = 0;
  let element = 0; // in the storage
  let position = 0; // in the result
  for (let left = size.reduce((product, n) => product * n, 1); left > 0; left--) {
    if (position >= start && position < end) {
      const from = element * width;
      if (from < chunkStart || from + width > chunkStart + chunk.length) {
        chunkStart = from;
        chunk = await read(from, Math.min(total, from + window));
      }
      const target = (position - start) * width;
      for (let byte = 0; byte < width; byte++)
        result[target + byte] = chunk[from - chunkStart + byte]!;
    }
    for (let axis = size.length - 1; axis >= 0; axis--) {
      element += step[axis]!;
      position += place[axis]!;
      index[axis]!++;
      if (index[axis]! < size[axis]!) break;
      element -= step[axis]! * size[axis]!;
      position -= place[axis]! * size[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** Axes by falling stride, each with the step that one index makes in the row-major result. */
function inMemoryOrder(shape: readonly number[], strides: readonly number[]) {
  const axes: { readonly axis: number; readonly place: number }[] = [];
  let place = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    axes.unshift({ axis, place });
    place *= shape[axis]!;
  }
  return axes.sort((a, b) => strides[b.axis]! - strides[a.axis]!);
}

/** Whether walking the axes in this order never steps back in memory. */
function isMonotone(size: readonly number[], step: readonly number[]): boolean {
  let inner = 0;
  for (let axis = size.length - 1; axis >= 0; axis--) {
    if (size[axis]! > 1 && step[axis]! < inner) return false;
    inner += (size[axis]! - 1) * step[axis]!;
  }
  return true;
}
