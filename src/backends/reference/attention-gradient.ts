import type { Attributes } from "../../tensor/attributes.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { masked, mix, scaledDot, softmax } from "./attention-kernels.ts";
import { softmaxGradient } from "./gradient-kernels.ts";
import type { Numbers } from "./kernel.ts";
import { broadcast, permute } from "./layout-kernels.ts";

type Four = readonly [number, number, number, number];

/** Gradients of q, k and v, by way of all weights. */
export function attentionGradient(
  [gradient, q, k, v, ...more]: readonly Numbers[],
  [ofQ, ofK, ofV]: readonly Numbers[],
  { scale, bias, ...rule }: Attributes["attentionGradient"],
): void {
  const [B, H, T] = q!.shape as Four;
  const full = [B, H, T, k!.shape[2]!];
  const masks = bias ? more.slice(1) : more;
  const scores = made(full, (to) => scaledDot([q!, k!], to, { scale }));
  const biased = bias
    ? made(full, (to) => broadcast([scores, more[0]!], to, (a, b) => a + b))
    : scores;
  const seen = made(full, (to) => masked([biased, ...masks], to, rule));
  const weights = made(full, (to) => softmax([seen], to, {}));
  const ofWeights = made(full, (to) => scaledDot([gradient!, v!], to, { scale: 1 }));
  const slopes = made(full, (to) => softmaxGradient([weights, ofWeights], to, {}));
  for (let place = 0; place < slopes.data.length; place++) slopes.data[place]! *= scale;
  mix([slopes, k!], ofQ!, {});
  sumOfGroups(slopes, q!, ofK!);
  sumOfGroups(weights, gradient!, ofV!);
}

/** xᵀ · rows of each head, added up over the heads that share a key head. */
function sumOfGroups(x: Numbers, rows: Numbers, output: Numbers): void {
  const [B, H, T, S] = x.shape as Four;
  const [, Hkv, , D] = output.shape as Four;
  const turned = made([B, H, S, T], (to) => permute([x], to, { axes: [0, 1, 3, 2] }));
  const each = made([B, H, S, D], (to) => mix([turned, rows], to, {}));
  output.data.fill(0);
  for (let place = 0; place < each.data.length; place++) {
    const head = Math.floor(place / (S * D));
    const keyHead = Math.floor(head / (H / Hkv));
    output.data[keyHead * S * D + (place % (S * D))]! += each.data[place]!;
  }
}

function made(shape: readonly number[], fill: (to: Numbers) => void): Numbers {
  const result = { shape, data: new Float32Array(sizeOf(shape)) };
  fill(result);
  return result;
}
