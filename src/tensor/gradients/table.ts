import type { OperationName } from "../attributes.ts";
import * as attention from "./attention.ts";
import * as elementwise from "./elementwise.ts";
import * as layout from "./layout.ts";
import * as losses from "./losses.ts";
import * as norms from "./norms.ts";
import * as products from "./products.ts";
import type { Vjp } from "./vjp.ts";

/** Operations without a derivative here: those of the derivatives themselves, and what writes memory that outlives a program. */
type Underived =
  | "cacheAppend"
  | "adamStep"
  | "assign"
  | `${string}Gradient`
  | "timesMatrix"
  | "rowProducts";

/** The derivative of every operation that a model's forward pass records. A new operation without one does not compile. */
export const vjps: { readonly [N in Exclude<OperationName, Underived>]: Vjp<N> } = {
  embed: products.embed,
  linear: products.linear,
  headShares: products.headShares,
  add: elementwise.add,
  multiply: elementwise.multiplied,
  scale: elementwise.scale,
  activate: elementwise.activate,
  layerNorm: norms.layerNorm,
  rmsNorm: norms.rmsNorm,
  unit: norms.unit,
  meanPool: norms.meanPool,
  maxPool: norms.maxPool,
  scaledDot: attention.scaledDot,
  masked: attention.masked,
  softmax: attention.softmax,
  normalizeRows: attention.normalizeRows,
  mix: attention.mix,
  attention: attention.attention,
  bandedAttention: attention.bandedAttention,
  rotary: attention.rotary,
  splitHeads: layout.splitHeads,
  mergeHeads: layout.mergeHeads,
  permute: layout.permute,
  slice: layout.slice,
  concat: layout.concat,
  sum: layout.sum,
  part: layout.part,
  replacePart: layout.replacePart,
  logSumExp: losses.logSumExp,
  crossEntropy: losses.crossEntropy,
  squareSum: losses.squareSum,
};
