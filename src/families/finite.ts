import type { ParameterSource } from "../tensor/backend.ts";

/** A source that says, of the numbers it hands out, whether any is NaN or infinite; asked once for each tensor. */
export function watched(source: ParameterSource, found: (name: string) => void): ParameterSource {
  let isTold = false;
  const tell = (isWrong: boolean) => {
    if (!isWrong || isTold) return;
    isTold = true;
    found(source.name);
  };
  const floats =
    (read: ParameterSource["rows"]): ParameterSource["rows"] =>
    async (...range) => {
      const numbers = await read(...range);
      tell(!areFinite(numbers));
      return numbers;
    };
  const { rows, columns, halves, storedAs } = source;
  return {
    ...source,
    rows: floats(rows),
    columns: columns && floats(columns),
    halves:
      halves &&
      (async (start, end, target) => {
        await halves(start, end, target);
        tell(!areFiniteHalves(target, storedAs === "BF16" ? 0x7f80 : 0x7c00));
      }),
  };
}

/** x − x is 0 for every finite number, NaN for the others. */
function areFinite(numbers: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]! - numbers[i]!;
  return sum === 0;
}

/** Halves whose exponent is all ones are NaN or infinite: its lowest bit added carries into the sign's place, two halves to a word. */
export function areFiniteHalves(halves: Uint16Array, exponent: number): boolean {
  const start = (halves.byteOffset % 4) / 2;
  const words = new Uint32Array(
    halves.buffer,
    halves.byteOffset + 2 * start,
    Math.max(0, halves.length - start) >> 1,
  );
  const lowest = exponent & -exponent;
  const both = exponent | (exponent << 16);
  const carry = lowest | (lowest << 16);
  let carried = 0;
  for (let i = 0; i < words.length; i++) carried |= (words[i]! & both) + carry;
  for (const i of [0, halves.length - 1]) carried |= ((halves[i] ?? 0) & exponent) + lowest;
  return (carried & 0x8000_8000) === 0;
}
