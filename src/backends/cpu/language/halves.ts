import type { HalfFormat } from "./instruction.ts";

/** The nearest f16 of a float's bits, ties to even, as processors round: too large ones become ±Infinity, a NaN stays one. */
export function toF16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00 | ((size >>> 13) & 0x3ff);
  if (size >= 0x47800000) return sign | 0x7c00;
  if (size < 0x33000001) return sign;
  if (size < 0x38800000) {
    const shift = 126 - (size >>> 23);
    const fraction = (size & 0x7fffff) | 0x800000;
    const half = fraction >>> shift;
    const rest = fraction & ((1 << shift) - 1);
    const middle = 1 << (shift - 1);
    return sign | (half + (rest > middle || (rest === middle && half & 1) ? 1 : 0));
  }
  const rounded = size + 0xfff + ((size >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** The value of a half-precision word. */
export function fromF16(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** The value of a bfloat16 word. */
export function fromBf16(half: number): number {
  word[0] = half << 16;
  return float[0]!;
}

/** Assembly for as many 16-bit numbers as `to` has lanes, as f32. */
export function loadHalf(format: HalfFormat, at: string, to: string): string[] {
  if (format === "f16") return [`vcvtph2ps ${at}, ${to}`];
  return [`vpmovzxwd ${at}, ${to}`, `vpslld $16, ${to}, ${to}`];
}

/** Assembly for the same back: f16 rounded to nearest, bf16 the upper half of each float. `scratch` is overwritten. */
export function storeHalf(format: HalfFormat, from: string, at: string, scratch: string): string[] {
  if (format === "f16") return [`vcvtps2ph $0, ${from}, ${at}`];
  const shift = `vpsrld $16, ${from}, ${scratch}`;
  if (scratch.startsWith("%zmm")) return [shift, `vpmovdw ${scratch}, ${at}`];
  return [
    shift,
    `vpackusdw ${scratch}, ${scratch}, ${scratch}`,
    `vpermq $0xd8, ${scratch}, ${scratch}`,
    `vmovups ${scratch.replace("ymm", "xmm")}, ${at}`,
  ];
}
