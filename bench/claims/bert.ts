import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bertGraph,
  LAYER_WEIGHTS,
  LAYERS,
  operationsOf,
  ourBert,
  randomLayers,
  WIDTH,
} from "../bert-shape.ts";
import { atLeast, atMost, type Claim, type Row } from "../claim.ts";
import { engine, threads } from "../engine.ts";
import { memoryReader, peakOf } from "../machine.ts";
import { rival, session } from "../rivals.ts";
import { expectClose, interleave, randomNumbers, timed } from "../timing.ts";

/** A pass over BERT-base's layers, alone and with all attention weights read, against onnxruntime-node. */
export const bert: Claim = {
  name: "bert",
  title: "BERT-base shape",
  async measure() {
    const [backend, halfBackend] = [await engine(), await engine("best", "half")];
    const layers = randomLayers();
    const [ours, oursHalf] = [await ourBert(backend, layers), await ourBert(halfBackend, layers)];
    const isWide = backend.name.includes("avx512");
    const onnx = rival("onnxruntime-node");
    const folder = await mkdtemp(join(tmpdir(), "heed-bench-"));
    const open = async (reads: boolean) => {
      if (!onnx) return undefined;
      const path = join(folder, `bert-${reads}.onnx`);
      await writeFile(path, bertGraph(layers, reads));
      const theirs = await session(onnx, path, threads);
      return async (hidden: Float32Array) => {
        const T = hidden.length / WIDTH;
        const result = await theirs.run({
          hidden: new onnx.Tensor("float32", hidden, [1, T, WIDTH]),
        });
        return Object.values(result).map(({ data }) => data);
      };
    };
    const theirs = { plain: await open(false), reads: await open(true) };
    await rm(folder, { recursive: true });
    const memory = await memoryReader(threads);
    const rows: Row[] = [];
    for (const T of [12, 64, 128, 512]) {
      const hidden = randomNumbers(T * WIDTH, T);
      const both = await ours(hidden, true);
      if (theirs.reads) {
        const found = await theirs.reads(hidden);
        expectClose(`bert ${T}`, both.last.data, found[found.length - 1]!, 2e-3);
        expectClose(`bert ${T} weights`, both.weights[0]!.data, found[0]!, 1e-5);
      }
      const times = await interleave(
        {
          ours: () => timed(() => ours(hidden, false)),
          half: () => timed(() => oursHalf(hidden, false)),
          oursReads: () => timed(() => ours(hidden, true)),
          peak: () => peakOf(threads),
          memory: memory.read,
          ...(theirs.plain && { theirs: () => timed(() => theirs.plain!(hidden)) }),
          ...(theirs.reads && { theirsReads: () => timed(() => theirs.reads!(hidden)) }),
        } as Record<
          "ours" | "half" | "oursReads" | "theirs" | "theirsReads" | "peak" | "memory",
          () => Promise<number>
        >,
        T > 200 ? 8 : 20,
      );
      // Every weight is read once, and every product computed.
      const least = Math.max(
        (operationsOf(T) / 1e9) * times.peak.min,
        ((4 * LAYERS * LAYER_WEIGHTS) / 1e9) * times.memory.min,
      );
      const row = (label: string, own: number, other: number | undefined, goal: number): Row => ({
        label,
        ours: own,
        rival: other,
        unit: "ms",
        least,
        ...atMost(other === undefined ? Number.NaN : own / other, goal),
      });
      rows.push(
        row(`${T} tokens`, times.ours.min, times.theirs?.min, isWide ? 0.75 : 0.9),
        row(
          `${T} tokens, all weights read`,
          times.oursReads.min,
          times.theirsReads?.min,
          isWide ? 0.67 : 0.8,
        ),
        {
          ...row(
            `${T} tokens, reading ÷ not reading`,
            times.oursReads.min,
            times.ours.min,
            T > 200 ? 1.2 : 1.1,
          ),
          least: undefined,
        },
        {
          label: `${T} tokens, weights in 16 bits ÷ f32`,
          ours: times.half.min,
          rival: times.ours.min,
          unit: "ms",
          ...atMost(times.half.min / times.ours.min, 1),
        },
      );
      if (T > 12)
        rows.push({
          label: `${T} tokens, share of what the machine allows`,
          ours: times.ours.min,
          unit: "ms",
          least,
          ...atLeast(least / times.ours.min, 0.92),
        });
    }
    memory.release();
    await backend.dispose();
    await halfBackend.dispose();
    return rows;
  },
};
