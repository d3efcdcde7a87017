import type { MaskRule } from "../../../tensor/attributes.ts";
import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { addressOf } from "../heap.ts";
import type { Plan } from "../plan.ts";
import { numbersAt } from "../storage.ts";
import { packKeys, packValues } from "./matrix.ts";
import { headBytes, panelBytes, panelsFor } from "./panels.ts";

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;
type Four = readonly [number, number, number, number];

/** Rows of one head a task takes. */
const TASK_ROWS = 48;
/** Keys of one turn of the streaming form, and the length up to which all keys are one turn. */
const BLOCK_KEYS = 512;
const SINGLE_KEYS = 1024;
/** With so few queries, packing the keys would cost more than it saves. */
const FEW = 3;
const UNLIMITED = 2 ** 30;

/**
 * Plans softmax(masked(scale · q·kᵀ + bias)) · v, and writes scores, weights and row sums where they are wanted. With
 * `merged` (B, T, H·D), the mixed values go there, heads side by side.
 */
export function attention(
  plan: Plan,
  { inputs, outputs, attributes }: Of<"attention">,
  merged?: LazyTensor,
): void {
  const [q, k, v, ...rest] = inputs as [LazyTensor, LazyTensor, LazyTensor, ...LazyTensor[]];
  const bias = attributes.bias ? rest.shift() : undefined;
  const [split, ...extra] = outputs;
  const mixed = merged ?? split!;
  const scores = attributes.scores ? extra.shift() : undefined;
  const weights = attributes.weights ? extra.shift() : undefined;
  const rowSums = attributes.rowSums ? extra.shift() : undefined;
  const [B, H, T, D] = q.shape as Four;
  const [, Hkv, S] = k.shape as Four;
  plan.create(mixed);
  if (rowSums) plan.create(rowSums);
  for (const wanted of [scores, weights]) if (wanted) plan.create(wanted, { isHandedOver: true });
  if (B * H * T === 0) return;

  // Keys and values of one cache lie alike; where they do not, they are packed.
  const isFew = T <= FEW && headBytes(k) === headBytes(v);
  const isSingle = isFew || S <= SINGLE_KEYS || scores !== undefined || weights !== undefined;
  const scratchRow = 4 * (isSingle ? panelsFor(plan, S) * plan.panelWidth : BLOCK_KEYS) + 64;
  const taskRows = Math.ceil(T / Math.ceil(T / TASK_ROWS));
  const scratchFloats = Math.ceil((taskRows * (scratchRow + 8)) / 64) * 16;
  const scratch = plan.borrow(plan.machine.threads * scratchFloats, "scores of one task");
  const mask = maskArguments(attributes, rest, bias);
  const reads = [q, ...inputs.slice(3)];
  const writes = [mixed, ...outputs.slice(1)];
  if (isFew) {
    plan.touch({ reads: [...reads, k, v], writes });
    // Written out, here and below: a spread of so many fields takes longer than a short text's attention.
    plan.call("attentionOfFew", {
      q: numbersAt(q),
      output: numbersAt(mixed),
      outputRow: 4 * D * (merged ? H : 1),
      outputHead: 4 * D * (merged ? 1 : T),
      outputText: 4 * D * H * T,
      scores: scores ? numbersAt(scores) : 0,
      weights: weights ? numbersAt(weights) : 0,
      rowSums: rowSums ? numbersAt(rowSums) : 0,
      heads: H,
      group: H / Hkv,
      queries: T,
      keys: S,
      headWidth: D,
      low: mask.low,
      high: mask.high,
      bias: mask.bias,
      biasText: mask.biasText,
      biasHead: mask.biasHead,
      keyMask: mask.keyMask,
      allowed: mask.allowed,
      allowedText: mask.allowedText,
      allowedHead: mask.allowedHead,
      scratch: addressOf(scratch),
      scratchBytes: 4 * scratchFloats,
      tasks: B * H * T,
      k: numbersAt(k),
      v: numbersAt(v),
      keyHeadBytes: headBytes(k),
      scaleBy: attributes.scale,
    });
    return;
  }
  const keyPanels = packKeys(plan, [k], attributes.scale);
  const valuePanels = packValues(plan, [v]);
  const rowGroups = Math.ceil(T / taskRows);
  plan.touch({ reads: [...reads, keyPanels, valuePanels], writes });
  plan.call("attention", {
    q: numbersAt(q),
    output: numbersAt(mixed),
    outputRow: 4 * D * (merged ? H : 1),
    outputHead: 4 * D * (merged ? 1 : T),
    outputText: 4 * D * H * T,
    scores: scores ? numbersAt(scores) : 0,
    weights: weights ? numbersAt(weights) : 0,
    rowSums: rowSums ? numbersAt(rowSums) : 0,
    heads: H,
    group: H / Hkv,
    queries: T,
    keys: S,
    headWidth: D,
    low: mask.low,
    high: mask.high,
    bias: mask.bias,
    biasText: mask.biasText,
    biasHead: mask.biasHead,
    keyMask: mask.keyMask,
    allowed: mask.allowed,
    allowedText: mask.allowedText,
    allowedHead: mask.allowedHead,
    scratch: addressOf(scratch),
    scratchBytes: 4 * scratchFloats,
    tasks: B * H * rowGroups,
    keyPanels: addressOf(keyPanels),
    keyHeadBytes: panelsFor(plan, S) * panelBytes(plan, D),
    valuePanels: addressOf(valuePanels),
    valueHeadBytes: panelsFor(plan, D) * panelBytes(plan, S),
    valuePanelBytes: panelBytes(plan, S),
    valuePanelCount: panelsFor(plan, D),
    taskRows,
    rowGroups,
    blockPanels: isSingle ? UNLIMITED : BLOCK_KEYS / plan.panelWidth,
    scratchRow,
  });
}

/** Plans −∞ where a rule or a mask hides a key. */
export function masked(plan: Plan, { inputs, outputs, attributes }: Of<"masked">): void {
  const [scores, ...masks] = inputs;
  const [B, H, T, S] = scores!.shape as Four;
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("maskRows", {
    tasks: B * H * T,
    q: numbersAt(scores!),
    output: numbersAt(outputs[0]!),
    outputRow: 0,
    outputHead: 0,
    outputText: 0,
    scores: 0,
    weights: 0,
    rowSums: 0,
    heads: H,
    group: 1,
    queries: T,
    keys: S,
    headWidth: 0,
    ...maskArguments(attributes, masks, undefined),
    scratch: 0,
    scratchBytes: 0,
  });
}

/** The mask as a kernel takes it: query i sees keys i + low … i + high − 1, less what the arrays hide. */
export function maskArguments(
  { causalOffset, window, keys, allowed }: MaskRule,
  masks: readonly LazyTensor[],
  bias: LazyTensor | undefined,
) {
  const keyMask = keys ? masks[0] : undefined;
  const pairs = allowed ? masks[keys ? 1 : 0] : undefined;
  const strides = (part: LazyTensor | undefined) => {
    const [B, H, T, S] = (part?.shape ?? [1, 1, 0, 0]) as Four;
    return { text: B === 1 ? 0 : 4 * H * T * S, head: H === 1 ? 0 : 4 * T * S };
  };
  const ends = [
    causalOffset === undefined ? UNLIMITED : causalOffset + 1,
    window ? window.offset + window.after + 1 : UNLIMITED,
  ];
  return {
    low: window ? window.offset - window.before : -UNLIMITED,
    high: Math.min(...ends),
    bias: bias ? numbersAt(bias) : 0,
    biasText: strides(bias).text,
    biasHead: strides(bias).head,
    keyMask: keyMask ? numbersAt(keyMask) : 0,
    allowed: pairs ? numbersAt(pairs) : 0,
    allowedText: strides(pairs).text,
    allowedHead: strides(pairs).head,
  };
}
