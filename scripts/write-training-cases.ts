/**
 * Writes what scripts/make-training-golden.py reads, into a folder: for each family a new model, the same after a few of heed's steps, and the
 * batch both learn from.
 *
 *     npx tsx scripts/write-training-cases.ts FOLDER
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reference } from "../src/backends/reference/reference.ts";
import { memorySource } from "../src/checkpoint/memory.ts";
import { loadFrom } from "../src/model.ts";
import type { ModelFiles } from "../src/training/new-model.ts";
import {
  goldenBatch,
  goldenFamilies,
  goldenModel,
  goldenMuon,
  goldenOptions,
  stepsBeforeSaving,
} from "../test/training/training-cases.ts";

const home = process.argv[2];
if (home === undefined) throw new Error("name the folder to write into");

async function write(folder: string, files: ModelFiles): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
}

for (const family of goldenFamilies) {
  const files = await goldenModel(family);
  await write(join(home, family, "new"), files);
  const model = await loadFrom(memorySource(files, family), reference());
  const trainer = await model.trainer(goldenOptions);
  const batch = goldenBatch(family);
  for (let step = 0; step < stepsBeforeSaving; step++) await trainer.train(batch);
  await write(join(home, family, "trained"), await model.files());
  const plain = { ...batch.input, targets: [...batch.targets] };
  const facts = { options: goldenOptions, muon: goldenMuon, batch: plain };
  await writeFile(join(home, family, "case.json"), JSON.stringify(facts));
  await model.dispose();
}
