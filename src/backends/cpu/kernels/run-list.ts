import type { KernelSource } from "./source.ts";

/** Where things lie in a list: the count of arrivals, the stop flag (a cache line each), then the entries. */
export const LIST_STOP = 64;
export const LIST_ENTRIES = 128;
/** kernel, its argument block, arrivals to wait for afterwards (0: go on at once), unused; 8 bytes each. */
export const LIST_ENTRY_BYTES = 32;

/**
 * Calls the kernels of a list one after the other, with all threads of the pool on each; where the next one needs
 * what this one wrote, threads wait for one another. The list ends with a kernel of 0. A stop flag ends it early.
 */
export const runList: KernelSource<never> = {
  name: "runList",
  fields: [],
  floats: [],
  write(k) {
    const list = k.block;
    const entry = k.pointer(k.at(list, LIST_ENTRIES));
    const kernel = k.loadWord(k.at(entry));
    k.while(kernel, "!=", 0, () => {
      k.call(kernel, k.loadWord(k.at(entry, 8)), k.thread);
      const arrivals = k.loadInteger(k.at(entry, 16));
      k.if(arrivals, "!=", 0, () => {
        k.fetchAdd(k.at(list), 1);
        k.barrier(k.at(list), arrivals, k.at(list, LIST_STOP));
      });
      k.advance(entry, LIST_ENTRY_BYTES);
      k.set(kernel, k.loadWord(k.at(entry)));
      k.if(k.loadInteger(k.at(list, LIST_STOP)), "!=", 0, () => k.set(kernel, 0));
    });
  },
};
