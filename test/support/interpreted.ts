import { sources } from "../../src/backends/cpu/kernels/all.ts";
import { LIST_ENTRIES, LIST_ENTRY_BYTES } from "../../src/backends/cpu/kernels/run-list.ts";
import { build, type KernelSource } from "../../src/backends/cpu/kernels/source.ts";
import type { Kernel, Target } from "../../src/backends/cpu/language/instruction.ts";
import { interpret } from "../../src/backends/cpu/language/interpret.ts";
import { type Machine, ranAtOnce } from "../../src/backends/cpu/machine.ts";
import type { Region } from "../../src/backends/cpu/region.ts";

const BYTES = 64 << 20;

/** A machine that reads the kernels step by step in TypeScript: any target's kernels run on any computer, slowly. */
export function interpretedMachine(target: Target): Machine {
  const all: readonly KernelSource[] = Object.values(sources);
  const kernels = all.map((source) => build(source, target));
  const buffer = new ArrayBuffer(BYTES);
  const memory = new DataView(buffer);
  let next = 64;
  return {
    name: `${target.name}, interpreted`,
    target,
    threads: 2,
    memory: { regionBytes: 1 << 20, isShared: true },
    newRegion(bytes, label): Region {
      const start = next;
      next += Math.ceil(bytes / 64) * 64;
      if (next > BYTES) throw new RangeError(`interpreted machine: no memory left for ${label}`);
      return { buffer, offset: start, address: start, bytes };
    },
    entryOf: (name) => kernels.findIndex((kernel) => kernel.name === name) + 1,
    submit: (list, _stop, onLeft) =>
      ranAtOnce(() => {
        for (let entry = list + LIST_ENTRIES; ; entry += LIST_ENTRY_BYTES) {
          const kernel: Kernel | undefined = kernels[memory.getInt32(entry, true) - 1];
          if (!kernel) return onLeft();
          // The threads take turns: the first takes every task there is, the second finds none left.
          for (const thread of [1, 0])
            interpret(kernel, buffer, memory.getInt32(entry + 8, true), thread);
        }
      }),
    async dispose() {},
  };
}
