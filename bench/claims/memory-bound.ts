import {
  HEADS,
  INNER,
  LAYER_WEIGHTS,
  LAYERS,
  ourBert,
  randomLayers,
  WIDTH,
} from "../bert-shape.ts";
import { atLeast, atMost, type Claim } from "../claim.ts";
import { decoderOf, randomHead, VOCABULARY } from "../decoder.ts";
import { engine, threads } from "../engine.ts";
import { memoryReader } from "../machine.ts";
import { interleave, randomNumbers, timed } from "../timing.ts";

/** What memory allows: a short text and a text being generated read every weight once a pass. */
export const memoryBound: Claim = {
  name: "memory",
  title: "bound by memory: BERT-base shape at 12 tokens, GPT-2 small shape one token at a time",
  async measure() {
    const [full, half] = [await engine("best"), await engine("best", "half")];
    const layers = randomLayers();
    const [ours, oursHalf] = [await ourBert(full, layers), await ourBert(half, layers)];
    const hidden = randomNumbers(12 * WIDTH, 1);
    const memory = await memoryReader(threads);
    const bert = await interleave(
      {
        full: () => timed(() => ours(hidden, false)),
        half: () => timed(() => oursHalf(hidden, false)),
        read: memory.read,
      },
      30,
    );
    const head = randomHead();
    const decoder = {
      full: await decoderOf(full, layers, head),
      half: await decoderOf(half, layers, head),
    };
    const [prompt, steps] = [16, 48];
    const tokens = await interleave(
      {
        full: async () => (await decoder.full(prompt, steps, false)).ms / steps,
        half: async () => (await decoder.half(prompt, steps, false)).ms / steps,
        reads: async () => (await decoder.full(prompt, steps, true)).ms / steps,
        read: memory.read,
      },
      12,
    );
    const layerBytes = 4 * LAYERS * LAYER_WEIGHTS;
    const tokenBytes = layerBytes + 4 * VOCABULARY * WIDTH;
    const gigabytes = (bytes: number, ms: number) => bytes / ms / 1e6;
    const arrived = {
      bert: gigabytes(layerBytes, bert.full.min),
      token: gigabytes(tokenBytes, tokens.full.min),
    };
    // What arrived was read: the rate is the most that anything read in this run, so no share is above 1.
    const rate = Math.max(1e3 / bert.read.min, 1e3 / tokens.read.min, arrived.bert, arrived.token);
    await full.dispose();
    await half.dispose();
    memory.release();
    return [
      {
        label: `BERT-base, share of the read rate (${rate.toFixed(1)} GB/s)`,
        ours: arrived.bert,
        unit: "GB/s",
        ...atLeast(arrived.bert / rate, 0.8),
        note: `median ${gigabytes(layerBytes, bert.full.median).toFixed(1)} of ${(1e3 / bert.read.median).toFixed(1)} GB/s`,
      },
      {
        label: "BERT-base, half ÷ f32",
        ours: bert.half.min,
        rival: bert.full.min,
        unit: "ms",
        ...atMost(bert.half.min / bert.full.min, 0.6),
      },
      {
        label: `GPT-2 small, share of the read rate, ${(1000 / tokens.full.min).toFixed(0)} tokens/s`,
        ours: arrived.token,
        unit: "GB/s",
        ...atLeast(arrived.token / rate, 0.8),
        note: `median ${gigabytes(tokenBytes, tokens.full.median).toFixed(1)} of ${(1e3 / tokens.read.median).toFixed(1)} GB/s`,
      },
      {
        label: "GPT-2 small, half ÷ f32",
        ours: tokens.half.min,
        rival: tokens.full.min,
        unit: "ms",
        ...atMost(tokens.half.min / tokens.full.min, 0.6),
      },
      {
        label: "GPT-2 small, all weights read ÷ not",
        ours: tokens.reads.min,
        rival: tokens.full.min,
        unit: "ms",
        ...atMost(tokens.reads.min / tokens.full.min, 1.1),
        note: `${HEADS} heads, inner width ${INNER}`,
      },
    ];
  },
};
