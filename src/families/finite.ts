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
        tell(!areFiniteHalves(target(), storedAs === "BF16" ? 0x7f80 : 0x7c00));
      }),
  };
}

/** Numbers whose exponent is all ones are NaN or infinite. */
export function areFinite({ buffer, byteOffset, length }: Float32Array): boolean {
  return areFiniteWords(new Int32Array(buffer, byteOffset, length), 0x7f800000, 0x00800000);
}

/** The same of halves, two to a word. */
export function areFiniteHalves(halves: Uint16Array, exponent: number): boolean {
  const { buffer, byteOffset, length } = halves;
  const lowest = exponent & -exponent;
  const start = Math.min((byteOffset % 4) / 2, length);
  const words = new Int32Array(buffer, byteOffset + 2 * start, (length - start) >> 1);
  const beside = [halves[0] ?? 0, halves[length - 1] ?? 0];
  return (
    beside.every((half) => (half & exponent) !== exponent) &&
    areFiniteWords(words, exponent | (exponent << 16), lowest | (lowest << 16))
  );
}

/** The lowest bit of an exponent, added to one that is all ones, carries into the sign's place: in a word's upper half and in its lower one. */
function areFiniteWords(words: Int32Array, exponents: number, lowest: number): boolean {
  const carries = lowest & 0xffff ? 0x80008000 : 0x80000000;
  let carried = 0;
  let i = 0;
  // Four at a time, as whole numbers of 32 bits: twice as fast.
  for (; i + 3 < words.length; i += 4)
    carried |=
      ((words[i]! & exponents) + lowest) |
      ((words[i + 1]! & exponents) + lowest) |
      ((words[i + 2]! & exponents) + lowest) |
      ((words[i + 3]! & exponents) + lowest);
  for (; i < words.length; i++) carried |= (words[i]! & exponents) + lowest;
  return (carried & carries) === 0;
}
