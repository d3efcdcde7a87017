import { isMainThread } from "node:worker_threads";
import { Crew, type Hand, type HandStart, handSource } from "./crew.ts";
import { CrewPool, type Membership } from "./crew-pool.node.ts";
import { EngineError } from "./engine-error.ts";
import { ExecutableMemory } from "./executable-memory.node.ts";
import { type Koffi, openKoffi } from "./koffi.node.ts";
import { type Target, targets } from "./language/instruction.ts";
import { type Machine, ranAtOnce } from "./machine.ts";
import { nodeHand } from "./node-hand.node.ts";
import { CPUID, processorTarget } from "./processor.node.ts";

const MADV_HUGEPAGE = 14;
const HUGE_PAGE = 2 << 20;

/** A machine, and what its user should know of it. */
export interface NativeMachine extends Machine {
  readonly notice?: string;
}

interface Reason {
  readonly reason: string;
}

/** A kind of kernels in executable memory, which stays there as long as the process. */
interface Code {
  readonly start: number;
  readonly entries: Readonly<Record<string, number>>;
}

/** What one copy of koffi has found and mapped here. */
interface Platform {
  readonly memory: ExecutableMemory;
  readonly found: Target | Reason;
  readonly codes: Map<Target, Code>;
  /** What every list of steps is called as. */
  readonly proto: unknown;
  readonly madvise: (...values: unknown[]) => unknown;
}

const platforms = new WeakMap<Koffi, Platform>();
const pool = new CrewPool();

/** The native machine of this computer, or a reason why there is none. */
export async function nativeMachine(
  threads: number,
  wanted?: "avx512" | "avx2",
  open = openKoffi,
): Promise<NativeMachine | Reason> {
  if (process.platform !== "linux" || process.arch !== "x64")
    return { reason: `${process.platform}-${process.arch} has no native kernels` };
  if (isDenoWorker())
    return {
      reason:
        "a worker of Deno may be ended while its native threads compute, and its memory goes with it",
    };
  const opened = open();
  if ("reason" in opened) return opened;
  const { koffi, path } = opened;
  const platform = platforms.get(koffi) ?? lookAround(koffi);
  platforms.set(koffi, platform);
  const { found } = platform;
  if ("reason" in found) return found;
  const target =
    wanted && (wanted === "avx2" || found === targets.avx512) ? targets[wanted] : found;
  const code = platform.codes.get(target) ?? (await mapped(target, platform.memory));
  if (code === undefined) return { reason: noExecutableMemory };
  platform.codes.set(target, code);
  const runList = code.start + code.entries.runList!;
  const shared = {
    name: target.name,
    target,
    memory: { regionBytes: 32 << 20, isShared: false },
    newRegion: (size: number, label: string) => newRegion(size, label, koffi, platform),
    entryOf: (kernel: string) => code.start + code.entries[kernel]!,
  };
  const { proto } = platform;
  const alone: Machine = {
    ...shared,
    threads: 1,
    submit: (list, _stop, onLeft) =>
      ranAtOnce(() => {
        koffi.call(BigInt(runList), proto, list, 0);
        onLeft();
      }),
    async dispose() {},
  };
  let membership: Membership;
  try {
    const make = () => new Crew(threads, (start) => startHand(start, { koffi: path, runList }));
    membership = pool.take(`${target.name} ${threads}`, make);
  } catch (error) {
    return {
      ...alone,
      notice: `heed computes on the calling thread alone: ${error instanceof Error ? error.message : error}`,
    };
  }
  const { crew, leave } = membership;
  return {
    ...shared,
    threads,
    submit: (list, stop, onLeft) => crew.submit(list, stop, onLeft),
    dispose: leave,
    alone,
  };
}

const noExecutableMemory = "this system does not allow executable memory";

/** Deno ends a worker without waiting for the threads it has started; Node waits, and Bun keeps their memory. */
function isDenoWorker(): boolean {
  return "deno" in process.versions && (!isMainThread || "WorkerGlobalScope" in globalThis);
}

function lookAround(koffi: Koffi): Platform {
  const memory = new ExecutableMemory(koffi);
  const madvise = koffi
    .load(null)
    .func("int madvise(uintptr_t address, size_t length, int advice)");
  // Made once: koffi keeps every type that it was ever told.
  const proto = koffi.proto("void", ["uintptr_t", "uintptr_t"]);
  return { memory, found: targetOf(koffi, memory), codes: new Map(), madvise, proto };
}

function targetOf(koffi: Koffi, memory: ExecutableMemory): Target | Reason {
  const asked = memory.map(CPUID);
  if (asked === undefined) return { reason: noExecutableMemory };
  return processorTarget(koffi, asked) ?? { reason: "this processor lacks AVX2, FMA or F16C" };
}

async function mapped(target: Target, memory: ExecutableMemory): Promise<Code | undefined> {
  const { bytes, entries } = await (target === targets.avx512
    ? import("./generated/avx512.generated.ts")
    : import("./generated/avx2.generated.ts"));
  const start = memory.map(Buffer.from(bytes, "base64"));
  return start === undefined ? undefined : { start, entries };
}

function newRegion(size: number, label: string, koffi: Koffi, { madvise }: Platform) {
  const total = size + (size >= HUGE_PAGE ? HUGE_PAGE : 64);
  let buffer: SharedArrayBuffer;
  try {
    buffer = new SharedArrayBuffer(total);
  } catch (cause) {
    throw new EngineError(`cpu: no memory left for ${label} (${size} bytes)`, { cause });
  }
  const begin = Number(koffi.address(new Uint8Array(buffer)));
  const alignment = size >= HUGE_PAGE ? HUGE_PAGE : 64;
  const address = Math.ceil(begin / alignment) * alignment;
  // Large pages: panels of weights would otherwise take a page walk every few lines.
  if (size >= HUGE_PAGE) madvise(address, size, MADV_HUGEPAGE);
  return { buffer, offset: address - begin, address, bytes: size };
}

const nativeCall = `
  const { workerData: start } = require("node:worker_threads");
  const koffi = require(start.koffi);
  koffi.load(null); // sets up koffi's memory for this thread
  const runList = BigInt(start.runList);
  const proto = koffi.proto("void", ["uintptr_t", "uintptr_t"]);
  const call = (list, thread) => koffi.call(runList, proto, list, thread);
`;

function startHand(start: HandStart, native: { koffi: string; runList: number }): Hand {
  return nodeHand(nativeCall + handSource, { ...start, ...native });
}
