/**
 * Longformer's base shape with random weights over a long text: seconds, and the most memory the process held.
 *
 *     npx tsx bench/long-text.ts [tokens] [none | one | all]
 *
 * Weights read: of no head, of one head's three queries, or of all heads in all layers.
 */
import { cpuForNode } from "../src/backends/cpu/cpu.node.ts";
import { randomModel } from "../test/support/random-model.ts";

const reads = {
  none: ["final"],
  one: [{ site: "layers.*.weights", head: 3, query: [0, 5, 2000] }],
  all: ["layers.*.weights"],
} as const;

async function main(length: number, what: keyof typeof reads): Promise<void> {
  const backend = await cpuForNode({ onNotice: console.error });
  const model = await randomModel(
    {
      model_type: "longformer",
      architectures: ["LongformerModel"],
      vocab_size: 50265,
      max_position_embeddings: 4098,
      type_vocab_size: 1,
      attention_window: 512,
    },
    backend,
  );
  const ids = Array.from({ length }, (_, place) => 3 + ((place * 7919) % 50000));
  const globalMask = ids.map((_, place) => (place === 0 || place === 100 ? 1 : 0));
  const start = performance.now();
  await model.run({ ids: [ids], globalMask: [globalMask] }, { read: reads[what], output: false });
  const seconds = (performance.now() - start) / 1000;
  const peak = process.resourceUsage().maxRSS / 1e6;
  console.log(
    `${backend.name}, ${length} tokens, weights read: ${what}. ${seconds.toFixed(1)} s, at most ${peak.toFixed(2)} GB`,
  );
  await model.dispose();
}

const [tokens = "4096", what = "none"] = process.argv.slice(2);
if (!(what in reads)) throw new Error(`weights read: none, one or all, not ${what}`);
await main(Number(tokens), what as keyof typeof reads);
