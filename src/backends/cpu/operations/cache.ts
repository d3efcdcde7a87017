import type { Operation } from "../../../tensor/operation.ts";
import type { Plan } from "../plan.ts";
import { numbersAt } from "../storage.ts";
import { copy } from "./layout.ts";

type Four = readonly [number, number, number, number];

/** Plans the writing of new rows into a cache. */
export function cacheAppend(
  plan: Plan,
  { inputs, attributes }: Extract<Operation, { name: "cacheAppend" }>,
): void {
  const [cache, x] = inputs;
  const [B, H, T, D] = x!.shape as Four;
  plan.create(cache!);
  plan.touch({ reads: [x!], writes: [cache!] });
  copy(plan, {
    x: numbersAt(x!),
    output: numbersAt(cache!, attributes.start * D),
    width: T * D,
    axes: [{ count: B * H, x: 4 * T * D, output: 4 * cache!.shape[2]! * D }],
  });
}
