// A process of its own: which Node it is says who starts it. Prints the rows as JSON.
import { engine } from "./engine.ts";
import { rival } from "./rivals.ts";
import { WASM_THREADS, wasmRows } from "./wasm-sides.ts";

const onnx = rival("onnxruntime-web");
if (!onnx) throw new Error("bench: onnxruntime-web is not installed");
const backend = await engine("wasm", "f32", WASM_THREADS);
const [version] = process.versions.node.split(".");
console.log(JSON.stringify(await wasmRows(`Node ${version}`, backend, onnx)));
await backend.dispose();
process.exit();
