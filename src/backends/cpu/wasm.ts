import { Crew, type Hand, type HandStart, handSource } from "./crew.ts";
import { EngineError } from "./engine-error.ts";
import { layouts } from "./generated/layouts.generated.ts";
import { targets } from "./language/instruction.ts";
import { type Machine, ranAtOnce } from "./machine.ts";
import type { Region } from "./region.ts";

const PAGE = 65536;
const MOST_PAGES = 65536;
/** The flags of an imported memory's limits: a maximum, and shared or not. */
const SHARED_LIMITS = 3;
const PLAIN_LIMITS = 1;

/** How a platform starts a thread that runs a script with this in its variable `start`. */
export type StartHand = (source: string, start: object) => Hand;

/** Instantiates the module in a thread; `handSource` goes on with `call`. */
const wasmCall = `
  const instance = new WebAssembly.Instance(start.module, { heed: { memory: start.memory } });
  const call = instance.exports.runList;
`;

/** How WebAssembly is to compute. */
export interface WasmOptions {
  readonly threads: number;
  /** Undefined where memory cannot be shared: the calling thread computes. */
  readonly start: StartHand | undefined;
  /** Relaxed SIMD, or plain; what there is, if not given. */
  readonly wanted?: "relaxed" | "plain";
  /** Told why one thread computes where several should. */
  readonly onNotice?: (text: string) => void;
  /** How long threads may take to begin; for ever, if not given. */
  readonly patienceMs?: number;
}

/** WebAssembly with as many threads as asked for, or with the calling thread alone where none can be started. Throws EngineError where there is no WebAssembly. */
export async function wasmMachine({
  threads,
  start,
  wanted,
  onNotice,
  patienceMs,
}: WasmOptions): Promise<Machine> {
  const { isRelaxed, moduleFor } = await kernelModules(wanted);
  const target = isRelaxed ? targets.relaxed : targets.wasm;
  const kernels = Object.keys(layouts);
  const withMemory = (memory: WebAssembly.Memory) => ({
    name: target.name,
    target,
    memory: { regionBytes: 16 << 20, isShared: true, most: (MOST_PAGES - 1) * PAGE },
    newRegion: (size: number, label: string) => grow(memory, size, label),
    entryOf: (kernel: string) => kernels.indexOf(kernel),
  });
  const limits = { initial: 1, maximum: MOST_PAGES };
  if (start && typeof SharedArrayBuffer !== "undefined") {
    const module = await moduleFor("shared");
    const memory = await allowed(() => new WebAssembly.Memory({ ...limits, shared: true }));
    const crew = await startedCrew(
      threads,
      (hand) => start(wasmCall + handSource, { ...hand, module, memory }),
      patienceMs,
    );
    if (crew instanceof Crew)
      return {
        ...withMemory(memory),
        threads,
        submit: (list, stop, onLeft) => crew.submit(list, stop, onLeft),
        dispose: () => crew.dispose(),
      };
    onNotice?.(`heed computes on the calling thread alone: ${crew.reason}`);
  }
  const memory = await allowed(() => new WebAssembly.Memory(limits));
  const module = await moduleFor("plain");
  const instance = await allowed(() => WebAssembly.instantiate(module, { heed: { memory } }));
  const runList = instance.exports.runList as (list: number, thread: number) => void;
  return {
    ...withMemory(memory),
    threads: 1,
    submit: (list, _stop, onLeft) =>
      ranAtOnce(() => {
        runList(list, 0);
        onLeft();
      }),
    async dispose() {},
  };
}

/** Threads that have begun, or why they cannot. The memory grows afterwards only: a thread that takes it up while it grows may keep its old length. */
async function startedCrew(
  threads: number,
  start: (hand: HandStart) => Hand,
  patienceMs: number | undefined,
): Promise<Crew | { readonly reason: string }> {
  let crew: Crew | undefined;
  try {
    crew = new Crew(threads, start);
    await crew.ready(patienceMs);
    return crew;
  } catch (error) {
    void crew?.dispose();
    return { reason: crew?.reason ?? (error instanceof Error ? error.message : String(error)) };
  }
}

/** What is made of WebAssembly; throws EngineError with the directive where a page's policy refuses it (WebKit, a memory already). */
async function allowed<T>(make: () => T | Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (cause) {
    const isRefused = /content security policy|unsafe-eval|\bCSP\b/i.test(String(cause));
    throw new EngineError(
      isRefused
        ? `cpu: this page's Content Security Policy refuses WebAssembly. Let it allow script-src 'wasm-unsafe-eval', or load with backend "reference", which is slow`
        : `cpu: this engine refuses heed's WebAssembly kernels (${cause}). Load with backend "reference", which is slow`,
      { cause },
    );
  }
}

/** The kernels, compiled for a memory that threads share or for one of its own. */
interface KernelModules {
  readonly isRelaxed: boolean;
  moduleFor(memory: "shared" | "plain"): Promise<WebAssembly.Module>;
}

/** Every model of a page has the same kernels: they are compiled once. */
const known = new Map<"relaxed" | "plain", KernelModules>();

/** `() => i8x16.relaxed_swizzle(…)`: an engine that takes it has a fused multiply-add, and need not look through all kernels to say so. */
const relaxedProbe = "AGFzbQEAAAABBQFgAAF7AwIBAAoPAQ0AQQH9D0EC/Q/9gAIL";

/** Relaxed SIMD where there is one: it has a fused multiply-add. */
async function kernelModules(wanted: WasmOptions["wanted"]): Promise<KernelModules> {
  if (typeof WebAssembly === "undefined")
    throw new EngineError(
      `cpu: there is no WebAssembly here (a browser's lockdown mode, or Node's --jitless, turns it off). Load with backend "reference", which is slow`,
    );
  const isRelaxed =
    wanted !== "plain" && WebAssembly.validate(decode(relaxedProbe) as BufferSource);
  if (wanted === "relaxed" && !isRelaxed)
    throw new EngineError(
      `cpu: no relaxed kernels: this engine has no relaxed SIMD. Load with backend "wasm", which takes what there is`,
    );
  const name = isRelaxed ? "relaxed" : "plain";
  const { bytes } = await (isRelaxed
    ? import("./generated/relaxed.generated.ts")
    : import("./generated/wasm.generated.ts"));
  const modules = known.get(name) ?? compiledOnce(bytes, isRelaxed);
  known.set(name, modules);
  return modules;
}

function compiledOnce(base64: string, isRelaxed: boolean): KernelModules {
  const made = new Map<"shared" | "plain", Promise<WebAssembly.Module>>();
  return {
    isRelaxed,
    moduleFor(memory) {
      const bytes = () => (memory === "shared" ? decode(base64) : withPlainMemory(decode(base64)));
      const module =
        made.get(memory) ?? allowed(() => WebAssembly.compile(bytes() as BufferSource));
      made.set(memory, module);
      // A refusal is no module: the next one is asked again.
      module.catch(() => made.delete(memory));
      return module;
    },
  };
}

/** The module for a memory that is not shared: one byte of its import differs. */
function withPlainMemory(bytes: Uint8Array): Uint8Array {
  const name = [...new TextEncoder().encode("memory")];
  const at = bytes.findIndex((_, start) => name.every((letter, i) => bytes[start + i] === letter));
  const limits = at + name.length + 1;
  if (at < 0 || bytes[limits] !== SHARED_LIMITS)
    throw new EngineError("cpu: the WebAssembly module does not import a shared memory");
  const plain = bytes.slice();
  plain[limits] = PLAIN_LIMITS;
  return plain;
}

function grow(memory: WebAssembly.Memory, size: number, label: string): Region {
  const pages = Math.ceil(size / PAGE);
  let before: number;
  try {
    before = memory.grow(pages);
  } catch (cause) {
    throw new EngineError(
      `cpu: no memory left for ${label} (${size} bytes): WebAssembly holds ${memory.buffer.byteLength} of at most 4 GiB. Weights take less with dtype "half", runs with shorter or fewer texts`,
      { cause },
    );
  }
  return {
    get buffer() {
      return memory.buffer;
    },
    offset: before * PAGE,
    address: before * PAGE,
    bytes: pages * PAGE,
  };
}

const fromBase64 = (Uint8Array as { fromBase64?(text: string): Uint8Array }).fromBase64;

function decode(base64: string): Uint8Array {
  return (
    fromBase64?.call(Uint8Array, base64) ??
    Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  );
}
