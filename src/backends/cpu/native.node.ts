import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { Crew, type Hand, type HandStart, handSource } from "./crew.ts";
import { EngineError } from "./engine-error.ts";
import { type Target, targets } from "./language/instruction.ts";
import { type Machine, ranAtOnce } from "./machine.ts";

/** The few calls heed makes of koffi; addresses are bigint. */
interface Koffi {
  load(path: null): { func(definition: string): (...values: unknown[]) => unknown };
  proto(result: string, parameters: readonly string[]): unknown;
  call(address: bigint, proto: unknown, ...values: unknown[]): unknown;
  address(value: Uint8Array): bigint;
  view(address: bigint, bytes: number): ArrayBuffer;
}

const require = createRequire(import.meta.url);

const PROT_READ_WRITE = 3;
const PROT_READ_EXECUTE = 5;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MADV_HUGEPAGE = 14;
const PAGE = 4096;
const HUGE_PAGE = 2 << 20;
/** How long a thread that was told to end may take. */
const END_MS = 900;

/**
 * Bytes that ask the processor what it is: called with (leaf, subleaf, out), they write eax, ebx, ecx, edx of CPUID to out;
 * with leaf 2³¹ − 1, XCR0 (what the system saves of wide registers).
 */
const CPUID = Uint8Array.of(
  0x53, // push rbx
  0x49,
  0x89,
  0xd0, // mov r8, rdx
  0x81,
  0xff,
  0xff,
  0xff,
  0xff,
  0x7f, // cmp edi, 0x7fffffff
  0x74,
  0x17, // je xcr
  0x89,
  0xf8, // mov eax, edi
  0x89,
  0xf1, // mov ecx, esi
  0x0f,
  0xa2, // cpuid
  0x41,
  0x89,
  0x00, // mov [r8], eax
  0x41,
  0x89,
  0x58,
  0x04, // mov [r8+4], ebx
  0x41,
  0x89,
  0x48,
  0x08, // mov [r8+8], ecx
  0x41,
  0x89,
  0x50,
  0x0c, // mov [r8+12], edx
  0x5b, // pop rbx
  0xc3, // ret
  0x31,
  0xc9, // xcr: xor ecx, ecx
  0x0f,
  0x01,
  0xd0, // xgetbv
  0x41,
  0x89,
  0x00, // mov [r8], eax
  0x5b, // pop rbx
  0xc3, // ret
);

/** The native machine of this computer, or a reason why there is none. */
export async function nativeMachine(
  threads: number,
  wanted?: "avx512" | "avx2",
): Promise<Machine | { readonly reason: string }> {
  if (process.platform !== "linux" || process.arch !== "x64")
    return { reason: `${process.platform}-${process.arch} has no native kernels` };
  let koffi: Koffi;
  try {
    koffi = require("koffi") as Koffi;
  } catch {
    return { reason: "the optional package koffi is not installed" };
  }
  const memory = new ExecutableMemory(koffi);
  const found = processorTarget(koffi, memory);
  if (!found) return { reason: "this processor lacks AVX2, FMA or F16C" };
  const target =
    wanted && (wanted === "avx2" || found === targets.avx512) ? targets[wanted] : found;
  const { bytes, entries } = await (target === targets.avx512
    ? import("./generated/avx512.generated.ts")
    : import("./generated/avx2.generated.ts"));
  const code = memory.map(Buffer.from(bytes, "base64"));
  if (code === undefined) return { reason: "this system does not allow executable memory" };
  const madvise = koffi
    .load(null)
    .func("int madvise(uintptr_t address, size_t length, int advice)");
  const crew = new Crew(threads, (start) =>
    startHand(start, { koffi: require.resolve("koffi"), runList: code + entries.runList }),
  );
  stopAtExit(crew);
  const kernelProto = koffi.proto("void", ["uintptr_t", "uintptr_t"]);
  const runList = BigInt(code + entries.runList);
  const machine: Machine = {
    name: target.name,
    target,
    threads,
    memory: { regionBytes: 32 << 20, isShared: false },
    newRegion(size, label) {
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
    },
    entryOf: (kernel) => code + entries[kernel],
    submit: (list, stop, onLeft) => crew.submit(list, stop, onLeft),
    async dispose() {
      crews.delete(crew);
      await crew.dispose();
      memory.unmap();
    },
  };
  const alone: Machine = {
    ...machine,
    threads: 1,
    submit: (list, _stop, onLeft) =>
      ranAtOnce(() => {
        koffi.call(runList, kernelProto, list, 0);
        onLeft();
      }),
    async dispose() {},
  };
  return { ...machine, alone };
}

/** Memory that is written first and executed then, never both at once. */
class ExecutableMemory {
  readonly #koffi: Koffi;
  readonly #mmap: (...values: unknown[]) => unknown;
  readonly #mprotect: (...values: unknown[]) => unknown;
  readonly #munmap: (...values: unknown[]) => unknown;
  #mapped: { address: bigint; bytes: number }[] = [];

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
    const libc = koffi.load(null);
    this.#mmap = libc.func(
      "void *mmap(uintptr_t address, size_t length, int protection, int flags, int file, int64_t offset)",
    );
    this.#mprotect = libc.func("int mprotect(uintptr_t address, size_t length, int protection)");
    this.#munmap = libc.func("int munmap(uintptr_t address, size_t length)");
  }

  /** Address of the code, or undefined where the system forbids it. */
  map(code: Uint8Array): number | undefined {
    const bytes = Math.ceil(code.length / PAGE) * PAGE;
    const address = this.#mmap(0, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    if (typeof address !== "bigint" || address === 0xffffffffffffffffn) return undefined;
    new Uint8Array(this.#koffi.view(address, bytes)).set(code);
    this.#mapped.push({ address, bytes });
    return this.#mprotect(address, bytes, PROT_READ_EXECUTE) === 0 ? Number(address) : undefined;
  }

  unmap(): void {
    for (const { address, bytes } of this.#mapped.splice(0)) this.#munmap(address, bytes);
  }
}

/** The widest kernels this processor, and the system on it, can run. */
function processorTarget(koffi: Koffi, memory: ExecutableMemory): Target | undefined {
  const code = memory.map(CPUID);
  if (code === undefined) return undefined;
  const proto = koffi.proto("void", ["uint32_t", "uint32_t", "_Out_ uint32_t *"]);
  const out = new Uint32Array(4);
  const ask = (leaf: number, subleaf = 0) => {
    koffi.call(BigInt(code), proto, leaf, subleaf, out);
    return Array.from(out) as [number, number, number, number];
  };
  const has = (word: number, ...bits: number[]) => bits.every((bit) => (word >>> bit) & 1);
  const [highest] = ask(0);
  if (highest < 7) return undefined;
  const [, , features] = ask(1);
  const [fma, osxsave, avx, f16c] = [12, 27, 28, 29];
  if (!has(features, fma, osxsave, avx, f16c)) return undefined;
  const [saved] = ask(0x7fffffff);
  const [, extended] = ask(7);
  const [avx2, bmi2] = [5, 8];
  if (!has(saved, 1, 2) || !has(extended, avx2, bmi2)) return undefined;
  const [avx512f, avx512dq, avx512bw, avx512vl] = [16, 17, 30, 31];
  const isWide = has(saved, 5, 6, 7) && has(extended, avx512f, avx512dq, avx512bw, avx512vl);
  return isWide ? targets.avx512 : targets.avx2;
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

const crews = new Set<Crew>();
let isListening = false;

/** A thread in native code must not be terminated: at the end of the process it is asked to stop after its kernel. */
function stopAtExit(crew: Crew): void {
  if (!isListening)
    process.once("exit", () => {
      for (const each of crews) each.disposeNow();
    });
  isListening = true;
  crews.add(crew);
}

/** A worker thread of Node as a hand of a crew. */
export function nodeHand(source: string, workerData: unknown): Hand {
  // Flags of the process (--input-type, --import) are about its own code, not about this.
  const worker = new Worker(source, { eval: true, workerData, execArgv: [] });
  worker.unref();
  let isEnding = false;
  let hasEnded = false;
  worker.once("exit", () => {
    hasEnded = true;
  });
  return {
    onEnd(tell) {
      worker.on("error", (error) => tell(String(error)));
      worker.on("exit", (code) => {
        if (!isEnding) tell(`exit code ${code}`);
      });
    },
    hold(isHeld) {
      // Once it is ending, whoever waits for that needs the process alive.
      if (isEnding) return;
      if (isHeld) worker.ref();
      else worker.unref();
    },
    async end() {
      isEnding = true;
      if (hasEnded) return;
      worker.ref();
      // Terminating a thread inside a native call would take the process down; one that hangs leaves no choice.
      const impatience = setTimeout(() => worker.terminate(), END_MS);
      impatience.unref();
      await new Promise((resolve) => worker.once("exit", resolve));
      clearTimeout(impatience);
    },
  };
}
