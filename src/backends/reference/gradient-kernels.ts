import type { Attributes } from "../../tensor/attributes.ts";
import { eachSelected } from "../../tensor/selection.ts";
import { derivatives } from "./activations.ts";
import { softmax } from "./attention-kernels.ts";
import { dot, type Kernel, type Numbers } from "./kernel.ts";

/** x · W */
export const timesMatrix: Kernel<"timesMatrix"> = ([x, weight], output) => {
  const [out, width] = weight!.shape as readonly [number, number];
  const total = new Float64Array(width);
  for (let row = 0; row < x!.data.length / Math.max(out, 1); row++) {
    total.fill(0);
    for (let o = 0; o < out; o++) {
      const factor = x!.data[row * out + o]!;
      for (let i = 0; i < width; i++) total[i]! += factor * weight!.data[o * width + i]!;
    }
    output.data.set(total, row * width);
  }
};

/** aᵀ · b */
export const rowProducts: Kernel<"rowProducts"> = ([a, b], output) => {
  const [m, n] = output.shape as readonly [number, number];
  const rows = m === 0 ? 0 : a!.data.length / m;
  const total = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    total.fill(0);
    for (let row = 0; row < rows; row++) {
      const factor = a!.data[row * m + i]!;
      for (let j = 0; j < n; j++) total[j]! += factor * b!.data[row * n + j]!;
    }
    output.data.set(total, i * n);
  }
};

export const embedGradient: Kernel<"embedGradient"> = ([ids, gradient], output) => {
  const width = output.shape[1]!;
  const total = new Float64Array(output.data.length);
  for (const [place, id] of ids!.data.entries())
    for (let c = 0; c < width; c++) total[id * width + c]! += gradient!.data[place * width + c]!;
  output.data.set(total);
};

export const activationGradient: Kernel<"activationGradient"> = (
  [x, gradient],
  output,
  { activation },
) => {
  const derivative = derivatives[activation];
  for (let i = 0; i < output.data.length; i++)
    output.data[i] = gradient!.data[i]! * derivative(x!.data[i]!);
};

export const softmaxGradient: Kernel<"softmaxGradient"> = ([weights, gradient], output) =>
  eachRow(output, (start, S) => {
    const total = dot(weights!.data, start, gradient!.data, start, S);
    for (let place = start; place < start + S; place++)
      output.data[place] = weights!.data[place]! * (gradient!.data[place]! - total);
  });

export const normalizeRowsGradient: Kernel<"normalizeRowsGradient"> = ([x, gradient], output) =>
  eachRow(output, (start, S) => {
    let sum = 0;
    for (let place = start; place < start + S; place++) sum += x!.data[place]!;
    const mean = dot(x!.data, start, gradient!.data, start, S) / sum;
    for (let place = start; place < start + S; place++)
      output.data[place] =
        sum === 0 ? gradient!.data[place]! : (gradient!.data[place]! - mean) / sum;
  });

export const unitGradient: Kernel<"unitGradient"> = ([x, gradient], output, { epsilon }) =>
  eachRow(output, (start, C) => {
    const length = Math.sqrt(dot(x!.data, start, x!.data, start, C));
    const along = dot(x!.data, start, gradient!.data, start, C) / (length * length);
    for (let place = start; place < start + C; place++)
      output.data[place] =
        length < epsilon
          ? gradient!.data[place]! / epsilon
          : (gradient!.data[place]! - x!.data[place]! * along) / length;
  });

export const maxPoolGradient: Kernel<"maxPoolGradient"> = ([x, mask, gradient], output) => {
  const [B, T, C] = x!.shape as readonly [number, number, number];
  for (let b = 0; b < B; b++)
    for (let c = 0; c < C; c++) {
      let most = -1;
      for (let t = 0; t < T; t++) {
        const place = (b * T + t) * C + c;
        output.data[place] = 0;
        if (mask!.data[b * T + t] !== 0 && (most < 0 || x!.data[place]! > x!.data[most]!))
          most = place;
      }
      if (most >= 0) output.data[most] = gradient!.data[b * C + c]!;
    }
};

export const partGradient: Kernel<"partGradient"> = ([gradient], output, { selection }) => {
  output.data.fill(0);
  eachSelected(selection, output.shape, (place, count) => {
    output.data[place]! += gradient!.data[count]!;
  });
};

export const logSumExp: Kernel<"logSumExp"> = ([x], output) => {
  const width = x!.shape.at(-1)!;
  for (let row = 0; row < output.data.length; row++)
    output.data[row] = logSum(x!, row * width, width);
};

export const crossEntropy: Kernel<"crossEntropy"> = ([logits, targets], output) => {
  const V = logits!.shape[1]!;
  for (const [row, target] of targets!.data.entries())
    output.data[row] =
      target < 0 ? 0 : logSum(logits!, row * V, V) - logits!.data[row * V + target]!;
};

export const crossEntropyGradient: Kernel<"crossEntropyGradient"> = (
  [logits, targets, gradient],
  output,
) => {
  const V = logits!.shape[1]!;
  softmax([logits!], output, {});
  for (const [row, target] of targets!.data.entries()) {
    if (target >= 0) output.data[row * V + target]! -= 1;
    const factor = target < 0 ? 0 : gradient!.data[row]!;
    for (let place = row * V; place < (row + 1) * V; place++) output.data[place]! *= factor;
  }
};

/** Gradients of x, and of the gain row by row. */
export function layerNormGradient(
  [x, gain, gradient]: readonly Numbers[],
  [ofX, ofGain]: readonly Numbers[],
  { epsilon }: Attributes["layerNormGradient"],
): void {
  eachRow(x!, (start, C) => {
    let mean = 0;
    for (let c = 0; c < C; c++) mean += x!.data[start + c]! / C;
    let squares = 0;
    for (let c = 0; c < C; c++) squares += (x!.data[start + c]! - mean) ** 2;
    const factor = 1 / Math.sqrt(squares / C + epsilon);
    let [average, along] = [0, 0];
    for (let c = 0; c < C; c++) {
      const g = gradient!.data[start + c]! * gain!.data[c]!;
      average += g / C;
      along += (g * (x!.data[start + c]! - mean) * factor) / C;
    }
    for (let c = 0; c < C; c++) {
      const normal = (x!.data[start + c]! - mean) * factor;
      const g = gradient!.data[start + c]!;
      ofX!.data[start + c] = (g * gain!.data[c]! - average - normal * along) * factor;
      ofGain!.data[start + c] = g * normal;
    }
  });
}

/** The same of the norm that takes no mean out. */
export function rmsNormGradient(
  [x, gain, gradient]: readonly Numbers[],
  [ofX, ofGain]: readonly Numbers[],
  { epsilon }: Attributes["rmsNormGradient"],
): void {
  eachRow(x!, (start, C) => {
    const factor = 1 / Math.sqrt(dot(x!.data, start, x!.data, start, C) / C + epsilon);
    let along = 0;
    for (let c = 0; c < C; c++)
      along += (gradient!.data[start + c]! * gain!.data[c]! * x!.data[start + c]!) / C;
    for (let c = 0; c < C; c++) {
      const g = gradient!.data[start + c]!;
      const own = x!.data[start + c]!;
      ofX!.data[start + c] = (g * gain!.data[c]! - own * along * factor * factor) * factor;
      ofGain!.data[start + c] = g * own * factor;
    }
  });
}

/** ln Σ e^x of a stretch. */
function logSum({ data }: Numbers, start: number, length: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = start; i < start + length; i++) most = Math.max(most, data[i]!);
  let total = 0;
  for (let i = start; i < start + length; i++) total += Math.exp(data[i]! - most);
  return most + Math.log(total);
}

function eachRow({ shape, data }: Numbers, visit: (start: number, width: number) => void): void {
  const width = shape.at(-1) ?? 1;
  for (let start = 0; start + width <= data.length && width > 0; start += width)
    visit(start, width);
}
