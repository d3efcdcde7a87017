import type { Backend } from "../../tensor/backend.ts";
import { cpuBackend } from "./cpu.ts";
import type { Hand } from "./crew.ts";
import { wasmMachine } from "./wasm.ts";
import type { WeightPrecision } from "./weight-layout.ts";

/** More threads than this gain nothing on the small cores of a phone. */
const MOST_THREADS = 8;

/** The engine in a browser: WebAssembly, on several threads when the page is cross-origin isolated. */
export async function cpuForBrowser({
  threads = Math.min(navigator.hardwareConcurrency || 1, MOST_THREADS),
  weights = "stored",
}: {
  readonly threads?: number;
  readonly weights?: WeightPrecision;
} = {}): Promise<Backend> {
  const machine = await wasmMachine({
    threads,
    start: globalThis.crossOriginIsolated ? webHand : undefined,
  });
  return cpuBackend(machine, { weights });
}

/** A Web Worker as a hand of a crew; its script comes as a blob, so that no file has to be found. */
function webHand(source: string, start: object): Hand {
  const script = `onmessage = ({ data: start }) => {\n${source}\n};`;
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(address);
  worker.postMessage(start);
  URL.revokeObjectURL(address);
  return {
    onEnd(tell) {
      worker.addEventListener("error", ({ message }) => tell(message));
    },
    hold() {},
    async end() {
      worker.terminate();
    },
  };
}
