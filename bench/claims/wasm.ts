import { bertGraph, ourBert, randomLayers, WIDTH } from "../bert-shape.ts";
import { atMost, type Claim, type Row } from "../claim.ts";
import { engine, threads } from "../engine.ts";
import { rival } from "../rivals.ts";
import { expectClose, interleave, randomNumbers, timed } from "../timing.ts";

/** The WebAssembly kernels against onnxruntime-web's, both in Node and on the same number of threads. */
export const wasm: Claim = {
  name: "wasm",
  title: "WebAssembly in Node, BERT-base shape",
  async measure() {
    const backend = await engine("wasm");
    const layers = randomLayers();
    const ours = await ourBert(backend, layers);
    const onnx = rival("onnxruntime-web");
    if (onnx) onnx.env.wasm.numThreads = threads;
    const theirs =
      onnx &&
      (await onnx.InferenceSession.create(bertGraph(layers, false), {
        executionProviders: ["wasm"],
        graphOptimizationLevel: "all",
      }));
    const rows: Row[] = [];
    for (const T of [12, 64, 128, 512]) {
      const hidden = randomNumbers(T * WIDTH, T);
      const feed = onnx && { hidden: new onnx.Tensor("float32", hidden, [1, T, WIDTH]) };
      if (theirs) {
        const [found] = Object.values(await theirs.run(feed!));
        expectClose(`wasm ${T}`, (await ours(hidden, false)).last.data, found!.data, 2e-3);
      }
      const times = await interleave(
        {
          ours: () => timed(() => ours(hidden, false)),
          ...(theirs && { theirs: () => timed(() => theirs.run(feed!)) }),
        } as Record<"ours" | "theirs", () => Promise<number>>,
        T > 200 ? 3 : 6,
      );
      rows.push({
        label: `${T} tokens, time ÷ onnxruntime-web's`,
        ours: times.ours.min,
        rival: times.theirs?.min,
        unit: "ms",
        ...atMost(theirs ? times.ours.min / times.theirs.min : Number.NaN, 0.67),
      });
    }
    await backend.dispose();
    return rows;
  },
};
