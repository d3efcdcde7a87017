import { headDetector } from "../../src/analysis/heads/detect.ts";
import { textPatterns } from "../../src/analysis/heads/patterns.ts";
import { attentionMaps } from "../../src/analysis/layers/attention-maps.ts";
import { load } from "../../src/load.node.ts";
import { atMost, type Claim } from "../claim.ts";

const sentences = 1000;
/** Sentences before memory is looked at, and where its second half begins. */
const warm = 200;
const half = 600;
const words = "the cat sat on a mat because it was tired , and nobody saw the old dog run .".split(
  " ",
);

/** A sentence of 8 to 30 words, another one each time. */
function sentence(number: number): string {
  const length = 8 + ((number * 7) % 23);
  return Array.from({ length }, (_, place) => words[(number * 3 + place * 5) % words.length]).join(
    " ",
  );
}

/** What detectors cost over many sentences, and that memory stays flat. */
export const heads: Claim = {
  name: "heads",
  title: "detectors over 1,000 sentences, all-MiniLM-L6-v2",
  async measure() {
    const model = await load();
    const detector = headDetector();
    const read = ["layers.*.weights"];
    let [runs, detecting, plain, first, second] = [0, 0, 0, 0, 0];
    for (let number = 0; number < sentences; number++) {
      const text = sentence(number);
      const start = performance.now();
      const run = await model.run(text, { read, output: false });
      const ran = performance.now();
      const maps = attentionMaps(run);
      detector.add(maps, textPatterns(maps));
      const detected = performance.now();
      await model.run(text);
      plain += performance.now() - detected;
      runs += ran - start;
      detecting += detected - ran;
      const { rss } = process.memoryUsage();
      if (number >= warm && number < half) first = Math.max(first, rss);
      if (number >= half) second = Math.max(second, rss);
    }
    await model.dispose();
    return [
      {
        label: "a sentence: run, read and 26 patterns in 72 heads, against plain runs",
        ours: (runs + detecting) / sentences,
        rival: plain / sentences,
        unit: "ms",
        ...atMost((runs + detecting) / plain, 4),
        note: `of it ${(detecting / sentences).toFixed(1)} ms are the detectors'`,
      },
      {
        label: `most memory, sentences ${half} to ${sentences} ÷ ${warm} to ${half}`,
        ours: second / 1e6,
        rival: first / 1e6,
        unit: "MB",
        ...atMost(second / first, 1.15),
      },
    ];
  },
};
