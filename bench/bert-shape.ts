import type { Backend } from "../src/tensor/backend.ts";
import { execute } from "../src/tensor/execute.ts";
import type { LazyTensor } from "../src/tensor/lazy-tensor.ts";
import { add, fusedAttention, layerNorm, linear, mergeHeads } from "../src/tensor/operations.ts";
import { Program } from "../src/tensor/program.ts";
import type { Tensor } from "../src/tensor/tensor.ts";
import { learned } from "./compute.ts";
import { OnnxGraph } from "./onnx.ts";
import { randomNumbers } from "./timing.ts";

export const LAYERS = 12;
export const WIDTH = 768;
export const HEADS = 12;
export const INNER = 3072;
export const EPSILON = 1e-12;
export const HEAD_WIDTH = WIDTH / HEADS;

/** Parameters of the twelve layers. */
export const LAYER_WEIGHTS = 4 * WIDTH * WIDTH + 2 * WIDTH * INNER;
/** Floating-point operations of a pass over T tokens. */
export function operationsOf(T: number): number {
  return 2 * T * LAYERS * LAYER_WEIGHTS + 4 * LAYERS * T * T * WIDTH;
}

interface Matrix {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly shape: readonly [number, number];
}
interface Norm {
  readonly gain: Float32Array;
  readonly bias: Float32Array;
}
interface Layer {
  readonly q: Matrix;
  readonly k: Matrix;
  readonly v: Matrix;
  readonly out: Matrix;
  readonly norm1: Norm;
  readonly up: Matrix;
  readonly down: Matrix;
  readonly norm2: Norm;
}

/** Random weights of BERT-base's layers, the same on every side. */
export function randomLayers(): Layer[] {
  let seed = 1;
  const matrix = (out: number, width: number): Matrix => ({
    weight: randomNumbers(out * width, ++seed, 0.04),
    bias: randomNumbers(out, ++seed, 0.1),
    shape: [out, width],
  });
  const norm = (): Norm => ({
    gain: randomNumbers(WIDTH, ++seed).map((value) => 1 + 0.2 * value),
    bias: randomNumbers(WIDTH, ++seed, 0.1),
  });
  return Array.from({ length: LAYERS }, () => ({
    q: matrix(WIDTH, WIDTH),
    k: matrix(WIDTH, WIDTH),
    v: matrix(WIDTH, WIDTH),
    out: matrix(WIDTH, WIDTH),
    norm1: norm(),
    up: matrix(INNER, WIDTH),
    down: matrix(WIDTH, INNER),
    norm2: norm(),
  }));
}

/** The weights of all layers, loaded into a backend. */
export async function loadLayers(backend: Backend, layers: readonly Layer[]) {
  const load = async (layer: Layer) => {
    const matrix = async ({ weight, bias, shape }: Matrix) => ({
      weight: await learned(backend, weight, shape),
      bias: await learned(backend, bias, [shape[0]]),
    });
    const norm = async ({ gain, bias }: Norm) => ({
      gain: await learned(backend, gain, [WIDTH]),
      bias: await learned(backend, bias, [WIDTH]),
    });
    return {
      q: await matrix(layer.q),
      k: await matrix(layer.k),
      v: await matrix(layer.v),
      out: await matrix(layer.out),
      norm1: await norm(layer.norm1),
      up: await matrix(layer.up),
      down: await matrix(layer.down),
      norm2: await norm(layer.norm2),
    };
  };
  const loaded: Awaited<ReturnType<typeof load>>[] = [];
  for (const layer of layers) loaded.push(await load(layer));
  return loaded;
}

/** The layers on our engine: a function from hidden states (T, C) to the last ones, reading all weights if asked to. */
export async function ourBert(backend: Backend, layers: readonly Layer[]) {
  const loaded = await loadLayers(backend, layers);
  return async (
    hidden: Float32Array,
    reads: boolean,
  ): Promise<{ last: Tensor; weights: Tensor[] }> => {
    const program = new Program(backend);
    const weights: Tensor[] = [];
    let x: LazyTensor = program.input(hidden, [1, hidden.length / WIDTH, WIDTH], "hidden");
    for (const [number, w] of loaded.entries())
      [x] = program.stage(`layers.${number}`, () => {
        const [q, k, v] = [w.q, w.k, w.v].map((part) => linear(x, part, { heads: HEADS }));
        const { mixed, weights: shares } = fusedAttention(q!, k!, v!, {
          scale: 1 / Math.sqrt(HEAD_WIDTH),
          wants: { scores: false, weights: reads },
        })!;
        if (shares) program.read(shares, (tensor) => weights.push(tensor));
        const middle = layerNorm(add(x, linear(mergeHeads(mixed), w.out)), w.norm1, EPSILON);
        const inner = linear(middle, w.up, { activation: "gelu" });
        return [layerNorm(add(middle, linear(inner, w.down)), w.norm2, EPSILON)] as const;
      });
    let last: Tensor | undefined;
    program.read(x, (tensor) => {
      last = tensor;
    });
    program.finish();
    await execute(program);
    return { last: last!, weights };
  };
}

/** The same layers as an ONNX graph; with `reads`, every layer's weights are outputs. */
export function bertGraph(layers: readonly Layer[], reads: boolean): Uint8Array {
  const graph = new OnnxGraph();
  let x = graph.input("hidden", [1, "T", WIDTH]);
  const product = (input: string, { weight, bias, shape }: Matrix) => {
    const [out, width] = shape;
    const turned = new Float32Array(weight.length);
    for (let row = 0; row < out; row++)
      for (let column = 0; column < width; column++)
        turned[column * out + row] = weight[row * width + column]!;
    const result = graph.node("MatMul", [input, graph.constant(turned, [width, out])]);
    return graph.node("Add", [result, graph.constant(bias, [out])]);
  };
  const norm = (input: string, { gain, bias }: Norm) =>
    graph.node(
      "LayerNormalization",
      [input, graph.constant(gain, [WIDTH]), graph.constant(bias, [WIDTH])],
      { axis: -1, epsilon: { float: EPSILON } },
    );
  const split = (input: string, perm: readonly number[]) => {
    const parts = graph.node("Reshape", [input, graph.integers(0, 0, HEADS, HEAD_WIDTH)]);
    return graph.node("Transpose", [parts], { perm });
  };
  for (const layer of layers) {
    const q = split(product(x, layer.q), [0, 2, 1, 3]);
    const k = split(product(x, layer.k), [0, 2, 3, 1]);
    const v = split(product(x, layer.v), [0, 2, 1, 3]);
    const scale = graph.constant(Float32Array.of(1 / Math.sqrt(HEAD_WIDTH)), []);
    const scores = graph.node("Mul", [graph.node("MatMul", [q, k]), scale]);
    const shares = graph.node("Softmax", [scores], { axis: -1 });
    if (reads) graph.output(shares, [1, HEADS, "T", "T"]);
    const mixed = graph.node("Transpose", [graph.node("MatMul", [shares, v])], {
      perm: [0, 2, 1, 3],
    });
    const merged = graph.node("Reshape", [mixed, graph.integers(0, 0, WIDTH)]);
    const middle = norm(graph.node("Add", [x, product(merged, layer.out)]), layer.norm1);
    const inner = graph.node("Gelu", [product(middle, layer.up)], { approximate: "none" });
    x = norm(graph.node("Add", [middle, product(inner, layer.down)]), layer.norm2);
  }
  graph.output(x, [1, "T", WIDTH]);
  return graph.bytes();
}
