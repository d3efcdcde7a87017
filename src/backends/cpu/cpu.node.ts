import { availableParallelism } from "node:os";
import { InputError } from "../../errors.ts";
import type { Backend } from "../../tensor/backend.ts";
import { cpuBackend } from "./cpu.ts";
import { EngineError } from "./engine-error.ts";
import type { Machine } from "./machine.ts";
import { nativeMachine, nodeHand } from "./native.node.ts";
import { selfTest } from "./self-test.ts";
import { wasmMachine } from "./wasm.ts";
import type { WeightPrecision } from "./weights.ts";

/** Which kernels: the best there are, native ones, or WebAssembly; or one kind by name. */
export type Kernels = "best" | "native" | "avx512" | "avx2" | "wasm" | "relaxed" | "plain";

export interface CpuOptions {
  readonly kernels?: Kernels;
  /** Threads that compute; as many as there are cores if not given. */
  readonly threads?: number;
  /** How learned matrices are kept. */
  readonly weights?: WeightPrecision;
  /** Told once when native kernels cannot be used, and why. */
  readonly onNotice?: (text: string) => void;
}

/** The engine in Node: native kernels where they run and pass their test, WebAssembly elsewhere. */
export async function cpuForNode({
  kernels = "best",
  threads = availableParallelism(),
  weights = "f32",
  onNotice = () => {},
}: CpuOptions = {}): Promise<Backend> {
  if (!Number.isInteger(threads) || threads < 1)
    throw new InputError(`cpu: threads must be a whole number from 1 on, got ${threads}`);
  if (!["wasm", "relaxed", "plain"].includes(kernels)) {
    const wanted = kernels === "avx512" || kernels === "avx2" ? kernels : undefined;
    const found = await nativeMachine(threads, wanted);
    const reason = "reason" in found ? found.reason : await failureOf(found);
    if (reason === undefined) return cpuBackend(found as Machine, { weights });
    if (kernels !== "best") throw new EngineError(`cpu: no ${kernels} kernels: ${reason}`);
    onNotice(`heed uses its WebAssembly kernels, which are slower: ${reason}`);
  }
  const wanted = { relaxed: "relaxed", plain: "wasm" } as const;
  const machine = await wasmMachine({
    threads,
    start: nodeStart,
    wanted: wanted[kernels as keyof typeof wanted],
  });
  return cpuBackend(machine, { weights });
}

async function failureOf(machine: Machine): Promise<string | undefined> {
  const problem = await selfTest(cpuBackend(machine.alone ?? machine)).catch((error: unknown) =>
    String(error),
  );
  if (problem === undefined) return undefined;
  await machine.dispose();
  return `the native kernels failed their self-test (${problem})`;
}

function nodeStart(source: string, start: object) {
  return nodeHand(
    `const { workerData: start } = require("node:worker_threads");\n${source}`,
    start,
  );
}
