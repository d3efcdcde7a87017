import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { addressOf, floatsOf, Heap } from "../src/backends/cpu/heap.ts";
import { PEAK_SUMS, READ_STREAMS } from "../src/backends/cpu/kernels/measure.ts";
import { List } from "../src/backends/cpu/list.ts";
import type { Machine } from "../src/backends/cpu/machine.ts";
import { nativeMachine } from "../src/backends/cpu/native.node.ts";
import type { MeasuredMachine } from "./results.ts";

/** This machine, as the file of its results has it. */
export function thisMachine(kernels: string): MeasuredMachine {
  return {
    processor: cpus()[0]?.model ?? "unknown",
    ...processorKind(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernels,
  };
}

/** What the processor is, which its name often does not say: one name stands for several generations. Empty where the system does not tell. */
function processorKind(): Partial<MeasuredMachine> {
  let text: string;
  try {
    text = readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return {};
  }
  const field = (name: string) => text.match(new RegExp(`^${name}\\s*: (.+)$`, "m"))?.[1];
  const [vendor, family, model] = ["vendor_id", "cpu family", "model"].map(field);
  if (!vendor || !family || !model) return {};
  return { vendor: vendors[vendor] ?? vendor, family: Number(family), model: Number(model) };
}

const vendors: Readonly<Record<string, string>> = { AuthenticAMD: "AMD", GenuineIntel: "Intel" };

/** Cores in use by others, as the system sees it. */
export function load(): number {
  return loadavg()[0] ?? 0;
}

const machines = new Map<number, Promise<{ machine: Machine; heap: Heap }>>();

function machineFor(threads: number) {
  const known = machines.get(threads) ?? open(threads);
  machines.set(threads, known);
  return known;
}

async function open(threads: number) {
  const machine = await nativeMachine(threads);
  if ("reason" in machine) throw new Error(`bench: ${machine.reason}`);
  return { machine, heap: heapOf(machine) };
}

function heapOf(machine: Machine): Heap {
  return new Heap((bytes, label) => machine.newRegion(bytes, label), machine.memory);
}

async function run({ machine, heap }: { machine: Machine; heap: Heap }, list: List) {
  const block = heap.allocate(list.bytes, "list");
  const { address, stop } = list.write(block, machine);
  const start = performance.now();
  await machine.submit(address, stop, () => heap.release(block)).done;
  return performance.now() - start;
}

/** Milliseconds this machine takes for 10⁹ fused operations on registers, all threads at work. */
export async function peakOf(threads: number): Promise<number> {
  const { machine, heap } = await machineFor(threads);
  return peakOn(machine, heap);
}

/** The same of a machine of one's own. In WebAssembly it says nothing: engines leave out sums that nobody reads. */
export async function peakOn(machine: Machine, heap = heapOf(machine)): Promise<number> {
  const [tasks, rounds] = [64, 40_000];
  const list = new List();
  list.add("measurePeak", { tasks, rounds });
  const ms = await run({ machine, heap }, list);
  return (ms * 1e9) / (tasks * rounds * PEAK_SUMS * 2 * machine.target.lanes);
}

/** Tasks of 1 MiB, so many that no cache holds them: as much memory as the weights that are read against it. */
const READ_TASKS = 400;
const TASK_BYTES = 1 << 20;

/** A reader of memory that lies as weights do: `read` goes over all of it and gives milliseconds for 10⁹ bytes. */
export async function memoryReader(threads: number) {
  const opened = await machineFor(threads);
  const { heap } = opened;
  const bytes = READ_TASKS * TASK_BYTES;
  const block = heap.allocate(bytes, "memory to read", { isLasting: true });
  floatsOf(block).fill(1);
  const output = heap.allocate(4 * threads, "sums");
  const read = async (): Promise<number> => {
    const list = new List();
    list.add("measureRead", {
      tasks: READ_TASKS,
      x: addressOf(block, 0, bytes),
      streamBytes: TASK_BYTES / READ_STREAMS,
      output: addressOf(output),
    });
    return ((await run(opened, list)) * 1e9) / bytes;
  };
  const release = () => {
    for (const each of [block, output]) heap.release(each);
  };
  return { read, release };
}

/** Ends the threads that measured. */
export async function closeMachines(): Promise<void> {
  for (const { machine } of await Promise.all(machines.values())) await machine.dispose();
  machines.clear();
}
