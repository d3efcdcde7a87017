import { Cache } from "../src/attention/cache.ts";
import type { Backend } from "../src/tensor/backend.ts";
import { execute } from "../src/tensor/execute.ts";
import type { LazyTensor } from "../src/tensor/lazy-tensor.ts";
import {
  add,
  fusedAttention,
  layerNorm,
  linear,
  mergeHeads,
  slice,
} from "../src/tensor/operations.ts";
import { Program } from "../src/tensor/program.ts";
import { EPSILON, HEAD_WIDTH, HEADS, loadLayers, type randomLayers, WIDTH } from "./bert-shape.ts";
import { learned } from "./engine.ts";
import { randomNumbers } from "./timing.ts";

/**
 * A decoder of GPT-2 small's shape on our engine. The function it returns runs a prompt, then `steps` tokens one at a
 * time with a cache, and gives the milliseconds of the steps.
 */
export async function decoderOf(
  backend: Backend,
  layers: ReturnType<typeof randomLayers>,
  vocabulary: number,
) {
  const loaded = await loadLayers(backend, layers);
  const table = randomNumbers(vocabulary * WIDTH, 99, 0.05);
  const words = { weight: await learned(backend, table, [vocabulary, WIDTH]) };
  let read = 0;
  const pass = async (hidden: Float32Array, cache: Cache, reads: boolean) => {
    const program = new Program(backend);
    const T = hidden.length / WIDTH;
    let x: LazyTensor = program.input(hidden, [1, T, WIDTH], "hidden");
    for (const [number, w] of loaded.entries())
      [x] = program.stage(`layers.${number}`, () => {
        const normal = layerNorm(x, w.norm1, EPSILON);
        const [q, k, v] = [w.q, w.k, w.v].map((part) => linear(normal, part, { heads: HEADS }));
        const past = cache.memory(`layers.${number}`).append(k!, v!);
        const { mixed, weights } = fusedAttention(q!, past.k, past.v, {
          scale: 1 / Math.sqrt(HEAD_WIDTH),
          mask: { causalOffset: cache.length },
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
      read += data.length;
    });
    program.finish();
    await execute(program);
    cache.length += T;
  };
  return async (prompt: number, steps: number, reads: boolean): Promise<number> => {
    const cache = new Cache(backend, prompt + steps);
    await pass(randomNumbers(prompt * WIDTH, 3), cache, reads);
    const start = performance.now();
    for (let step = 0; step < steps; step++)
      await pass(randomNumbers(WIDTH, 4 + step), cache, reads);
    const ms = performance.now() - start;
    cache.release();
    if (read === 0) throw new Error("bench: the decoder gave nothing");
    return ms;
  };
}
