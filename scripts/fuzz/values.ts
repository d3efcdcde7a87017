import { isDeepStrictEqual } from "node:util";
import { experimentJson, parseExperiment } from "../../src/analysis/interventions/experiment.ts";
import { parseJson } from "../../src/checkpoint/json/strict-json.ts";
import { pack, unpack } from "../../src/explore/pack.ts";
import { mutateBytes, mutateJson } from "./mutate.ts";
import { filesOf, mutateFile, test, textOf } from "./seeds.ts";
import { AttackError, type Target } from "./target.ts";

export function json(): Target {
  const seeds = filesOf(test, /\.json$/);
  return {
    name: "json",
    async attempt(random) {
      const { bytes } = random.pick(seeds);
      const text = textOf(
        random.next() < 0.5 ? mutateBytes(bytes, random) : mutateFile(bytes, random),
      );
      const value = parseJson(text, "mutant");
      if (!isDeepStrictEqual(value, JSON.parse(text.replace(/^\uFEFF/, ""))))
        throw new AttackError("another value");
    },
  };
}

/** Experiments' files: what is read comes back the same from what is written of it. */
export function experiments(): Target {
  const head = { heed: "experiment", version: 1, model: { name: "embedded" }, seed: 1 };
  const metrics = [{ kind: "wordCosine", word: "it" }, { kind: "sentenceCosine" }];
  const kinds = [
    { kind: "patch", interventions: [{ kind: "cut", query: "it", key: "cat", heads: ["L3H1"] }] },
    { kind: "patch", interventions: [{ kind: "ablateHeads", heads: ["L5H11"], by: "zero" }] },
  ];
  const seeds = kinds.map((action) => ({ ...head, input: "The cat sat.", metrics, do: action }));
  return {
    name: "experiment",
    async attempt(random) {
      const experiment = parseExperiment(mutateJson(random.pick(seeds), random), "mutant");
      const written = experimentJson(experiment);
      if (experimentJson(parseExperiment(written, "again")) !== written)
        throw new AttackError("another experiment");
    },
  };
}

/** Messages between a page and the engine that serves it. */
export function messages(): Target {
  const seeds = [
    pack({ id: 1, method: "run", values: ["The cat", { read: ["layers.*.weights"] }] }),
    pack(
      new Map<unknown, unknown>([
        ["a", Float32Array.of(1, Number.NaN)],
        [1, [-0, undefined]],
      ]),
    ),
    pack([new Error("a"), { a: Uint8Array.of(1, 2, 3), b: Int32Array.of(1) }]),
  ];
  return {
    name: "message",
    async attempt(random) {
      unpack(mutateBytes(random.pick(seeds), random));
    },
  };
}
