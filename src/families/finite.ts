import type { ParameterSource } from "../tensor/backend.ts";

const [EXPONENT, LOWEST] = [0x7f800000, 0x00800000];

/** A source that says whether any of its numbers is NaN or infinite, once: it looks at those that it hands out as float32, and is told of halves. */
export function watched(source: ParameterSource, found: (name: string) => void): ParameterSource {
  let isTold = false;
  const tell = () => {
    if (isTold) return;
    isTold = true;
    found(source.name);
  };
  const floats =
    (read: ParameterSource["rows"]): ParameterSource["rows"] =>
    async (...range) => {
      const numbers = await read(...range);
      if (!areFinite(numbers)) tell();
      return numbers;
    };
  const { rows, columns } = source;
  return {
    ...source,
    rows: floats(rows),
    columns: columns && floats(columns),
    hasOddHalves: tell,
  };
}

/** Numbers whose exponent is all ones are NaN or infinite: its lowest bit, added, carries into the sign's place. */
export function areFinite({ buffer, byteOffset, length }: Float32Array): boolean {
  const words = new Int32Array(buffer, byteOffset, length);
  let carried = 0;
  let i = 0;
  // Four at a time, as whole numbers of 32 bits: twice as fast.
  for (; i + 3 < words.length; i += 4)
    carried |=
      ((words[i]! & EXPONENT) + LOWEST) |
      ((words[i + 1]! & EXPONENT) + LOWEST) |
      ((words[i + 2]! & EXPONENT) + LOWEST) |
      ((words[i + 3]! & EXPONENT) + LOWEST);
  for (; i < words.length; i++) carried |= (words[i]! & EXPONENT) + LOWEST;
  return carried >= 0;
}
