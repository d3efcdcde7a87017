import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import type { GenerateOptions } from "../../src/tasks/generate.ts";
import { processed } from "../../src/tasks/writing/processors.ts";
import { settingsOf } from "../../src/tasks/writing/settings.ts";
import { softmax, warped } from "../../src/tasks/writing/warpers.ts";
import { goldenFolder } from "../support/small-models.ts";

interface Cases {
  readonly texts: readonly {
    readonly checkpoint: string;
    readonly input: readonly (readonly number[])[];
    readonly options: Readonly<Record<string, unknown>>;
    readonly ids: readonly (readonly number[])[];
    readonly scores?: readonly number[];
  }[];
  readonly chances: readonly {
    readonly columns: readonly number[];
    readonly prompt: number;
    readonly capacity: number;
    readonly logits: readonly number[];
    readonly options: Readonly<Record<string, unknown>>;
    readonly probabilities: readonly number[];
  }[];
}

const [{ texts: first, chances }, { texts: beside }] = ["cases", "beside-encoders"].map((name) =>
  JSON.parse(readFileSync(new URL(`writing/${name}.json`, import.meta.url), "utf8")),
) as [Cases, Cases];
const texts = [...first, ...beside];

/** Options of transformers as heed's. */
function named(options: Readonly<Record<string, unknown>>): GenerateOptions {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) =>
      name === "eos_token_id"
        ? ["endIds", [value ?? []].flat()]
        : [name.replace(/_[a-z]/g, (letter) => letter[1]!.toUpperCase()), value],
    ),
  );
}

describe("transformers' generate", () => {
  const models = new Map<string, Promise<Model>>();
  afterAll(async () => {
    for (const model of models.values()) await (await model).dispose();
  });
  const open = (name: string) => {
    const model = models.get(name) ?? load(goldenFolder(name), { backend: "reference" });
    models.set(name, model);
    return model;
  };

  test.each(texts.map((one, number) => ({ number, ...one })))(
    "$number: $checkpoint writes the same with $options",
    async ({ checkpoint, input, options, ids, scores }) => {
      const model = await open(checkpoint);
      const isBeside = model.dimensions.decoderLayers !== undefined;
      const length = Math.max(...input.map((row) => row.length));
      const padded = (row: readonly number[]) => {
        const padding = new Array<number>(length - row.length).fill(0);
        return isBeside ? [...row, ...padding] : [...padding, ...row];
      };
      const mask = input.map((row) => padded(row.map(() => 1)));
      const { rows } = await model.generate({ ids: input.map(padded), mask }, named(options));
      const got = rows.map((row) => row.ids.slice(isBeside ? 0 : row.promptLength));
      // Shorter rows are padded there, not here.
      expect(got).toEqual(ids.map((row, at) => row.slice(0, got[at]!.length)));
      expect(Math.max(...got.map((row) => row.length))).toBe(ids[0]!.length);
      for (const [at, score] of (scores ?? []).entries())
        expect(Math.abs(rows[at]!.score! - score)).toBeLessThan(
          1e-5 * Math.max(1, Math.abs(score)),
        );
    },
  );
});

test.each(chances.map((one, number) => ({ number, ...one })))(
  "$number: what is left of logits is what transformers' processors leave with $options",
  ({ columns, prompt, capacity, logits, options, probabilities }) => {
    const settings = settingsOf({
      options: { ...named(options), doSample: true },
      generationConfig: {},
      config: {},
      endId: undefined,
      label: "logits",
    });
    const past = { columns, ids: columns, promptColumns: prompt, read: columns.slice(0, prompt) };
    const scores = processed(Float32Array.from(logits), past, settings, capacity);
    const got = softmax(warped(scores, settings));
    for (const [id, probability] of probabilities.entries())
      expect(Math.abs(got[id]! - probability)).toBeLessThan(1e-6);
  },
);
