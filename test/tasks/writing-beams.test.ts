import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import type { RunInput } from "../../src/models/inputs.ts";
import type { Patch } from "../../src/probe/patch.ts";
import type { GenerateOptions } from "../../src/tasks/generate.ts";
import type { Generation } from "../../src/tasks/generation.ts";
import { expectClose } from "../support/expect-close.ts";
import { goldenFolder } from "../support/small-models.ts";

const rows = [
  [5, 9, 14, 7, 20],
  [22, 6],
  [8, 3, 17],
];

/** What was read against one pass over each row's whole text. */
async function expectOnePass(
  model: Model,
  generation: Generation,
  patch: readonly Patch[] = [],
): Promise<void> {
  const { batch, length, ids, mask, positions, decoder } = generation.inputs;
  const rowsOf = (flat: Int32Array | undefined, width = length) =>
    flat &&
    Array.from({ length: batch }, (_, row) => [...flat.slice(row * width, (row + 1) * width)]);
  const whole = await model.run(
    {
      ids: rowsOf(ids),
      mask: rowsOf(mask),
      positions: rowsOf(positions),
      decoderIds: rowsOf(decoder?.ids, decoder?.length),
    },
    { read: [...model.sites.keys()], patch, output: false },
  );
  for (const site of generation.trace.sites) {
    const { shape, data } = whole.trace.get(site);
    // Parts of scores for keys that came later were never computed.
    if (/scores\./.test(site)) continue;
    expectClose(
      generation.trace.get(site),
      { shape, data: [...data] },
      { tolerance: 1e-4, place: `${site}: ` },
    );
  }
}

describe.each(["gpt2", "llama3"])("%s with beams", (name) => {
  let model: Model;
  beforeAll(async () => {
    model = await load(goldenFolder(name), { backend: "reference" });
  });
  afterAll(() => model.dispose());
  const beams: GenerateOptions = {
    maxNewTokens: 6,
    numBeams: 3,
    numReturnSequences: 2,
    endIds: [],
  };

  test("what was read is the returned texts' own history", async () => {
    const read = [...model.sites.keys()];
    const generation = await model.generate(rows, { ...beams, read });
    expect(generation.rows.length).toBe(6);
    expect(new Set(generation.rows.map(({ ids }) => ids.join())).size).toBe(6);
    await expectOnePass(model, generation);
    const unread = await model.generate(rows, beams);
    expect(unread.rows).toEqual(generation.rows);
    expect(unread.tokens).toEqual(generation.tokens);
  });

  test("a patch counts while texts are compared, and in what is read", async () => {
    const patch: readonly Patch[] = [
      { site: "layers.0.k", head: 0, scale: 0.5 },
      { site: "layers.1.heads", head: 1, zero: true },
    ];
    const read = ["layers.*.{k,v,weights,residual}"];
    const generation = await model.generate(rows, { ...beams, read, patch });
    await expectOnePass(model, generation, patch);
    const each = await model.generate(rows, { ...beams, patch: rows.map(() => patch) });
    expect(each.rows).toEqual(generation.rows);
    expect(each.warnings).toEqual([]);
    const free = await model.generate(rows, beams);
    expect(free.rows.map(({ score }) => score)).not.toEqual(each.rows.map(({ score }) => score));
  });

  test("a score is the log-probability of what was written, by its length", async () => {
    const { rows } = await model.generate([[5, 9, 14]], { ...beams, lengthPenalty: 0 });
    for (const { ids, promptLength, score } of rows) {
      const { output } = await model.run([[...ids]]);
      let sum = 0;
      for (let place = promptLength; place < ids.length; place++) {
        const logits = [...output.logits!.select(0, place - 1).data];
        const total = Math.log(logits.reduce((all, logit) => all + Math.exp(logit), 0));
        sum += logits[ids[place]!]! - total;
      }
      expect(score).toBeCloseTo(sum, 4);
    }
  });

  test("chance among beams, and several texts by chance, repeat with their seed", async () => {
    const chance = {
      maxNewTokens: 6,
      numReturnSequences: 2,
      endIds: [],
      temperature: 1.5,
      seed: 4,
    };
    const processors = { noRepeatNgramSize: 2, suppressTokens: [3], presencePenalty: 1 };
    for (const options of [chance, { ...chance, numBeams: 3 }, { ...chance, ...processors }]) {
      const first = await model.generate(rows, options);
      const again = await model.generate(rows, { ...options, read: ["layers.0.weights"] });
      expect(again.rows).toEqual(first.rows);
      expect(first.rows.length).toBe(6);
      expect(first.rows[0]!.ids).not.toEqual(first.rows[1]!.ids);
      await expectOnePass(model, again);
    }
  });

  test("more texts than an end that is forced leaves are alike, as in transformers", async () => {
    const forced = { maxNewTokens: 1, forcedEosTokenId: 3, numBeams: 3, numReturnSequences: 2 };
    const { rows: texts } = await model.generate([[5, 9, 14]], forced);
    expect(texts.map(({ ids }) => ids)).toEqual([
      [5, 9, 14, 3],
      [5, 9, 14, 3],
    ]);
  });

  test("tokens are told when all are chosen", async () => {
    const told: number[][] = [[], []];
    const { rows } = await model.generate([[5, 9, 14]], {
      ...beams,
      onToken: ({ row, token }) => void told[row]!.push(token.id),
    });
    expect(told).toEqual(rows.map(({ ids, promptLength }) => ids.slice(promptLength)));
  });

  test.each([
    [{ numBeams: 2, numReturnSequences: 3 }, "it must be at most numBeams, 2"],
    [{ numReturnSequences: 2 }, "every text is the same"],
    [{ numBeams: 2, earlyStopping: "soon" }, 'it must be true, false or "never"'],
    [
      { numBeams: 2, patch: [{ site: "layers.0.k", text: 1, zero: true }] },
      "the patch of layers.0.k names text 1",
    ],
    [{ suppressTokens: [3], forcedEosTokenId: 3 }, "3 is forced and suppressed"],
    [
      { numBeams: 2, suppressTokens: Array.from({ length: 125 }, (_, id) => id) },
      "the options forbid every token",
    ],
    [{ doSample: false, topK: 3 }, "topK changes nothing with doSample: false"],
    [{ maxLength: 2 }, "the prompt has 5 tokens, and maxLength is 2"],
    [{ badWordsIds: [[]] }, "badWordsIds is [[]]; it must be a list of lists of ids"],
  ])("refuses %o", async (options, message) => {
    await expect(model.generate(rows, options as GenerateOptions)).rejects.toThrow(message);
  });
});

test("an encoder-decoder with beams: what was read is the returned texts' own history", async () => {
  for (const name of ["t5-uneven", "mt5"]) {
    const model = await load(goldenFolder(name), { backend: "auto" });
    const input: RunInput = {
      ids: [
        [5, 9, 14, 7, 20],
        [22, 6, 11, 0, 0],
      ],
      mask: [
        [1, 1, 1, 1, 1],
        [1, 1, 1, 0, 0],
      ],
    };
    const read = [...model.sites.keys()];
    const options = { maxNewTokens: 5, numBeams: 3, numReturnSequences: 2, endIds: [], read };
    const generation = await model.generate(input, options);
    expect(generation.decoderTokens!.map((row) => row.map(({ id }) => id))).toEqual(
      generation.rows.map(({ ids }) => ids),
    );
    await expectOnePass(model, generation);
    await model.dispose();
  }
});
