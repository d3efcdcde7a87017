import { availableParallelism } from "node:os";
import { InputError } from "../../errors/errors.ts";
import type { Backend } from "../../tensor/backend.ts";
import { cpuBackend } from "./cpu.ts";
import { EngineError } from "./engine-error.ts";
import type { Machine } from "./machine.ts";
import { nativeMachine, nodeHand } from "./native.node.ts";
import { selfTest } from "./self-test.ts";
import { systemMemory } from "./system-memory.node.ts";
import { wasmMachine } from "./wasm.ts";
import type { WeightPrecision } from "./weight-layout.ts";

/** Which kernels: the best there are, native ones, or WebAssembly; or one kind by name. */
export type Kernels = (typeof kernelNames)[number];

/** `wasm` takes relaxed SIMD where there is some; `relaxed` and `plain` say which. */
export const kernelNames = [
  "best",
  "native",
  "avx512",
  "avx2",
  "wasm",
  "relaxed",
  "plain",
] as const;

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
  weights = "stored",
  onNotice = sayOnce,
}: CpuOptions = {}): Promise<Backend> {
  if (!Number.isInteger(threads) || threads < 1)
    throw new InputError(`cpu: threads must be a whole number from 1 on, got ${threads}`);
  if (!["wasm", "relaxed", "plain"].includes(kernels)) {
    const wanted = kernels === "avx512" || kernels === "avx2" ? kernels : undefined;
    const found = await nativeMachine(threads, wanted);
    const reason = "reason" in found ? found.reason : await failureOf(found);
    if (reason === undefined) return cpuBackend(found as Machine, { weights, systemMemory });
    if (kernels !== "best") throw new EngineError(`cpu: no ${kernels} kernels: ${reason}`);
    onNotice(`heed uses its WebAssembly kernels, which are slower: ${reason}`);
  }
  const wanted = { relaxed: "relaxed", plain: "wasm" } as const;
  const machine = await wasmMachine({
    threads,
    start: nodeStart,
    wanted: wanted[kernels as keyof typeof wanted],
  });
  return cpuBackend(machine, { weights, systemMemory });
}

/** Options as the environment has them: HEED_THREADS, and HEED_BACKEND where it names kernels. Throws InputError. */
export function optionsOf(environment: Readonly<Record<string, string | undefined>>): CpuOptions {
  const { HEED_BACKEND: kernels, HEED_THREADS: threads } = environment;
  if (threads && !/^[1-9]\d*$/.test(threads))
    throw new InputError(`HEED_THREADS must be a whole number from 1 on, got "${threads}"`);
  return {
    kernels: kernelNames.find((name) => name === kernels),
    threads: threads ? Number(threads) : undefined,
  };
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

function nodeStart(source: string, start: object) {
  return nodeHand(
    `const { workerData: start } = require("node:worker_threads");\n${source}`,
    start,
  );
}
