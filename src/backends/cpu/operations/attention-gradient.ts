import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { addressOf } from "../heap.ts";
import type { Plan } from "../plan.ts";
import { numbersAt } from "../storage.ts";
import { maskArguments } from "./attention.ts";
import { packKeys, packValues } from "./matrix.ts";
import { panelBytes, panelsFor } from "./panels.ts";

/** Queries whose weights lie in the cache at once. */
const TURN_ROWS = 32;

/** Plans the gradients of the fused attention's q, k and v; `merged`: where they go with their heads side by side. */
export function attentionGradient(
  plan: Plan,
  { inputs, outputs: split, attributes }: Extract<Operation, { name: "attentionGradient" }>,
  merged?: readonly LazyTensor[],
): void {
  const outputs = merged ?? split;
  const [gradient, q, k, v, ...rest] = inputs as [LazyTensor, LazyTensor, LazyTensor, LazyTensor];
  const bias = attributes.bias ? (rest as LazyTensor[]).shift() : undefined;
  const [B, H, T, D] = q.shape as readonly [number, number, number, number];
  const [, Hkv, S] = k.shape as readonly [number, number, number, number];
  for (const output of outputs) plan.create(output);
  if (B * H === 0) return;
  const turnRows = Math.max(1, Math.ceil(T / Math.max(1, Math.ceil(T / TURN_ROWS))));
  const scratchRow = 4 * panelsFor(plan, S) * plan.panelWidth + 64;
  const scratchFloats = (2 * turnRows * scratchRow) / 4;
  const scratch = plan.borrow(plan.machine.threads * scratchFloats, "weights of some rows");
  const keyPanels = packKeys(plan, [k], attributes.scale);
  const valuePanels = packKeys(plan, [v], 1);
  const keyColumns = packValues(plan, [k], attributes.scale);
  const queryColumns = packValues(plan, [q], attributes.scale);
  const gradientColumns = packValues(plan, [gradient]);
  const packed = [keyPanels, valuePanels, keyColumns, queryColumns, gradientColumns];
  plan.touch({ reads: [...inputs, ...packed], writes: outputs });
  plan.call("attentionGradient", {
    q: numbersAt(q),
    output: numbersAt(outputs[0]!),
    outputRow: 4 * D * (merged ? H : 1),
    outputHead: 4 * D * (merged ? 1 : T),
    outputText: 4 * D * H * T,
    scores: 0,
    weights: 0,
    rowSums: 0,
    heads: H,
    group: H / Hkv,
    queries: T,
    keys: S,
    headWidth: D,
    ...maskArguments(attributes, rest, bias),
    scratch: addressOf(scratch),
    scratchBytes: 4 * scratchFloats,
    tasks: B * Hkv,
    gradient: numbersAt(gradient),
    keyPanels: addressOf(keyPanels),
    valuePanels: addressOf(valuePanels),
    keyHeadBytes: panelsFor(plan, S) * panelBytes(plan, D),
    keyColumns: addressOf(keyColumns),
    keyColumnBytes: panelsFor(plan, D) * panelBytes(plan, S),
    queryColumns: addressOf(queryColumns),
    gradientColumns: addressOf(gradientColumns),
    queryColumnBytes: panelsFor(plan, D) * panelBytes(plan, T),
    columnPanels: panelsFor(plan, D),
    ofKeys: numbersAt(outputs[1]!),
    ofValues: numbersAt(outputs[2]!),
    keyRow: 4 * D * (merged ? Hkv : 1),
    keyHead: 4 * D * (merged ? 1 : S),
    keyText: 4 * D * Hkv * S,
    turnRows,
    scratchRow,
  });
}
