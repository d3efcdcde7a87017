import { nodeStart } from "../src/backends/cpu/cpu.node.ts";
import { cpuBackend } from "../src/backends/cpu/cpu.ts";
import type { Machine } from "../src/backends/cpu/machine.ts";
import { nativeMachine } from "../src/backends/cpu/native.node.ts";
import { wasmMachine } from "../src/backends/cpu/wasm.ts";
import { threads } from "./engine.ts";
import { type ClockedCall, clockedMachine, processorTime } from "./kernel-clock.ts";
import { peakOn } from "./machine.ts";
import { ourTraining, randomWeights } from "./training-step.ts";

/** Steps, of which the fastest counts for each call. */
const STEPS = 5;
/** Kernels that multiply matrices. */
const products = new Set(["matmul", "matmulTurned"]);

/** Calls of one kernel on matrices of one size. */
interface Line {
  readonly calls: number;
  readonly ms: number;
  readonly flops: number;
}

interface Told {
  readonly name: string;
  readonly ms: number;
  readonly flops: number;
}

/**
 * Prints what a training step is made of: kernel by kernel and size by size, in milliseconds, and of products the share of the peak,
 * or in WebAssembly, where the peak cannot be measured, their speed.
 * `--busy`: as processor time, for a machine that others use. `--relaxed`, `--plain`: the WebAssembly kernels, on one thread.
 */
async function main(): Promise<void> {
  const has = (option: string) => process.argv.includes(option);
  const wanted = (["relaxed", "plain"] as const).find((kernels) => has(`--${kernels}`));
  const machine = wanted
    ? await wasmMachine({ threads: 1, start: nodeStart, wanted })
    : await nativeMachine(threads);
  if ("reason" in machine) throw new Error(`profile: ${machine.reason}`);
  let calls: Told[] = [];
  const clocked = clockedMachine(
    machine,
    (call) => calls.push(toldOf(call)),
    has("--busy") ? processorTime : undefined,
  );
  const backend = cpuBackend(clocked, { weights: "f32" });
  const step = await ourTraining(backend, randomWeights());
  // Weights are packed behind the call that loads them.
  await backend.settled?.();
  const steps: Told[][] = [];
  for (let round = 0; round < STEPS; round++) {
    calls = [];
    await step({ until: "step" });
    steps.push(calls);
  }
  const peak = wanted ? undefined : await leastPeakOn(machine);
  await backend.dispose();
  const lines = new Map<string, Line>();
  let whole = 0;
  for (const [place, { name, flops }] of steps[0]!.entries()) {
    const ms = Math.min(...steps.map((own) => own[place]!.ms));
    const line = lines.get(name) ?? { calls: 0, ms: 0, flops: 0 };
    lines.set(name, { calls: line.calls + 1, ms: line.ms + ms, flops: line.flops + flops });
    whole += ms;
  }
  const row = (name: string, { calls, ms, flops }: Line) => {
    const speed = peak
      ? `${((flops * peak) / 1e7 / ms).toFixed(0)} % of the peak`
      : `${(flops / 1e6 / ms).toFixed(1)} · 10⁹ operations a second`;
    console.log(
      `${name.padEnd(44)} ${String(calls).padStart(4)} ${ms.toFixed(2).padStart(8)} ms  ${flops > 0 ? speed : ""}`,
    );
  };
  console.log(
    `${machine.threads} threads, ${machine.name}${peak ? `; the arithmetic units take ${peak.toFixed(2)} ms for 10⁹ operations` : ""}`,
  );
  row("all", { calls: steps[0]!.length, ms: whole, flops: 0 });
  for (const [name, line] of [...lines].sort(([, a], [, b]) => b.ms - a.ms)) row(name, line);
}

/** The least that the arithmetic units take; measured one time after the other, since at once they would be shared. */
async function leastPeakOn(machine: Machine): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < STEPS; round++) least = Math.min(least, await peakOn(machine));
  return least;
}

function toldOf({ kernel, ms, argument }: ClockedCall): Told {
  const numbers = ["rows", "depth", "width", "columns", "size"].flatMap(
    (name) => argument(name) ?? [],
  );
  const flops = products.has(kernel) ? numbers.reduce((a, b) => a * b, 2) : 0;
  return { name: [kernel, numbers.join(" × ")].join(" "), ms, flops };
}

await main();
