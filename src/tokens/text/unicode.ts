import { packedClasses, packedSets } from "./unicode.generated.ts";

/** Names of the sets of code points that published tokenizers were made with; no engine's `\p{…}` gives these sets. */
export type CodePointSetName = keyof typeof packedSets;

/** A set of code points as one bit each. */
export interface CodePointSet {
  has(codePoint: number): boolean;
}

/** Inclusive ranges [first, last, first, last, …] out of their packed form. */
function unpack(packed: string): number[] {
  const numbers = packed.split(" ").map((digits) => Number.parseInt(digits, 36));
  let position = 0;
  return numbers.map((step) => {
    position += step;
    return position;
  });
}

const sets = new Map<CodePointSetName, CodePointSet>();

/** A set of code points by name; unpacked at first use. */
export function codePointSet(name: CodePointSetName): CodePointSet {
  const known = sets.get(name);
  if (known) return known;
  const bits = new Uint8Array(0x110000 >> 3);
  const ranges = unpack(packedSets[name]);
  for (let r = 0; r < ranges.length; r += 2) {
    for (let c = ranges[r]!; c <= ranges[r + 1]!; c++) bits[c >> 3]! |= 1 << (c & 7);
  }
  const set = {
    has: (codePoint: number) => ((bits[codePoint >> 3]! >> (codePoint & 7)) & 1) === 1,
  };
  sets.set(name, set);
  return set;
}

/** A set as the inside of a regular expression's character class, for the flag `u`. */
export function characterClass(name: CodePointSetName): string {
  const ranges = unpack(packedSets[name]);
  let inside = "";
  for (let r = 0; r < ranges.length; r += 2) {
    inside += `\\u{${ranges[r]!.toString(16)}}-\\u{${ranges[r + 1]!.toString(16)}}`;
  }
  return inside;
}

let classes: Map<number, number> | undefined;

/** The canonical combining class of a code point: 0 for all but marks. */
export function combiningClass(codePoint: number): number {
  if (codePoint < 0x300) return 0;
  classes ??= unpackClasses();
  return classes.get(codePoint) ?? 0;
}

function unpackClasses(): Map<number, number> {
  const found = new Map<number, number>();
  for (const [combining, packed] of Object.entries(packedClasses)) {
    const ranges = unpack(packed);
    for (let r = 0; r < ranges.length; r += 2) {
      for (let c = ranges[r]!; c <= ranges[r + 1]!; c++) found.set(c, Number(combining));
    }
  }
  return found;
}
