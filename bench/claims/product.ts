import { linear, slice } from "../../src/tensor/operations.ts";
import { atLeast, atMost, type Claim, type Row } from "../claim.ts";
import { compute, learned } from "../compute.ts";
import { engine, threads } from "../engine.ts";
import { peakOf } from "../machine.ts";
import { COLUMNS, DEPTH, productGraph } from "../product-shape.ts";
import { rival, session } from "../rivals.ts";
import { expectClose, interleave, randomNumbers, timed } from "../timing.ts";

/** x · Wᵀ + b with a learned matrix, against onnxruntime-node and against the machine's own peak. */
export const product: Claim = {
  name: "product",
  title: `matrix product, rows × ${DEPTH} × ${COLUMNS}`,
  async measure() {
    const backend = await engine();
    const weight = randomNumbers(COLUMNS * DEPTH, 1, 0.05);
    const bias = randomNumbers(COLUMNS, 2);
    const weights = {
      weight: await learned(backend, weight, [COLUMNS, DEPTH]),
      bias: await learned(backend, bias, [COLUMNS]),
    };
    const onnx = rival("onnxruntime-node");
    const theirs = onnx && (await session(onnx, productGraph(weight, bias), threads));
    const measured: { M: number; ours: number; theirs: number | undefined }[] = [];
    // The best of the whole run: one number for the machine, whoever shared it for a moment.
    let peak = 0;
    for (const M of [1, 4, 12, 48, 64, 128, 256, 512, 516]) {
      const x = randomNumbers(M * DEPTH, M);
      const ours = () =>
        compute(backend, (program) => [linear(program.input(x, [M, DEPTH], "x"), weights)]);
      const feed = onnx && { x: new onnx.Tensor("float32", x, [M, DEPTH]) };
      if (theirs) {
        const found = (await theirs.run(feed!)) as Record<string, { data: Float32Array }>;
        expectClose(`product ${M}`, (await ours())[0]!.data, Object.values(found)[0]!.data, 1e-3);
      }
      const repeated = repeatedProduct(backend, weights, x, M);
      const times = await interleave(
        {
          ours: () => repeated(),
          ...(theirs && { theirs: async () => await timed(() => theirs.run(feed!)) }),
          peak: () => peakOf(threads),
        } as Record<"ours" | "theirs" | "peak", () => Promise<number>>,
        M > 100 ? 15 : 30,
      );
      // peakOf gives milliseconds for 10⁹ operations.
      peak = Math.max(peak, 1e3 / times.peak.min);
      measured.push({ M, ours: times.ours.min, theirs: times.theirs?.min });
    }
    await backend.dispose();
    return measured.flatMap(({ M, ours, theirs }): Row[] => {
      const gigaflops = (2 * M * DEPTH * COLUMNS) / ours / 1e6;
      const share: Row = {
        label: `${M} rows, share of the peak (${peak.toFixed(0)} GFLOP/s)`,
        ours: gigaflops,
        unit: "GFLOP/s",
        ...atLeast(gigaflops / peak, M >= 48 ? 0.85 : 0),
      };
      if (theirs === undefined) return [share];
      const label = `${M} rows, time ÷ onnxruntime-node's`;
      return [share, { label, ours, rival: theirs, unit: "ms", ...atMost(ours / theirs, 1) }];
    });
  },
};

/** Milliseconds of one product among several in one list: what it costs inside a model. */
function repeatedProduct(
  backend: Parameters<typeof compute>[0],
  weights: Parameters<typeof linear>[1],
  x: Float32Array,
  M: number,
) {
  const COUNT = Math.max(1, Math.min(16, Math.round(1024 / M)));
  const run = (count: number) =>
    timed(() =>
      compute(backend, (program) => {
        const input = program.input(x, [M, DEPTH], "x");
        let last = input;
        for (let index = 0; index < count; index++) last = linear(input, weights);
        return [slice(slice(last, 0, 0, 1), 1, 0, 1)];
      }),
    );
  return async () => (await run(COUNT)) / COUNT;
}
