import { ARGUMENTS_START, TASKS_DONE } from "../language/layout.ts";
import type { KernelSource } from "./source.ts";

/** Where things lie in a list: the stop flag (a cache line of its own), then the entries. */
export const LIST_STOP = 0;
export const LIST_ENTRIES = 64;
/** kernel, its argument block, whether the next entry needs what was written since the last such; 8 bytes each. */
export const LIST_ENTRY_BYTES = 32;

/**
 * Calls the kernels of a list one after the other. Where the next one needs what was written, a thread waits until all tasks
 * are done, not until all threads are there: one that was late, or lent its core to someone else, holds nobody up unless it
 * has a task in hand. The list ends with a kernel of 0. A stop flag ends it early.
 */
export const runList: KernelSource<never> = {
  name: "runList",
  fields: [],
  floats: [],
  write(k) {
    const list = k.block;
    const entry = k.pointer(k.at(list, LIST_ENTRIES));
    const waiting = k.integer(entry);
    const kernel = k.loadWord(k.at(entry));
    k.while(kernel, "!=", 0, () => {
      k.call(kernel, k.loadWord(k.at(entry, 8)), k.thread);
      const mustWait = k.loadInteger(k.at(entry, 16));
      k.advance(entry, LIST_ENTRY_BYTES);
      k.if(mustWait, "!=", 0, () =>
        k.while(waiting, "!=", entry, () => {
          const block = k.loadWord(k.at(waiting, 8));
          const tasks = k.loadWord(k.at(block, ARGUMENTS_START));
          k.barrier(k.at(block, TASKS_DONE), tasks, k.at(list, LIST_STOP));
          k.advance(waiting, LIST_ENTRY_BYTES);
        }),
      );
      k.set(kernel, k.loadWord(k.at(entry)));
      k.if(k.loadInteger(k.at(list, LIST_STOP)), "!=", 0, () => k.set(kernel, 0));
    });
  },
};
