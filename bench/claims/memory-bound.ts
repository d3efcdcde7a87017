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
import { readRate } from "../machine.ts";
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
    const bert = await interleave(
      {
        full: () => timed(() => ours(hidden, false)),
        half: () => timed(() => oursHalf(hidden, false)),
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
      },
      6,
    );
    const rate = await readRate(threads);
    const share = (bytes: number, ms: number) => bytes / (ms * 1e-3) / rate;
    const layerBytes = 4 * LAYERS * LAYER_WEIGHTS;
    const tokenBytes = layerBytes + 4 * VOCABULARY * WIDTH;
    const gigabytes = (bytes: number, ms: number) => bytes / ms / 1e6;
    await full.dispose();
    await half.dispose();
    return [
      {
        label: `BERT-base, share of the read rate (${(rate / 1e9).toFixed(1)} GB/s)`,
        ours: gigabytes(layerBytes, bert.full.min),
        unit: "GB/s",
        ...atLeast(share(layerBytes, bert.full.min), 0.8),
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
        ours: gigabytes(tokenBytes, tokens.full.min),
        unit: "GB/s",
        ...atLeast(share(tokenBytes, tokens.full.min), 0.8),
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
