import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { addressOf } from "../heap.ts";
import type { Plan } from "../plan.ts";
import { numbersAt } from "../storage.ts";
import { packKeys, packValues } from "./matrix.ts";
import { panelBytes, panelsFor } from "./panels.ts";

type Four = readonly [number, number, number, number];

/** Rows of one head a task takes: more look at more keys in vain, fewer take more steps. */
const TASK_ROWS = 48;

/** Plans attention over a band; scores and weights go where they are wanted, as rows of the band. */
export function bandedAttention(
  plan: Plan,
  operation: Extract<Operation, { name: "bandedAttention" }>,
): void {
  const { inputs, outputs, attributes } = operation;
  const [q, k, v, local, globalK, globalV, there] = inputs as readonly [
    LazyTensor,
    LazyTensor,
    LazyTensor,
    LazyTensor,
    LazyTensor?,
    LazyTensor?,
    LazyTensor?,
  ];
  const [mixed, ...extra] = outputs;
  const scores = attributes.scores ? extra[0] : undefined;
  const weights = attributes.weights ? extra.at(-1) : undefined;
  const [B, H, T, D] = q.shape as Four;
  const G = globalK?.shape[2] ?? 0;
  plan.create(mixed!);
  for (const wanted of extra) plan.create(wanted, { isHandedOver: true });
  if (B * H * T === 0) return;

  const globalColumns = panelsFor(plan, G) * plan.panelWidth;
  const taskRows = Math.ceil(T / Math.ceil(T / TASK_ROWS));
  const rowGroups = Math.ceil(T / taskRows);
  // A task's keys begin and end inside of a panel.
  const mostKeys = (panelsFor(plan, taskRows + 2 * attributes.reach) + 1) * plan.panelWidth;
  const scratchRow = 4 * (globalColumns + Math.min(mostKeys, panelsFor(plan, T) * plan.panelWidth));
  const scratchFloats = (taskRows * scratchRow) / 4;
  const scratch = plan.borrow(plan.machine.threads * scratchFloats, "scores of one task");
  const keyPanels = packKeys(plan, globalK ? [globalK, k] : [k], attributes.scale);
  const valuePanels = packValues(plan, globalV ? [globalV, v] : [v]);
  const reads = [q, local, keyPanels, valuePanels, ...(there ? [there] : [])];
  plan.touch({ reads, writes: outputs });
  plan.call("bandedAttention", {
    tasks: B * H * rowGroups,
    q: numbersAt(q),
    output: numbersAt(mixed!),
    scores: scores ? numbersAt(scores) : 0,
    weights: weights ? numbersAt(weights) : 0,
    heads: H,
    queries: T,
    reach: attributes.reach,
    headWidth: D,
    local: numbersAt(local),
    globals: G,
    globalColumns,
    there: there ? numbersAt(there) : 0,
    keyPanels: addressOf(keyPanels),
    keyHeadBytes: (panelsFor(plan, G) + panelsFor(plan, T)) * panelBytes(plan, D),
    valuePanels: addressOf(valuePanels),
    valueHeadBytes: panelsFor(plan, D) * panelBytes(plan, G + T),
    valuePanelBytes: panelBytes(plan, G + T),
    valuePanelCount: panelsFor(plan, D),
    taskRows,
    rowGroups,
    scratch: addressOf(scratch),
    scratchBytes: 4 * scratchFloats,
    scratchRow,
  });
}
