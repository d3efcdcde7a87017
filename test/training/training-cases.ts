import { type Batch, batchOf } from "../../src/training/batch.ts";
import { configOf } from "../../src/training/model-shape.ts";
import { type ModelFiles, newModel } from "../../src/training/new-model.ts";
import type { TrainerOptions } from "../../src/training/trainer.ts";

/** What heed and PyTorch both train on, from the same first numbers. */
export const goldenFamilies = ["gpt2", "bert", "t5"] as const;
export type GoldenFamily = (typeof goldenFamilies)[number];

export const goldenOptions: TrainerOptions = {
  steps: 8,
  rate: 0.01,
  warmup: 2,
  lowest: 0.1,
  weightDecay: 0.1,
  clip: 0.5,
};

/** The same with Muon for the matrices of the layers. BERT's are those of its files, GPT-2's joined in one. */
export const goldenMuon: TrainerOptions = { ...goldenOptions, matrixRate: 0.05 };

/** Steps that heed makes before it saves what Python opens. */
export const stepsBeforeSaving = 3;

export function goldenModel(family: GoldenFamily): Promise<ModelFiles> {
  const shape = { family, layers: 2, heads: 2, width: 16, positions: 12 };
  return newModel(configOf(shape, 19, { end: 3, padding: 0 }), { seed: 7 });
}

export function goldenBatch(family: GoldenFamily): Batch {
  const rows = [
    [5, 6, 7, 8, 9, 10],
    [11, 12, 13, 14],
    [6, 6, 15, 16, 17],
  ];
  if (family === "gpt2")
    return batchOf(
      rows.map((ids) => ({ ids, targets: [...ids.slice(1), 3] })),
      0,
    );
  if (family === "bert")
    return batchOf(
      rows.map((ids) => ({
        ids: ids.map((id, place) => (place % 3 === 1 ? 4 : id)),
        targets: ids.map((id, place) => (place % 3 === 1 ? id : -1)),
      })),
      0,
    );
  return batchOf(
    rows.map((ids) => ({
      ids,
      decoderIds: [0, ...ids.toReversed().slice(0, -1)],
      targets: ids.toReversed(),
    })),
    0,
  );
}
