import type { layouts } from "./generated/layouts.generated.ts";
import type { Target } from "./language/instruction.ts";
import type { Region, RegionRules } from "./region.ts";

export type KernelName = keyof typeof layouts;

/** A list that was submitted. */
export interface Running {
  /** Resolves when its tasks are done; in its own time, unless it is wanted. */
  readonly done: Promise<void>;
  /** Says that somebody waits for it. */
  want(): void;
}

/** Something that runs lists of kernels: native code, or WebAssembly. */
export interface Machine {
  /** "avx512", "avx2", "relaxed" or "wasm", as users see it. */
  readonly name: string;
  readonly target: Target;
  readonly threads: number;
  readonly memory: RegionRules;
  newRegion(bytes: number, label: string): Region;
  /** What a list calls a kernel by. */
  entryOf(kernel: KernelName): number;
  /**
   * Runs the list that begins at this address after those before it. `stop` sets its stop flag; `onLeft` is called when no
   * thread looks at the list any more (a late one finds no task, but has to find that out).
   */
  submit(list: number, stop: () => void, onLeft: () => void): Running;
  /** The same kernels, run by the calling thread: they can be tried before the threads have started. */
  readonly alone?: Machine;
  /** Ends the threads; lists under way are stopped. */
  dispose(): Promise<void>;
}

/** What was carried out by the calling thread, within the call. */
export function ranAtOnce(body: () => void): Running {
  const done = new Promise<void>((resolve) => {
    body();
    resolve();
  });
  return { done, want() {} };
}
