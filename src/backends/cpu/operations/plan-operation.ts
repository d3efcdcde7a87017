import type { Plan } from "../plan.ts";
import { attention, masked } from "./attention.ts";
import { attentionGradient } from "./attention-gradient.ts";
import { bandedAttention } from "./banded-attention.ts";
import { cacheAppend } from "./cache.ts";
import {
  activationGradient,
  crossEntropyGradient,
  embedGradient,
  logSumExp,
  normGradient,
  softmaxGradient,
} from "./gradients.ts";
import { concat, embed, mergeHeads, permute, rotary, slice, splitHeads } from "./layout.ts";
import { headShares, linear, mix, scaledDot } from "./matrix.ts";
import { adamStep, assign } from "./optimizer.ts";
import { part, replacePart } from "./part.ts";
import { meanPool, unit } from "./pooling.ts";
import { rowProducts, timesMatrix } from "./products.ts";
import { binary, each, layerNorm, normalizeRows, rmsNorm, softmax } from "./rows.ts";
import type { Step } from "./steps.ts";
import { squareSum, sum } from "./sums.ts";

/** Turns one step into kernel calls; false when there is no kernel for it, and the reference has to do it. */
export function plan(target: Plan, { operation, residual, output, merged }: Step): boolean {
  const added = residual && output && { residual, output };
  switch (operation.name) {
    case "embed":
      embed(target, operation);
      return true;
    case "linear":
      linear(target, operation, added);
      return true;
    case "add":
    case "multiply":
      return binary(target, operation);
    case "scale":
    case "activate":
      each(target, operation);
      return true;
    case "layerNorm":
      layerNorm(target, operation);
      return true;
    case "rmsNorm":
      rmsNorm(target, operation);
      return true;
    case "scaledDot":
      scaledDot(target, operation);
      return true;
    case "masked":
      masked(target, operation);
      return true;
    case "softmax":
      softmax(target, operation);
      return true;
    case "mix":
      mix(target, operation);
      return true;
    case "attention":
      attention(target, operation, output);
      return true;
    case "attentionGradient":
      attentionGradient(target, operation, merged);
      return true;
    case "bandedAttention":
      bandedAttention(target, operation);
      return true;
    case "headShares":
      headShares(target, operation);
      return true;
    case "splitHeads":
      splitHeads(target, operation);
      return true;
    case "mergeHeads":
      mergeHeads(target, operation);
      return true;
    case "rotary":
      rotary(target, operation);
      return true;
    case "permute":
      return permute(target, operation);
    case "slice":
      slice(target, operation);
      return true;
    case "concat":
      concat(target, operation);
      return true;
    case "part":
      return part(target, operation);
    case "replacePart":
      return replacePart(target, operation);
    case "meanPool":
      meanPool(target, operation);
      return true;
    case "unit":
      unit(target, operation);
      return true;
    case "normalizeRows":
      normalizeRows(target, operation);
      return true;
    case "cacheAppend":
      cacheAppend(target, operation);
      return true;
    case "assign":
      assign(target, operation);
      return true;
    case "adamStep":
      adamStep(target, operation);
      return true;
    case "squareSum":
      squareSum(target, operation);
      return true;
    case "sum":
      sum(target, operation);
      return true;
    case "timesMatrix":
      timesMatrix(target, operation, added, added ? undefined : output);
      return true;
    case "rowProducts":
      rowProducts(target, operation);
      return true;
    case "embedGradient":
      embedGradient(target, operation);
      return true;
    case "activationGradient":
      activationGradient(target, operation);
      return true;
    case "layerNormGradient":
    case "rmsNormGradient":
      normGradient(target, operation, added);
      return true;
    case "softmaxGradient":
      softmaxGradient(target, operation);
      return true;
    case "logSumExp":
    case "crossEntropy":
      logSumExp(target, operation);
      return true;
    case "crossEntropyGradient":
      crossEntropyGradient(target, operation);
      return true;
    case "maxPool":
    case "normalizeRowsGradient":
    case "unitGradient":
    case "maxPoolGradient":
    case "partGradient":
    case "bandedAttentionGradient":
      return false;
  }
}
