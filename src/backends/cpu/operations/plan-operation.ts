import type { Plan } from "../plan.ts";
import { attention, masked } from "./attention.ts";
import { bandedAttention } from "./banded-attention.ts";
import { cacheAppend } from "./cache.ts";
import { concat, embed, mergeHeads, permute, rotary, slice, splitHeads } from "./layout.ts";
import { headShares, linear, mix, scaledDot } from "./matrix.ts";
import { assign } from "./optimizer.ts";
import { part, replacePart } from "./part.ts";
import { binary, each, layerNorm, normalizeRows, rmsNorm, softmax } from "./rows.ts";
import type { Step } from "./steps.ts";

/** Turns one step into kernel calls; false when there is no kernel for it, and the reference has to do it. */
export function plan(target: Plan, { operation, residual, output }: Step): boolean {
  switch (operation.name) {
    case "embed":
      embed(target, operation);
      return true;
    case "linear":
      linear(target, operation, residual && output && { residual, output });
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
    case "normalizeRows":
      normalizeRows(target, operation);
      return true;
    case "cacheAppend":
      cacheAppend(target, operation);
      return true;
    case "assign":
      assign(target, operation);
      return true;
    case "sum":
    case "meanPool":
    case "maxPool":
    case "unit":
    case "logSumExp":
    case "crossEntropy":
    case "timesMatrix":
    case "rowProducts":
    case "embedGradient":
    case "activationGradient":
    case "layerNormGradient":
    case "rmsNormGradient":
    case "softmaxGradient":
    case "normalizeRowsGradient":
    case "unitGradient":
    case "maxPoolGradient":
    case "partGradient":
    case "bandedAttentionGradient":
    case "crossEntropyGradient":
    case "squareSum":
    case "adamStep":
      return false;
  }
}
