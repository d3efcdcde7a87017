/** Scripts for a process of its own: what they do may end it. The first argument names one. */
import { createRequire } from "node:module";
import { cpuForNode } from "../../src/backends/cpu/cpu.node.ts";
import { cpuBackend } from "../../src/backends/cpu/cpu.ts";
import { addressOf, Heap } from "../../src/backends/cpu/heap.ts";
import { koffiPackage } from "../../src/backends/cpu/koffi.node.ts";
import { List } from "../../src/backends/cpu/list.ts";
import type { Machine } from "../../src/backends/cpu/machine.ts";
import { nativeMachine } from "../../src/backends/cpu/native.node.ts";
import type { Region } from "../../src/backends/cpu/region.ts";
import {
  attentionProgram,
  bandedProgram,
  compute,
  embedProgram,
  linearProgram,
  seeded,
} from "./engine-programs.ts";

const PAGE = 4096;
/** The heap adds 256 bytes to every block; kernels may read the first of them, to the end of a panel. */
const READABLE_MARGIN = 128;

/** Memory that ends at a page nobody may touch. */
function guardedRegions(): (bytes: number) => Region {
  const koffi = createRequire(import.meta.url)(koffiPackage);
  const libc = koffi.load(null);
  const mmap = libc.func(
    "void *mmap(uintptr_t address, size_t length, int protection, int flags, int file, int64_t offset)",
  );
  const mprotect = libc.func("int mprotect(uintptr_t address, size_t length, int protection)");
  return (bytes) => {
    const pages = Math.ceil(bytes / PAGE) * PAGE;
    const start: bigint = mmap(0, pages + PAGE, 3, 0x22, -1, 0);
    if (mprotect(start + BigInt(pages), PAGE, 0) !== 0) throw new Error("mprotect failed");
    const offset = pages - bytes;
    const buffer: ArrayBuffer = koffi.view(start, pages);
    return { buffer, offset, address: Number(start) + offset, bytes };
  };
}

async function guarded(): Promise<Machine> {
  const machine = await nativeMachine(2, process.argv[3] as "avx512" | "avx2");
  if ("reason" in machine) throw new Error(machine.reason);
  const newRegion = guardedRegions();
  // Regions of no size of their own: each piece of memory gets one, and ends at the guard (less what may be read).
  return {
    ...machine,
    memory: { regionBytes: 0, isShared: false },
    newRegion: (bytes) => {
      const region = newRegion(bytes - READABLE_MARGIN);
      return { ...region, bytes };
    },
  };
}

const scripts: Readonly<Record<string, () => Promise<void>>> = {
  /** All kinds of odd shapes on guarded memory: a read or write past an end kills the process. */
  async guard() {
    const random = seeded(7);
    const backend = cpuBackend(await guarded());
    for (let round = 0; round < 60; round++) {
      await compute(backend, linearProgram(random));
      await compute(backend, attentionProgram(random));
      await compute(backend, bandedProgram(random));
      await compute(backend, embedProgram(random));
    }
    await backend.dispose();
    const halved = cpuBackend(await guarded(), { weights: "half" });
    for (let round = 0; round < 60; round++) await compute(halved, embedProgram(random));
    await halved.dispose();
    process.stdout.write("whole");
  },
  /** A kernel told to write past its block: proves that the guard is there. */
  async sharp() {
    const machine = await guarded();
    const heap = new Heap((bytes, label) => machine.newRegion(bytes, label), machine.memory);
    const block = heap.allocate(4096, "short");
    const list = new List();
    const size = 1024 + READABLE_MARGIN;
    const at = addressOf(block);
    list.add("activate", {
      tasks: 1,
      x: at,
      output: at,
      size,
      taskSize: size,
      activation: 0,
      factor: 1,
    });
    const { address, stop } = list.write(heap.allocate(list.bytes, "list"), machine);
    await machine.submit(address, stop, () => {}).done;
    process.stdout.write("whole");
  },
  /** Ends without disposing: an idle crew must not keep the process. */
  async idle() {
    await compute(await cpuForNode({ threads: 2 }), linearProgram(seeded(1)));
    process.stdout.write(String(Date.now()));
  },
  /** Ends in the middle of a long run. */
  async exit() {
    const backend = await cpuForNode({ threads: 2 });
    void compute(backend, attentionProgram(seeded(1), [1, 8, 8, 3000, 3000, 64])).catch(() => {});
    setTimeout(() => {
      process.stdout.write(String(Date.now()));
      process.exit(0);
    }, 100);
  },
};

await scripts[process.argv[2] ?? ""]?.();
