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

/** WebAssembly with as many threads as can be started, or with the calling thread alone where memory cannot be shared. */
export async function wasmMachine({
  threads,
  start,
  wanted,
}: {
  readonly threads: number;
  readonly start: StartHand | undefined;
  readonly wanted?: "relaxed" | "wasm";
}): Promise<Machine> {
  const { bytes, isRelaxed } = await moduleBytes(wanted);
  const target = isRelaxed ? targets.relaxed : targets.wasm;
  const isThreaded = start !== undefined && typeof SharedArrayBuffer !== "undefined";
  const module = await WebAssembly.compile(
    (isThreaded ? bytes : withPlainMemory(bytes)) as BufferSource,
  );
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: isThreaded });
  const kernels = Object.keys(layouts);
  const shared = {
    name: target.name,
    target,
    memory: { regionBytes: 16 << 20, isShared: true, most: (MOST_PAGES - 1) * PAGE },
    newRegion: (size: number, label: string) => grow(memory, size, label),
    entryOf: (kernel: string) => kernels.indexOf(kernel),
  };
  if (!isThreaded) {
    const instance = await WebAssembly.instantiate(module, { heed: { memory } });
    const runList = instance.exports.runList as (list: number, thread: number) => void;
    return {
      ...shared,
      threads: 1,
      submit: (list, _stop, onLeft) =>
        ranAtOnce(() => {
          runList(list, 0);
          onLeft();
        }),
      async dispose() {},
    };
  }
  const crew = new Crew(threads, (hand: HandStart) =>
    start(wasmCall + handSource, { ...hand, module, memory }),
  );
  return {
    ...shared,
    threads,
    submit: (list, stop, onLeft) => crew.submit(list, stop, onLeft),
    dispose: () => crew.dispose(),
  };
}

/** Relaxed SIMD where it validates: it has a fused multiply-add. */
async function moduleBytes(wanted?: "relaxed" | "wasm") {
  if (wanted !== "wasm") {
    const relaxed = decode((await import("./generated/relaxed.generated.ts")).bytes);
    if (WebAssembly.validate(relaxed as BufferSource)) return { bytes: relaxed, isRelaxed: true };
  }
  return { bytes: decode((await import("./generated/wasm.generated.ts")).bytes), isRelaxed: false };
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

function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
