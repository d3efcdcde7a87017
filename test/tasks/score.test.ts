import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { load } from "../../src/load.node.ts";
import type { LoadOptions } from "../../src/models/load.ts";
import type { ScoreInput, ScoreOptions } from "../../src/tasks/score.ts";
import { folderWithWords } from "../support/command-line.ts";
import { goldenFolder } from "../support/small-models.ts";

interface ScoreCase {
  readonly checkpoint: string;
  readonly input: ScoreInput;
  readonly options?: LoadOptions;
  /** Of the target, where it is one that is scored. */
  readonly ids?: readonly number[];
  readonly pseudo?: boolean;
  readonly logs: readonly (number | null)[];
}

const { cases } = JSON.parse(
  readFileSync(new URL("score/cases.json", import.meta.url), "utf8"),
) as { cases: readonly ScoreCase[] };

test.each(cases)("$checkpoint: $input is as probable as PyTorch says", async (recorded) => {
  const { checkpoint, input, options, ids, pseudo, logs } = recorded;
  const folder = pseudo ? folderWithWords(checkpoint, 121) : goldenFolder(checkpoint);
  const model = await load(folder, { ...options, backend: "reference" });
  const { tokens, ...whole } = await model.score(input, { pseudo });
  if (ids) expect(tokens.map(({ token }) => token.id)).toEqual(ids);
  expect(tokens.length).toBe(logs.length);
  for (const [place, { logProbability, surprisal }] of tokens.entries()) {
    const expected = logs[place];
    if (expected === null) expect([logProbability, surprisal]).toEqual([undefined, undefined]);
    else {
      expect(Math.abs(logProbability! - expected!)).toBeLessThan(1e-5);
      expect(surprisal).toBeCloseTo(-logProbability! / Math.log(2), 9);
    }
  }
  const known = logs.filter((log) => log !== null);
  const mean = known.reduce((sum, log) => sum + log, 0) / known.length;
  expect(whole.count).toBe(known.length);
  expect(whole.bits).toBeCloseTo(-mean / Math.log(2), 5);
  expect(whole.perplexity / Math.exp(-mean)).toBeCloseTo(1, 5);
  await model.dispose();
});

test.each([
  ["gpt2", [5, 9], { pseudo: true }, "this model fills no masks"],
  ["gpt2", [5], {}, "the text has one token"],
  ["bert-mlm", [5, 9], {}, "With pseudo: true (--pseudo) every token is hidden in turn"],
  [
    "mt5",
    [5, 9],
    {},
    "writes a target behind a text, and none is given. Give it: { text, target }",
  ],
  ["mt5", { ids: [[5, 9]], decoderIds: [[0], [0]] }, {}, "one row of each (--decoder)"],
  ["gpt2", { ids: [[5, 9]], decoderIds: [[0, 5]] }, {}, "so it scores no target. Leave it out"],
  ["whisper", [5, 9], {}, "reads sound, and a target is scored behind a text alone"],
  ["t5-encoder", [5, 9], {}, "tells no probabilities of tokens"],
  ["gpt2", [5, 9], { psuedo: true }, 'no option "psuedo"'],
])("%s, %o, %o is refused", async (name, input, options, message) => {
  const model = await load(goldenFolder(name), { backend: "reference" });
  await expect(model.score(input, options as ScoreOptions)).rejects.toThrow(message);
  await model.dispose();
});
