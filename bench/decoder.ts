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
import { learned } from "./compute.ts";
import { randomNumbers } from "./timing.ts";

/** Rows of GPT-2's table of words. */
export const VOCABULARY = 50257;

/** What follows the layers: a norm, and the table of words. */
export function randomHead() {
  return {
    final: {
      gain: randomNumbers(WIDTH, 97).map((value) => 1 + 0.2 * value),
      bias: randomNumbers(WIDTH, 98, 0.1),
    },
    table: randomNumbers(VOCABULARY * WIDTH, 99, 0.05),
  };
}

/** Hidden states of a prompt and of the tokens that follow it, (prompt + steps, C). */
export function randomRows(prompt: number, steps: number): Float32Array {
  return randomNumbers((prompt + steps) * WIDTH, 3);
}

/** What one run of the decoder gives: milliseconds of the steps, and what the last one computed. */
export interface Decoded {
  readonly ms: number;
  readonly logits: Float32Array;
  /** Of the last layer, where they are read. */
  readonly weights: Float32Array | undefined;
}

/**
 * A decoder of GPT-2 small's shape on our engine. The function it returns runs a prompt, then `steps` tokens one at a
 * time with a cache.
 */
export async function decoderOf(
  backend: Backend,
  layers: ReturnType<typeof randomLayers>,
  { final, table }: ReturnType<typeof randomHead>,
) {
  const loaded = await loadLayers(backend, layers);
  const norm = {
    gain: await learned(backend, final.gain, [WIDTH]),
    bias: await learned(backend, final.bias, [WIDTH]),
  };
  const words = { weight: await learned(backend, table, [VOCABULARY, WIDTH]) };
  const pass = async (hidden: Float32Array, cache: Cache, reads: boolean) => {
    const program = new Program(backend);
    const T = hidden.length / WIDTH;
    let last: Float32Array | undefined;
    let shares: Float32Array | undefined;
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
            shares = data;
          });
        const middle = add(x, linear(mergeHeads(mixed), w.out));
        const inner = linear(layerNorm(middle, w.norm2, EPSILON), w.up, { activation: "gelu_new" });
        return [add(middle, linear(inner, w.down))] as const;
      });
    const logits = linear(layerNorm(slice(x, 1, T - 1, T), norm, EPSILON), words);
    program.read(logits, ({ data }) => {
      last = data;
    });
    program.finish();
    await execute(program);
    cache.length += T;
    return { logits: last!, weights: shares };
  };
  return async (prompt: number, steps: number, reads: boolean): Promise<Decoded> => {
    const cache = new Cache(backend, prompt + steps);
    const rows = randomRows(prompt, steps);
    const row = (from: number, to: number) => rows.subarray(from * WIDTH, to * WIDTH);
    let result = await pass(row(0, prompt), cache, reads);
    const start = performance.now();
    for (let at = prompt; at < prompt + steps; at++)
      result = await pass(row(at, at + 1), cache, reads);
    const ms = performance.now() - start;
    cache.release();
    return { ms, ...result };
  };
}
