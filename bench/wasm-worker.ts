// Both sides in one worker of a page; the page gets the rows.
import { cpuForBrowser } from "../src/backends/cpu/cpu.browser.ts";
import type { Onnx } from "./rivals.ts";
import { WASM_THREADS, wasmRows } from "./wasm-sides.ts";

/** Where the page's server keeps onnxruntime-web. */
const folder = "/onnxruntime-web/";

async function measure(place: string) {
  if (!crossOriginIsolated) throw new Error("bench: the page is not cross-origin isolated");
  const onnx = (await import(`${folder}ort.wasm.min.mjs`)) as Onnx;
  onnx.env.wasm.wasmPaths = folder;
  const backend = await cpuForBrowser({ threads: WASM_THREADS });
  const rows = await wasmRows(place, backend, onnx);
  await backend.dispose();
  return rows;
}

addEventListener("message", ({ data: place }: MessageEvent<string>) => {
  measure(place).then(
    (rows) => postMessage({ rows }),
    (error: unknown) => postMessage({ error: String(error) }),
  );
});
