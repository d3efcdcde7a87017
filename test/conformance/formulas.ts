import type { Activation, MaskRule } from "../../src/tensor/attributes.ts";
import { type Grid, get, tabulate, total, upTo } from "./grid.ts";

/** The error function by its Taylor series, and by its continued fraction far out (Abramowitz & Stegun 7.1.6, 7.1.14). */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < 0) return -erf(-x);
  if (x < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 100; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (x + fraction);
  return 1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

const logistic = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

const activations: Readonly<Record<Activation, (x: number) => number>> = {
  gelu: (x) => x * 0.5 * (1 + erf(x / Math.SQRT2)),
  gelu_new: (x) => x * logistic(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)),
  quick_gelu: (x) => x * logistic(1.702 * x),
  relu: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  relu2: (x) => (x > 0 || Number.isNaN(x) ? x * x : 0),
  relu6: (x) => Math.min(6, Math.max(0, x)),
  leaky_relu: (x) => (x < 0 ? x / 100 : x),
  hardswish: (x) => (x <= -3 ? 0 * x : x >= 3 ? x : (x * (x + 3)) / 6),
  gelu_10: (x) => Math.min(10, Math.max(-10, (x / 2) * (1 + erf(x / Math.SQRT2)))),
  laplace: (x) => (1 + erf((x - 707107e-6) / (0.282095 * Math.SQRT2))) / 2,
  mish: (x) => x * Math.tanh(x > 30 ? x : Math.log1p(Math.exp(x))),
  silu: (x) => x * logistic(x),
  sigmoid: logistic,
  tanh: (x) => 2 * logistic(2 * x) - 1,
  linear: (x) => x,
};

export const activationNames = Object.keys(activations) as Activation[];

export function activate(x: Grid, activation: Activation): Grid {
  return { ...x, data: x.data.map(activations[activation]) };
}

export function embed(table: Grid, ids: Grid): Grid {
  const width = table.shape[1]!;
  return tabulate([...ids.shape, width], (...index) => {
    const id = get(ids, ...index.slice(0, -1));
    return get(table, id, index.at(-1)!);
  });
}

/** Σ x[…, i] W[o, i] + b[o]. */
export function linear(x: Grid, weight: Grid, bias?: Grid): Grid {
  const [out, width] = weight.shape as readonly [number, number];
  const rows = x.data.length / width;
  const data = upTo(rows * out).map((place) => {
    const o = place % out;
    const row = (place - o) / out;
    const sum = total(width, (i) => x.data[row * width + i]! * weight.data[o * width + i]!);
    return sum + (bias ? bias.data[o]! : 0);
  });
  return { shape: [...x.shape.slice(0, -1), out], data };
}

/** Two grids element by element, aligned at the end; an axis of length 1, or a missing one, repeats. */
export function broadcast(a: Grid, b: Grid, combine: (a: number, b: number) => number): Grid {
  const rank = Math.max(a.shape.length, b.shape.length);
  const own = ({ shape }: Grid, index: number[]) =>
    shape.map((length, axis) => (length === 1 ? 0 : index[axis + rank - shape.length]!));
  const shape = upTo(rank).map((axis) => {
    const lengths = [a, b].map((grid) => grid.shape[axis - rank + grid.shape.length] ?? 1);
    return lengths[0] === 1 ? lengths[1]! : lengths[0]!;
  });
  return tabulate(shape, (...index) => combine(get(a, ...own(a, index)), get(b, ...own(b, index))));
}

export function layerNorm(x: Grid, gain: Grid, bias: Grid, epsilon: number): Grid {
  const C = x.shape.at(-1)!;
  return tabulate(x.shape, (...index) => {
    const row = upTo(C).map((c) => get(x, ...index.slice(0, -1), c));
    const mean = total(C, (c) => row[c]!) / C;
    const variance = total(C, (c) => (row[c]! - mean) ** 2) / C;
    const c = index.at(-1)!;
    return ((row[c]! - mean) / Math.sqrt(variance + epsilon)) * get(gain, c) + get(bias, c);
  });
}

export function rmsNorm(x: Grid, gain: Grid, epsilon: number): Grid {
  const C = x.shape.at(-1)!;
  return tabulate(x.shape, (...index) => {
    const squares = total(C, (c) => get(x, ...index.slice(0, -1), c) ** 2);
    return (get(x, ...index) / Math.sqrt(squares / C + epsilon)) * get(gain, index.at(-1)!);
  });
}

export function unit(x: Grid, epsilon: number): Grid {
  const C = x.shape.at(-1)!;
  return tabulate(x.shape, (...index) => {
    const length = Math.sqrt(total(C, (c) => get(x, ...index.slice(0, -1), c) ** 2));
    return get(x, ...index) / Math.max(length, epsilon);
  });
}

/** Query head h shares key head ⌊h·Hkv / H⌋. */
function keyHead(h: number, H: number, Hkv: number): number {
  return Math.floor((h * Hkv) / H);
}

export function scaledDot(q: Grid, k: Grid, scale: number): Grid {
  const [B, H, T, D] = q.shape as readonly [number, number, number, number];
  const [, Hkv, S] = k.shape as readonly [number, number, number, number];
  return tabulate([B, H, T, S], (b, h, t, s) => {
    const group = keyHead(h!, H, Hkv);
    return scale * total(D, (d) => get(q, b!, h!, t!, d) * get(k, b!, group, s!, d));
  });
}

/** The structural rule of a mask, with the grids it announces. */
export interface MaskGiven extends Omit<MaskRule, "keys" | "allowed"> {
  readonly keys?: Grid;
  readonly allowed?: Grid;
}

export function masked(scores: Grid, mask: MaskGiven): Grid {
  return tabulate(scores.shape, (b, h, i, j) =>
    sees(mask, b!, h!, i!, j!) ? get(scores, b!, h!, i!, j!) : -Infinity,
  );
}

function sees(
  { causalOffset, window, keys, allowed }: MaskGiven,
  b: number,
  h: number,
  i: number,
  j: number,
): boolean {
  const reasonsNotTo = [
    causalOffset !== undefined && j > i + causalOffset,
    window !== undefined && j < i + window.offset - window.before,
    window !== undefined && j > i + window.offset + window.after,
    keys !== undefined && get(keys, b, j) === 0,
    allowed !== undefined &&
      get(allowed, allowed.shape[0] === 1 ? 0 : b, allowed.shape[1] === 1 ? 0 : h, i, j) === 0,
  ];
  return !reasonsNotTo.includes(true);
}

export function softmax(scores: Grid): Grid {
  const S = scores.shape.at(-1)!;
  const rows = upTo(scores.data.length / Math.max(S, 1));
  const data = rows.flatMap((place) => {
    const row = scores.data.slice(place * S, (place + 1) * S);
    if (row.every((score) => score === -Infinity)) return row.map(() => 0);
    const most = Math.max(...row);
    const sum = total(S, (s) => Math.exp(row[s]! - most));
    return row.map((score) => Math.exp(score - most) / sum);
  });
  return { shape: scores.shape, data };
}

/** Each row's maximum, and Σ e^(score − maximum): what the softmax divides by. */
export function rowSums(scores: Grid): Grid {
  const [B, H, T, S] = scores.shape as readonly [number, number, number, number];
  return tabulate([B, H, T, 2], (b, h, t, which) => {
    const row = upTo(S).map((s) => get(scores, b!, h!, t!, s));
    const most = Math.max(...row);
    if (which === 0) return most;
    return most === -Infinity ? 0 : total(S, (s) => Math.exp(row[s]! - most));
  });
}

export function mix(weights: Grid, v: Grid): Grid {
  const [B, H, T, S] = weights.shape as readonly [number, number, number, number];
  const [, Hkv, , D] = v.shape as readonly [number, number, number, number];
  return tabulate([B, H, T, D], (b, h, t, d) => {
    const group = keyHead(h!, H, Hkv);
    return total(S, (s) => get(weights, b!, h!, t!, s) * get(v, b!, group, s, d!));
  });
}

export function headShares(mixed: Grid, weight: Grid): Grid {
  const [B, H, T, D] = mixed.shape as readonly [number, number, number, number];
  return tabulate([B, H, T, weight.shape[0]!], (b, h, t, c) =>
    total(D, (d) => get(mixed, b!, h!, t!, d) * get(weight, c!, h! * D + d)),
  );
}

export function splitHeads(x: Grid, H: number): Grid {
  const [B, T, C] = x.shape as readonly [number, number, number];
  const D = C / H;
  return tabulate([B, H, T, D], (b, h, t, d) => get(x, b!, t!, h! * D + d!));
}

export function mergeHeads(x: Grid): Grid {
  const [B, H, T, D] = x.shape as readonly [number, number, number, number];
  return tabulate([B, T, H * D], (b, t, c) => get(x, b!, Math.floor(c! / D), t!, c! % D));
}

/** Each pair is a complex number, turned by multiplying with cos + i sin. */
export function rotary(x: Grid, cos: Grid, sin: Grid, pairs: "halves" | "neighbours"): Grid {
  const half = cos.shape[2]!;
  const angleRow = (b: number) => (cos.shape[0] === 1 ? 0 : b);
  return tabulate(x.shape, (b, h, t, d) => {
    if (d! >= 2 * half) return get(x, b!, h!, t!, d!);
    const isHalves = pairs === "halves";
    const pair = isHalves ? d! % half : Math.floor(d! / 2);
    const isReal = isHalves ? d! < half : d! % 2 === 0;
    const real = get(x, b!, h!, t!, isHalves ? pair : 2 * pair);
    const imaginary = get(x, b!, h!, t!, isHalves ? pair + half : 2 * pair + 1);
    const c = get(cos, angleRow(b!), t!, pair);
    const s = get(sin, angleRow(b!), t!, pair);
    return isReal ? real * c - imaginary * s : real * s + imaginary * c;
  });
}

export function permute(x: Grid, axes: readonly number[]): Grid {
  return tabulate(
    axes.map((axis) => x.shape[axis]!),
    (...index) => get(x, ...x.shape.map((_, axis) => index[axes.indexOf(axis)]!)),
  );
}

export function slice(x: Grid, axis: number, start: number, end: number): Grid {
  return tabulate(x.shape.with(axis, end - start), (...index) =>
    get(x, ...index.with(axis, index[axis]! + start)),
  );
}

export function concat(parts: readonly Grid[], axis: number): Grid {
  const lengths = parts.map(({ shape }) => shape[axis]!);
  const owner = parts.flatMap((part, n) => upTo(lengths[n]!).map((place) => ({ part, place })));
  return tabulate(parts[0]!.shape.with(axis, owner.length), (...index) => {
    const { part, place } = owner[index[axis]!]!;
    return get(part, ...index.with(axis, place));
  });
}

export function sum(x: Grid, axis: number): Grid {
  return tabulate(x.shape.toSpliced(axis, 1), (...index) =>
    total(x.shape[axis]!, (place) => get(x, ...index.toSpliced(axis, 0, place))),
  );
}

export function meanPool(x: Grid, mask: Grid): Grid {
  const [B, T, C] = x.shape as readonly [number, number, number];
  return tabulate([B, C], (b, c) => {
    const real = upTo(T).filter((t) => get(mask, b!, t) !== 0);
    return real.length === 0
      ? 0
      : total(real.length, (n) => get(x, b!, real[n]!, c!)) / real.length;
  });
}

export function maxPool(x: Grid, mask: Grid): Grid {
  const [B, T, C] = x.shape as readonly [number, number, number];
  return tabulate([B, C], (b, c) =>
    upTo(T)
      .filter((t) => get(mask, b!, t) !== 0)
      .reduce((most, t) => Math.max(most, get(x, b!, t, c!)), Number.NEGATIVE_INFINITY),
  );
}
