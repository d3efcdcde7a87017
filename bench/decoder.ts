import type { Backend } from "../src/tensor/backend.ts";
import { execute } from "../src/tensor/execute.ts";
import type { LazyTensor } from "../src/tensor/lazy-tensor.ts";
import {
  add,
  concat,
  fusedAttention,
  layerNorm,
  linear,
  mergeHeads,
  slice,
} from "../src/tensor/operations.ts";
import { Program } from "../src/tensor/program.ts";
import type { Tensor } from "../src/tensor/tensor.ts";
import { EPSILON, HEAD_WIDTH, HEADS, loadLayers, type randomLayers, WIDTH } from "./bert-shape.ts";
import { learned } from "./engine.ts";
import { randomNumbers } from "./timing.ts";

/**
 * A decoder of GPT-2 small's shape on our engine. The function it returns runs a prompt, then `steps` tokens one at a
 * time with a cache (kept on our side as plain tensors), and gives the milliseconds of the steps.
 */
export async function decoderOf(
  backend: Backend,
  layers: ReturnType<typeof randomLayers>,
  vocabulary: number,
) {
  const loaded = await loadLayers(backend, layers);
  const table = randomNumbers(vocabulary * WIDTH, 99, 0.05);
  const words = { weight: await learned(backend, table, [vocabulary, WIDTH]) };
  type Cache = { k: Tensor; v: Tensor }[];
  const pass = async (hidden: Float32Array, cache: Cache | undefined, reads: boolean) => {
    const program = new Program(backend);
    const T = hidden.length / WIDTH;
    const before = cache?.[0]?.k.shape[2] ?? 0;
    let x: LazyTensor = program.input(hidden, [1, T, WIDTH], "hidden");
    const kept: Cache = [];
    let read = 0;
    for (const [number, w] of loaded.entries())
      [x] = program.stage(`layers.${number}`, () => {
        const normal = layerNorm(x, w.norm1, EPSILON);
        const [q, k, v] = [w.q, w.k, w.v].map((part) => linear(normal, part, { heads: HEADS }));
        const joined = (part: "k" | "v", own: LazyTensor) => {
          const past = cache?.[number]?.[part];
          return past ? concat([program.input(past.data, past.shape, part), own], 2) : own;
        };
        const [keys, values] = [joined("k", k!), joined("v", v!)];
        program.read(keys, (tensor) => {
          kept[number] = { ...kept[number]!, k: tensor };
        });
        program.read(values, (tensor) => {
          kept[number] = { ...kept[number]!, v: tensor };
        });
        const { mixed, weights } = fusedAttention(q!, keys, values, {
          scale: 1 / Math.sqrt(HEAD_WIDTH),
          mask: { causalOffset: before },
          wants: { scores: false, weights: reads },
        })!;
        if (weights)
          program.read(weights, ({ data }) => {
            read += data.length;
          });
        const middle = add(x, linear(mergeHeads(mixed), w.out));
        const inner = linear(layerNorm(middle, w.norm2, EPSILON), w.up, { activation: "gelu_new" });
        return [add(middle, linear(inner, w.down))] as const;
      });
    const logits = linear(slice(x, 1, T - 1, T), words);
    program.read(logits, ({ data }) => {
      read += data[0]!;
    });
    program.finish();
    await execute(program);
    return { kept, read };
  };
  return async (prompt: number, steps: number, reads: boolean): Promise<number> => {
    let { kept } = await pass(randomNumbers(prompt * WIDTH, 3), undefined, reads);
    const start = performance.now();
    for (let step = 0; step < steps; step++)
      ({ kept } = await pass(randomNumbers(WIDTH, 4 + step), kept, reads));
    return performance.now() - start;
  };
}
