import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backendFor } from "../../src/backends/choose.node.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { loadFrom } from "../../src/model.ts";
import { storiesOf, storyBatch } from "./lessons.ts";
import { storyText } from "./story.ts";
import { meanWeights } from "./mean-weights.ts";

const [from, folder, stepsText, heads, each, rateText, evalEvery = "250", averagedText = "8"] = process.argv.slice(2) as string[];
const steps = Number(stepsText);
const files: Record<string, Uint8Array> = {};
for (const name of ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "generation_config.json"])
  files[name] = await readFile(join(from!, name));
const model = await loadFrom(memorySource(files, "heed-stories"), await backendFor({ dtype: "f32" }));
const tokenizer = model.tokenizer!;
const seed = 2026, batch = 16;
// rows spread over the lengths
const patch: any[] = [];
let row = 1;
for (const h of heads!.split(",")) for (let n = 0; n < Number(each); n++) {
  const m = /L(\d)H(\d)/.exec(h)!;
  patch.push({ site: `layers.${m[1]}.mixed`, head: Number(m[2]), text: row, set: 0 });
  row = (row + 5) % 16;
}
console.log(JSON.stringify(patch));
const rate = Number(rateText);
const trainer = await model.trainer({ steps, rate: 1e-3 * rate, matrixRate: 0.008 * rate, lowest: 0.02, warmup: 50, beta2: 0.99, patch });
const apart = storyBatch(tokenizer, storiesOf(seed, 0, 16, { isHeldOut: true }), 300);
let [told, all]: [number, any[]] = [-1, []];
const alike = (step: number) => {
  const four = Math.floor(step / 4);
  if (four !== told) { told = four; all = storiesOf(seed, 4 * four, 64).toSorted((a, b) => storyText(a).length - storyText(b).length); }
  return all.slice((step % 4) * batch, ((step % 4) + 1) * batch);
};
const before = 14000 + Number(process.env.BEFORE ?? 0);
const kept: Uint8Array[] = [];
const started = performance.now();
let mean = 0;
for (let step = 1; step <= steps; step++) {
  const { loss } = await trainer.train(storyBatch(tokenizer, alike(before + step), 300, { places: true, repeated: 8 }));
  mean += loss;
  if (step % Number(evalEvery) === 0) {
    const { right, answers } = await trainer.evaluate(apart);
    console.log(step, (mean / Number(evalEvery)).toFixed(4), `cut rows among: ${(right / answers).toFixed(3)}`, `${Math.round((performance.now() - started) / step)} ms`);
    mean = 0;
    kept.push((await model.files())["model.safetensors"]!);
    if (kept.length > Number(averagedText)) kept.shift();
    await writeFile(join(folder!, "model.safetensors"), meanWeights(kept as any));
  }
}
await model.dispose();
