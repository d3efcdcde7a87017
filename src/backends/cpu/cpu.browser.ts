import type { Backend } from "../../tensor/backend.ts";
import { usualThreads } from "../names.ts";
import { cpuBackend } from "./cpu.ts";
import { wasmMachine } from "./wasm.ts";
import { webHand } from "./web-hand.ts";
import type { WeightPrecision } from "./weights/weight-layout.ts";

/** More threads than this gain nothing on the small cores of a phone. */
const MOST_USUAL = 8;
/** A page that forbids workers may do so without a word. */
const PATIENCE_MS = 10_000;

/** The engine in a browser: WebAssembly, on several threads when the page is cross-origin isolated. */
export async function cpuForBrowser({
  kernels,
  threads,
  weights = "stored",
  onWarning = (message) => console.warn(message),
}: {
  readonly kernels?: "relaxed" | "plain";
  readonly threads?: number;
  readonly weights?: WeightPrecision;
  readonly onWarning?: (message: string) => void;
} = {}): Promise<Backend> {
  const count = threads ?? usualThreads(globalThis.navigator?.hardwareConcurrency || 1, MOST_USUAL);
  const isIsolated = globalThis.crossOriginIsolated === true;
  if (!isIsolated && threads !== undefined && threads > 1)
    onWarning(
      `heed computes on one thread, not ${threads}: this page is not cross-origin isolated. Serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp`,
    );
  const machine = await wasmMachine({
    threads: count,
    start: isIsolated ? webHand : undefined,
    wanted: kernels,
    onNotice: onWarning,
    patienceMs: PATIENCE_MS,
  });
  return cpuBackend(machine, { weights });
}
