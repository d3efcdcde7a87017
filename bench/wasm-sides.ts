import type { Backend } from "../src/tensor/backend.ts";
import { linear } from "../src/tensor/operations.ts";
import { bertGraph, ourBert, randomLayers, WIDTH } from "./bert-shape.ts";
import { atMost, type Row } from "./claim.ts";
import { compute, learned } from "./compute.ts";
import { COLUMNS, DEPTH, productGraph } from "./product-shape.ts";
import type { Onnx } from "./rivals.ts";
import { expectClose, interleave, randomNumbers, timed } from "./timing.ts";

/** Threads on both sides. */
export const WASM_THREADS = 2;

/** The WebAssembly kernels against onnxruntime-web's, wherever this runs: in Node, or in a worker of a page. */
export async function wasmRows(place: string, backend: Backend, onnx: Onnx): Promise<Row[]> {
  onnx.env.wasm.numThreads = WASM_THREADS;
  const open = async (graph: Uint8Array) => {
    const session = await onnx.InferenceSession.create(graph, {
      executionProviders: ["wasm"],
      graphOptimizationLevel: "all",
    });
    return (name: string, data: Float32Array, shape: readonly number[]) =>
      session.run({ [name]: new onnx.Tensor("float32", data, shape) });
  };
  const rows: Row[] = [];
  const compare = async (
    label: string,
    rounds: number,
    sides: Readonly<Record<"ours" | "theirs", () => Promise<unknown>>>,
  ) => {
    const { ours, theirs } = await interleave(
      { ours: () => timed(sides.ours), theirs: () => timed(sides.theirs) },
      rounds,
    );
    rows.push({
      label: `${place}, ${label}`,
      ours: ours.min,
      rival: theirs.min,
      unit: "ms",
      ...atMost(ours.min / theirs.min, 0.67),
      note: `median ${ours.median.toPrecision(3)} / ${theirs.median.toPrecision(3)} ms`,
    });
  };

  const weight = randomNumbers(COLUMNS * DEPTH, 1, 0.05);
  const bias = randomNumbers(COLUMNS, 2);
  const weights = {
    weight: await learned(backend, weight, [COLUMNS, DEPTH]),
    bias: await learned(backend, bias, [COLUMNS]),
  };
  const theirProduct = await open(productGraph(weight, bias));
  for (const M of [12, 48, 64, 128, 256, 512, 516]) {
    const x = randomNumbers(M * DEPTH, M);
    const sides = {
      ours: () =>
        compute(backend, (program) => [linear(program.input(x, [M, DEPTH], "x"), weights)]),
      theirs: () => theirProduct("x", x, [M, DEPTH]),
    };
    const [[found], expected] = [await sides.ours(), await sides.theirs()];
    expectClose(`${place}, product ${M}`, found!.data, Object.values(expected)[0]!.data, 1e-3);
    await compare(`product, ${M} rows`, M > 100 ? 15 : 30, sides);
  }

  const layers = randomLayers();
  const ours = await ourBert(backend, layers);
  const theirs = await open(bertGraph(layers, false));
  for (const T of [12, 64, 128, 512]) {
    const hidden = randomNumbers(T * WIDTH, T);
    const sides = {
      ours: () => ours(hidden, false),
      theirs: () => theirs("hidden", hidden, [1, T, WIDTH]),
    };
    const [{ last }, expected] = [await sides.ours(), await sides.theirs()];
    expectClose(`${place}, bert ${T}`, last.data, Object.values(expected)[0]!.data, 2e-3);
    await compare(`BERT-base, ${T} tokens`, T > 200 ? 4 : 8, sides);
  }
  return rows;
}
