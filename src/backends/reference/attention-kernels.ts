import type { MaskRule } from "../../tensor/attributes.ts";
import { dot, type Kernel, type Numbers } from "./kernel.ts";

type Four = readonly [number, number, number, number];

/** scale · q·kᵀ, head by head. */
export const scaledDot: Kernel<"scaledDot"> = ([q, k], output, { scale }) => {
  const [B, H, T, D] = q!.shape as Four;
  const [, Hkv, S] = k!.shape as Four;
  const rows = k!.capacity ?? S;
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++) {
      const keyHead = b * Hkv + Math.floor(h / (H / Hkv));
      for (let t = 0; t < T; t++)
        for (let s = 0; s < S; s++) {
          const query = ((b * H + h) * T + t) * D;
          const key = (keyHead * rows + s) * D;
          output.data[((b * H + h) * T + t) * S + s] = scale * dot(q!.data, query, k!.data, key, D);
        }
    }
};

/** −Infinity where a rule or a mask hides the key. */
export const masked: Kernel<"masked"> = ([scores, ...masks], output, rule) => {
  const [B, H, T, S] = scores!.shape as Four;
  const isVisible = visibility(rule, masks);
  let index = 0;
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++)
      for (let t = 0; t < T; t++)
        for (let s = 0; s < S; s++, index++)
          output.data[index] = isVisible(b, h, t, s) ? scores!.data[index]! : -Infinity;
};

/** Whether query t of head h sees key s; masks are the inputs that the rule announces, in order. */
function visibility(
  { causalOffset, window, keys: hasKeys, allowed: hasAllowed }: MaskRule,
  masks: readonly Numbers[],
): (b: number, h: number, t: number, s: number) => boolean {
  const keys = hasKeys ? masks[0] : undefined;
  const allowed = hasAllowed ? masks[hasKeys ? 1 : 0] : undefined;
  return (b, h, t, s) => {
    if (causalOffset !== undefined && s > t + causalOffset) return false;
    if (window) {
      const own = t + window.offset;
      if (s < own - window.before || s > own + window.after) return false;
    }
    if (keys && keys.data[b * keys.shape[1]! + s] === 0) return false;
    if (!allowed) return true;
    const [allowedB, allowedH, T, S] = allowed.shape as Four;
    const row = (allowedB === 1 ? 0 : b) * allowedH + (allowedH === 1 ? 0 : h);
    return allowed.data[(row * T + t) * S + s] !== 0;
  };
}

/** Each row divided by its sum of exponentials, the row's maximum taken out first. */
export const softmax: Kernel<"softmax"> = ([scores], output) => {
  const S = scores!.shape[scores!.shape.length - 1] ?? 0;
  for (let start = 0; start < scores!.data.length; start += S) {
    let max = -Infinity;
    for (let s = 0; s < S; s++) {
      const score = scores!.data[start + s]!;
      if (score > max || Number.isNaN(score)) max = score;
    }
    // Nothing to look at: the row stays 0, so that what is mixed is 0 and not NaN.
    if (max === -Infinity) {
      output.data.fill(0, start, start + S);
      continue;
    }
    let total = 0;
    for (let s = 0; s < S; s++) total += Math.exp(scores!.data[start + s]! - max);
    for (let s = 0; s < S; s++)
      output.data[start + s] = Math.exp(scores!.data[start + s]! - max) / total;
  }
};

/** weights · v, head by head. */
export const mix: Kernel<"mix"> = ([weights, v], output) => {
  const [B, H, T, S] = weights!.shape as Four;
  const [, Hkv, , D] = v!.shape as Four;
  const rows = v!.capacity ?? S;
  const total = new Float64Array(D);
  for (let row = 0; row < B * H * T; row++) {
    const head = Math.floor(row / T);
    const keyHead = Math.floor(head / H) * Hkv + Math.floor((head % H) / (H / Hkv));
    total.fill(0);
    for (let s = 0; s < S; s++) {
      const weight = weights!.data[row * S + s]!;
      if (weight === 0) continue;
      const value = (keyHead * rows + s) * D;
      for (let d = 0; d < D; d++) total[d]! += weight * v!.data[value + d]!;
    }
    output.data.set(total, row * D);
  }
};

/** Each head's mixed vector through its own columns of W^O. */
export const headShares: Kernel<"headShares"> = ([mixed, weight], output) => {
  const [B, H, T, D] = mixed!.shape as Four;
  const C = weight!.shape[0]!;
  for (let row = 0; row < B * H * T; row++) {
    const h = Math.floor(row / T) % H;
    for (let c = 0; c < C; c++)
      output.data[row * C + c] = dot(mixed!.data, row * D, weight!.data, c * H * D + h * D, D);
  }
};

/** Turns each pair of elements by its angle. */
export const rotary: Kernel<"rotary"> = ([x, cos, sin], output, { pairs }) => {
  const [B, H, T, D] = x!.shape as Four;
  const [angleB, , half] = cos!.shape as readonly [number, number, number];
  output.data.set(x!.data);
  for (let row = 0; row < B * H * T; row++) {
    const b = Math.floor(row / (H * T));
    const angles = ((angleB === 1 ? 0 : b) * T + (row % T)) * half;
    for (let d = 0; d < half; d++) {
      const first = row * D + (pairs === "halves" ? d : 2 * d);
      const second = row * D + (pairs === "halves" ? d + half : 2 * d + 1);
      const c = cos!.data[angles + d]!;
      const s = sin!.data[angles + d]!;
      output.data[first] = x!.data[first]! * c - x!.data[second]! * s;
      output.data[second] = x!.data[second]! * c + x!.data[first]! * s;
    }
  }
};
