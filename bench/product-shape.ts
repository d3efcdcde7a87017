import { OnnxGraph } from "./onnx.ts";

/** The first matrix of BERT-base's feed-forward part. */
export const DEPTH = 768;
export const COLUMNS = 3072;

/** x · Wᵀ + b as an ONNX graph. */
export function productGraph(weight: Float32Array, bias: Float32Array): Uint8Array {
  const graph = new OnnxGraph();
  const x = graph.input("x", ["M", DEPTH]);
  const turned = new Float32Array(weight.length);
  for (let row = 0; row < COLUMNS; row++)
    for (let column = 0; column < DEPTH; column++)
      turned[column * COLUMNS + row] = weight[row * DEPTH + column]!;
  const sum = graph.node("MatMul", [x, graph.constant(turned, [DEPTH, COLUMNS])]);
  graph.output(graph.node("Add", [sum, graph.constant(bias, [COLUMNS])]), ["M", COLUMNS]);
  return graph.bytes();
}
