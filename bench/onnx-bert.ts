import type { Checkpoint } from "../src/checkpoint/checkpoint.ts";
import { FLOAT, INT64, OnnxGraph } from "./onnx.ts";

/**
 * A BERT checkpoint as the ONNX graph that exporters write: ids, mask and types (B, T) → `last_hidden_state` (B, T, C).
 * With `reads`, the weights of every layer are outputs too: `attentions.0` and so on, (B, H, T, T).
 */
export async function bertOnnx(checkpoint: Checkpoint, reads: boolean): Promise<Uint8Array> {
  const { config, tensors } = checkpoint;
  const number = (key: string) => config[key] as number;
  const [width, heads] = [number("hidden_size"), number("num_attention_heads")];
  const epsilon = { float: number("layer_norm_eps") };
  const graph = new OnnxGraph(12);
  const constant = async (name: string) =>
    graph.constant(await checkpoint.read(name), tensors.get(name)!.shape);
  const scalar = (value: number) => graph.constant(Float32Array.of(value), []);

  const norm = async (input: string, name: string) =>
    graph.node(
      "LayerNormalization",
      [input, await constant(`${name}.weight`), await constant(`${name}.bias`)],
      { axis: -1, epsilon },
    );
  const linear = async (input: string, name: string) => {
    const [out, depth] = tensors.get(`${name}.weight`)!.shape as [number, number];
    const weight = turned(await checkpoint.read(`${name}.weight`), out, depth);
    const product = graph.node("MatMul", [input, graph.constant(weight, [depth, out])]);
    return graph.node("Add", [product, await constant(`${name}.bias`)]);
  };
  const split = (input: string, perm: readonly number[]) => {
    const parts = graph.node("Reshape", [input, graph.integers(0, 0, heads, width / heads)]);
    return graph.node("Transpose", [parts], { perm });
  };

  const ids = graph.input("input_ids", ["B", "T"], INT64);
  const seen = graph.input("attention_mask", ["B", "T"], INT64);
  const types = graph.input("token_type_ids", ["B", "T"], INT64);
  const at = "embeddings";
  const words = graph.node("Gather", [await constant(`${at}.word_embeddings.weight`), ids]);
  const kinds = graph.node("Gather", [await constant(`${at}.token_type_embeddings.weight`), types]);
  const length = graph.node("Gather", [graph.node("Shape", [ids]), graph.integers(1)]);
  const table = await constant(`${at}.position_embeddings.weight`);
  const places = graph.node("Slice", [table, graph.integers(0), length, graph.integers(0)]);
  const sum = graph.node("Add", [graph.node("Add", [words, kinds]), places]);
  let x = await norm(sum, `${at}.LayerNorm`);

  // Exporters write the mask so, and onnxruntime knows it by this form.
  const wider = graph.node("Unsqueeze", [seen], { axes: [1] });
  const wide = graph.node("Unsqueeze", [wider], { axes: [2] });
  const hidden = graph.node("Sub", [scalar(1), graph.node("Cast", [wide], { to: FLOAT })]);
  const mask = graph.node("Mul", [hidden, scalar(-10000)]);

  for (let layer = 0; layer < number("num_hidden_layers"); layer++) {
    const place = `encoder.layer.${layer}`;
    const attention = `${place}.attention`;
    const q = split(await linear(x, `${attention}.self.query`), [0, 2, 1, 3]);
    const k = split(await linear(x, `${attention}.self.key`), [0, 2, 3, 1]);
    const v = split(await linear(x, `${attention}.self.value`), [0, 2, 1, 3]);
    const root = scalar(Math.sqrt(width / heads));
    const scores = graph.node("Div", [graph.node("MatMul", [q, k]), root]);
    const masked = graph.node("Add", [scores, mask]);
    const name = reads ? `attentions.${layer}` : undefined;
    const shares = graph.node("Softmax", [masked], { axis: 3 }, "", name);
    if (name) graph.output(name, ["B", heads, "T", "T"]);
    const mixed = graph.node("Transpose", [graph.node("MatMul", [shares, v])], {
      perm: [0, 2, 1, 3],
    });
    const merged = graph.node("Reshape", [mixed, graph.integers(0, 0, width)]);
    const attended = await linear(merged, `${attention}.output.dense`);
    const middle = await norm(graph.node("Add", [attended, x]), `${attention}.output.LayerNorm`);
    const inner = graph.node(
      "Gelu",
      [await linear(middle, `${place}.intermediate.dense`)],
      {},
      "com.microsoft",
    );
    const outer = await linear(inner, `${place}.output.dense`);
    x = await norm(graph.node("Add", [outer, middle]), `${place}.output.LayerNorm`);
  }
  graph.output(graph.node("Identity", [x], {}, "", "last_hidden_state"), ["B", "T", width]);
  return graph.bytes();
}

/** (out, depth) → (depth, out) */
function turned(weight: Float32Array, out: number, depth: number): Float32Array {
  const result = new Float32Array(weight.length);
  for (let row = 0; row < out; row++)
    for (let column = 0; column < depth; column++)
      result[column * out + row] = weight[row * depth + column]!;
  return result;
}
