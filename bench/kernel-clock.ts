import { readdirSync, readFileSync } from "node:fs";
import { layouts } from "../src/backends/cpu/generated/layouts.generated.ts";
import { LIST_ENTRIES, LIST_ENTRY_BYTES } from "../src/backends/cpu/kernels/run-list.ts";
import { ARGUMENT_BYTES, ARGUMENTS_START } from "../src/backends/cpu/language/layout.ts";
import type { KernelName, Machine } from "../src/backends/cpu/machine.ts";
import type { Region } from "../src/backends/cpu/region.ts";

/** One kernel call as it was carried out. */
export interface ClockedCall {
  readonly kernel: KernelName;
  /** By the clock that was given. */
  readonly ms: number;
  /** A count or an address that the kernel was given; undefined for what it does not take. */
  argument(field: string): number | undefined;
}

/**
 * Processor time of this process but its main thread, in milliseconds, as Linux counts it: on a machine where others compute, one
 * thread's kernels are told better by it than by the time of day.
 */
export function processorTime(): number {
  let nanoseconds = 0;
  for (const thread of readdirSync("/proc/self/task"))
    if (thread !== String(process.pid))
      nanoseconds += Number.parseInt(
        readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8"),
        10,
      );
  return nanoseconds / 1e6;
}

/**
 * A machine that carries out the calls of every list one at a time and tells how long each took, waking and waiting included: lists
 * of its own, of one call each. Slower than the machine it is made of; the numbers are the same.
 */
export function clockedMachine(
  machine: Machine,
  tell: (call: ClockedCall) => void,
  now: () => number = () => performance.now(),
): Machine {
  const regions: Region[] = [];
  const newRegion = (bytes: number, label: string) => {
    const region = machine.newRegion(bytes, label);
    regions.push(region);
    return region;
  };
  const own = newRegion(4096, "a list of one call");
  const kernels = new Map(
    (Object.keys(layouts) as KernelName[]).map((name) => [machine.entryOf(name), name] as const),
  );
  /** Words from an address on. */
  const wordsAt = (address: number): Int32Array => {
    const region = regions.findLast(
      (region) => address >= region.address && address < region.address + region.bytes,
    )!;
    const start = address - region.address;
    return new Int32Array(region.buffer, region.offset + start, (region.bytes - start) >> 2);
  };
  const wide = (words: Int32Array, at: number) => words[at + 1]! * 2 ** 32 + (words[at]! >>> 0);
  let last: Promise<void> = Promise.resolve();
  const runAlone = (entry: Int32Array): Promise<void> => {
    const words = wordsAt(own.address);
    words.fill(0, 0, (LIST_ENTRIES + 2 * LIST_ENTRY_BYTES) / 4);
    words.set(entry.subarray(0, LIST_ENTRY_BYTES / 4), LIST_ENTRIES / 4);
    words[(LIST_ENTRIES + 16) / 4] = 1;
    return new Promise((resolve, reject) => {
      const running = machine.submit(own.address, () => {}, resolve);
      running.want();
      running.done.catch(reject);
    });
  };
  const runAll = async (list: number): Promise<void> => {
    const words = wordsAt(list);
    for (let place = LIST_ENTRIES; ; place += LIST_ENTRY_BYTES) {
      const entry = wide(words, place / 4);
      const kernel = kernels.get(entry);
      // In WebAssembly an entry is a kernel's number, and the end's would be one too.
      if (entry === 0 || !kernel) return;
      const block = wordsAt(wide(words, place / 4 + 2));
      const start = now();
      await runAlone(words.subarray(place / 4));
      const ms = now() - start;
      const { fields }: { readonly fields: readonly string[] } = layouts[kernel];
      const argument = (field: string) => {
        const place = fields.indexOf(field);
        if (place < 0) return undefined;
        return wide(block, (ARGUMENTS_START + place * ARGUMENT_BYTES) / 4);
      };
      tell({ kernel, ms, argument });
    }
  };
  return {
    ...machine,
    newRegion,
    submit(list, _stop, onLeft) {
      const done = last.then(() => runAll(list));
      last = done.then(onLeft);
      return { done, want() {} };
    },
    dispose: () => machine.dispose(),
  };
}
