import { fusedAttention, slice } from "../../src/tensor/operations.ts";
import type { Program } from "../../src/tensor/program.ts";
import { atMost, type Claim, type Row } from "../claim.ts";
import { compute } from "../compute.ts";
import { engine, threads } from "../engine.ts";
import { OnnxGraph } from "../onnx.ts";
import { rival, session } from "../rivals.ts";
import { expectClose, interleave, randomNumbers, timed } from "../timing.ts";

const HEADS = 12;
const HEAD_WIDTH = 64;

/** Attention alone over long texts, streaming, against onnxruntime-node's own fused attention. */
export const attention: Claim = {
  name: "attention",
  title: `attention alone, ${HEADS} heads of ${HEAD_WIDTH}`,
  async measure() {
    const backend = await engine();
    const onnx = rival("onnxruntime-node");
    const theirs = onnx && (await session(onnx, attentionGraph(), threads));
    const rows: Row[] = [];
    for (const T of [512, 1024, 2048, 4096, 8192]) {
      const parts = [1, 2, 3].map((seed) => randomNumbers(HEADS * T * HEAD_WIDTH, seed));
      const shape = [1, HEADS, T, HEAD_WIDTH];
      // Several in one run: what it costs inside a model, without bringing q, k and v there.
      const count = Math.max(1, Math.round(4096 / T));
      const record = (program: Program, times: number) => {
        const [q, k, v] = parts.map((data) => program.input(data, shape, "attention"));
        const options = { scale: HEAD_WIDTH ** -0.5, wants: { scores: false, weights: false } };
        let mixed = q!;
        for (let n = 0; n < times; n++) mixed = fusedAttention(q!, k!, v!, options)!.mixed;
        return mixed;
      };
      const run = (times: number) =>
        timed(() => compute(backend, (program) => [slice(record(program, times), 2, 0, 1)]));
      const width = HEADS * HEAD_WIDTH;
      const feeds =
        onnx &&
        Object.fromEntries(
          parts.map((data, index) => [
            "qkv"[index]!,
            new onnx.Tensor("float32", merged(data, T), [1, T, width]),
          ]),
        );
      if (theirs) {
        const [own] = await compute(backend, (program) => [record(program, 1)]);
        const [other] = Object.values(await theirs.run(feeds!));
        expectClose(`attention ${T}`, merged(own!.data, T), other!.data, 1e-4);
      }
      const before = process.memoryUsage().rss;
      const once = await run(1);
      const grown = (process.memoryUsage().rss - before) / 2 ** 20;
      const times = await interleave(
        {
          ours: async () => (await run(count)) / count,
          ...(theirs && { theirs: () => timed(() => theirs.run(feeds!)) }),
        } as Record<"ours" | "theirs", () => Promise<number>>,
        T > 3000 ? 3 : 8,
      );
      rows.push({
        label: `${T} tokens, time ÷ onnxruntime-node's`,
        ours: times.ours.min,
        rival: times.theirs?.min,
        unit: "ms",
        ...atMost(theirs ? times.ours.min / times.theirs.min : Number.NaN, 1),
        note: `first ${once.toFixed(0)} ms, memory grew by ${grown.toFixed(0)} MiB`,
      });
    }
    await backend.dispose();
    return rows;
  },
};

/** (H, T, D) as (T, H·D). */
function merged(data: Float32Array, T: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let h = 0; h < HEADS; h++)
    for (let t = 0; t < T; t++)
      for (let d = 0; d < HEAD_WIDTH; d++)
        result[(t * HEADS + h) * HEAD_WIDTH + d] = data[(h * T + t) * HEAD_WIDTH + d]!;
  return result;
}

function attentionGraph(): Uint8Array {
  const graph = new OnnxGraph();
  const width = HEADS * HEAD_WIDTH;
  const inputs = ["q", "k", "v"].map((name) => graph.input(name, [1, "T", width]));
  const mixed = graph.node("MultiHeadAttention", inputs, { num_heads: HEADS }, "com.microsoft");
  graph.output(mixed, [1, "T", width]);
  return graph.bytes();
}
