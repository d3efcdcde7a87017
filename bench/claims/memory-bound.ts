import {
  HEADS,
  INNER,
  LAYER_WEIGHTS,
  LAYERS,
  ourBert,
  randomLayers,
  WIDTH,
} from "../bert-shape.ts";
import { atLeast, atMost, type Claim, type Row } from "../claim.ts";
import { decoderOf, randomHead, VOCABULARY } from "../decoder.ts";
import { engine, threads } from "../engine.ts";
import { memoryReader } from "../machine.ts";
import { interleave, randomNumbers, type Times, timed } from "../timing.ts";

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
        // As long as a run of the decoder: memory has fast moments, which only a short run catches whole.
        read: async () => {
          let sum = 0;
          for (let step = 0; step < steps; step++) sum += await memory.read();
          return sum / steps;
        },
      },
      12,
    );
    const layerBytes = 4 * LAYERS * LAYER_WEIGHTS;
    const tokenBytes = layerBytes + 4 * VOCABULARY * WIDTH;
    await full.dispose();
    await half.dispose();
    memory.release();
    return [
      shareOf("BERT-base", layerBytes, bert.full, bert.read),
      {
        label: "BERT-base, half ÷ f32",
        ours: bert.half.min,
        rival: bert.full.min,
        unit: "ms",
        ...atMost(bert.half.min / bert.full.min, 0.6),
      },
      shareOf(
        `GPT-2 small, ${(1000 / tokens.full.min).toFixed(0)} tokens/s`,
        tokenBytes,
        tokens.full,
        tokens.read,
      ),
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

/** What a pass over so many bytes reads a second, against the most that anything read in the same minute: no share is above 1. */
function shareOf(label: string, bytes: number, passes: Times, reads: Times): Row {
  const arrived = { best: bytes / passes.min / 1e6, median: bytes / passes.median / 1e6 };
  const rate = { best: Math.max(1e3 / reads.min, arrived.best), median: 1e3 / reads.median };
  return {
    label: `${label}, share of the read rate (${rate.best.toFixed(1)} GB/s)`,
    ours: arrived.best,
    unit: "GB/s",
    ...atLeast(arrived.best / rate.best, 0.8),
    note: `median ${arrived.median.toFixed(1)} of ${rate.median.toFixed(1)} GB/s`,
  };
}
