import { createRequire } from "node:module";
import type { Transformers } from "./transformers.ts";

/** The part of onnxruntime-node the bench uses. */
export interface Onnx {
  readonly InferenceSession: {
    create(model: Uint8Array | string, options: object): Promise<Session>;
  };
  readonly Tensor: new (
    type: string,
    data: Float32Array | BigInt64Array,
    shape: readonly number[],
  ) => OnnxTensor;
  readonly env: {
    versions?: Readonly<Record<string, string>>;
    wasm: { numThreads: number; wasmPaths?: string };
  };
}
export interface OnnxTensor {
  readonly data: Float32Array;
}
export interface Session {
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}

const require = createRequire(new URL("rivals/package.json", import.meta.url));

interface Rivals {
  readonly "onnxruntime-node": Onnx;
  readonly "onnxruntime-web": Onnx;
  readonly "@huggingface/transformers": Transformers;
}

/** A rival's package, or the reason it is not there. */
export function rival<Name extends keyof Rivals>(name: Name): Rivals[Name] | undefined {
  try {
    return require(name) as Rivals[Name];
  } catch {
    console.log(`${name} is not installed: run "npm run rivals" first. Its columns stay empty.`);
    return undefined;
  }
}

/** A session on so many threads, all optimizations on. */
export function session(onnx: Onnx, model: Uint8Array | string, threads: number): Promise<Session> {
  return onnx.InferenceSession.create(model, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
}
