import { availableParallelism } from "node:os";
import type { Backend } from "../../tensor/backend.ts";
import { type BackendName, checkedThreads, usualThreads } from "../names.ts";
import { cpuBackend } from "./cpu.ts";
import { EngineError } from "./engine-error.ts";
import type { Machine } from "./machine.ts";
import { type NativeMachine, nativeMachine } from "./native.node.ts";
import { nodeHand } from "./node-hand.node.ts";
import { selfTest } from "./self-test.ts";
import { systemMemory } from "./system-memory.node.ts";
import { wasmMachine } from "./wasm.ts";
import type { WeightPrecision } from "./weights/weight-layout.ts";

/** Which kernels: the best there are, native ones, or WebAssembly (`relaxed` and `plain` say which); or one kind by name. */
export type Kernels = "best" | Exclude<BackendName, "auto" | "reference">;

export interface CpuOptions {
  readonly kernels?: Kernels;
  /** Threads that compute; as many as there are cores if not given. */
  readonly threads?: number;
  /** How learned matrices are kept. */
  readonly weights?: WeightPrecision;
  /** Told what is slower than it could be, and why; without a listener it is said on stderr, once a process. */
  readonly onNotice?: (text: string) => void;
}

/** The engine in Node: native kernels where they run and pass their test, WebAssembly elsewhere. */
export async function cpuForNode({
  kernels = "best",
  threads = usualThreads(availableParallelism()),
  weights = "stored",
  onNotice = sayOnce,
}: CpuOptions = {}): Promise<Backend> {
  checkedThreads(threads, "cpu: threads");
  if (!["wasm", "relaxed", "plain"].includes(kernels)) {
    const wanted = kernels === "avx512" || kernels === "avx2" ? kernels : undefined;
    const found = await nativeMachine(threads, wanted);
    const reason = "reason" in found ? found.reason : await failureOf(found);
    if (reason === undefined) {
      const machine = found as NativeMachine;
      if (machine.notice !== undefined) onNotice(machine.notice);
      return cpuBackend(machine, { weights, systemMemory });
    }
    if (kernels !== "best") throw new EngineError(`cpu: no ${kernels} kernels: ${reason}`);
    onNotice(`heed uses its WebAssembly kernels, which are slower: ${reason}`);
  }
  const machine = await wasmMachine({
    threads,
    start: nodeStart,
    wanted: kernels === "relaxed" || kernels === "plain" ? kernels : undefined,
    onNotice,
  });
  return cpuBackend(machine, { weights, systemMemory });
}

/** HEED_THREADS, as an option. Throws InputError. */
export function optionsOf(
  environment: Readonly<Record<string, string | undefined>>,
): Pick<CpuOptions, "threads"> {
  const { HEED_THREADS: threads } = environment;
  return { threads: threads ? checkedThreads(threads, "HEED_THREADS") : undefined };
}

const said = new Set<string>();

function sayOnce(text: string): void {
  if (!said.has(text)) console.warn(text);
  said.add(text);
}

async function failureOf(machine: Machine): Promise<string | undefined> {
  const problem = await selfTest(cpuBackend(machine.alone ?? machine)).catch((error: unknown) =>
    String(error),
  );
  if (problem === undefined) return undefined;
  await machine.dispose();
  return `the native kernels failed their self-test (${problem})`;
}

/** How a thread of Node's starts. */
export function nodeStart(source: string, start: object) {
  return nodeHand(
    `const { workerData: start } = require("node:worker_threads");\n${source}`,
    start,
  );
}
