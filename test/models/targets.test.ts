import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import type { LoadOptions } from "../../src/models/load.ts";
import { folderWithLetters } from "../support/command-line.ts";
import { goldenFolder } from "../support/small-models.ts";

/** What Python's decoders read where `labels` are given. */
interface ReadCase {
  readonly checkpoint: string;
  readonly input: { readonly text: string; readonly target: string };
  readonly options?: LoadOptions;
  readonly read?: readonly number[];
  /** What `generate` goes on to behind it. */
  readonly written?: readonly number[];
}

const { cases } = JSON.parse(
  readFileSync(new URL("../tasks/score/cases.json", import.meta.url), "utf8"),
) as { cases: readonly ReadCase[] };

test.each(cases.filter(({ read }) => read))(
  "$checkpoint reads a target as Python's labels, without what ends it, and writes on behind it",
  async ({ checkpoint, input, options, read, written }) => {
    const model = await load(goldenFolder(checkpoint), { ...options, backend: "reference" });
    const run = await model.run(input);
    const ids = run.decoderTokens![0]!.map(({ id }) => id);
    expect(ids).toEqual(read!.slice(0, ids.length));
    // mBART's language comes behind the end, and is read first.
    const behind = checkpoint === "hub-mbart_cc25" ? 1 : 0;
    expect(read!.length - ids.length).toBe(behind);
    const plain = { maxNewTokens: 6, numBeams: 1, doSample: false };
    const { decoderTokens } = await model.generate(input, plain);
    expect(decoderTokens![0]!.map(({ id }) => id)).toEqual(written);
    await model.dispose();
  },
);

describe("a text's target", () => {
  let t5: Model;
  beforeAll(async () => {
    t5 = await load(folderWithLetters("t5-first", 30));
  });
  afterAll(() => t5.dispose());

  test("is what the decoder reads behind the token it begins with, word by word", async () => {
    const run = await t5.run(
      { text: "the cat", target: "a dog" },
      { read: ["decoder.layers.*.cross.weights"] },
    );
    const start = (await t5.run("the cat")).decoderTokens![0]![0]!;
    const ids = t5
      .tokenizer!.encode("a dog", { addSpecialTokens: false })
      .tokens.map(({ id }) => id);
    expect(run.decoderTokens![0]!.map(({ id }) => id)).toEqual([start.id, ...ids]);
    expect(run.decoderTokens![0]!.map(({ special }) => special)).toEqual([
      true,
      ...ids.map(() => false),
    ]);
    expect(run.weight("L0H1", "dog", "cat", { stack: "decoder.cross." })).toBeGreaterThan(0);
    const encoderIds = run.tokens[0]!.map(({ id }) => id);
    const same = await t5.run({ ids: [encoderIds], decoderIds: [[start.id, ...ids]] });
    expect(run.output.logits!.data).toEqual(same.output.logits!.data);
  });

  test("is padded beside longer ones, and masked", async () => {
    const long = { text: "the cat", target: "a dog sat" };
    const short = { text: "the cat", target: "a" };
    const both = await t5.run([long, short, "the cat"]);
    expect(both.inputs.decoder!.mask!.length).toBe(3 * both.decoderTokens![0]!.length);
    const alone = await t5.run(short);
    for (const [place, value] of alone.output.logits!.select(0).data.entries())
      expect(both.output.logits!.select(1).data[place]).toBeCloseTo(value, 5);
    expect(
      [...both.inputs.decoder!.mask!.slice(-both.decoderTokens![2]!.length)].filter(Boolean),
    ).toHaveLength(1);
  });

  test("is refused by models without a decoder", async () => {
    const embedded = await load();
    await expect(embedded.run({ text: "The cat", target: "Die Katze" })).rejects.toThrow(
      "has no decoder beside an encoder, so it reads no target",
    );
    await embedded.dispose();
    const encoder = await load(goldenFolder("t5-encoder"));
    expect(encoder.sites.has("decoder.layers.0.weights")).toBe(false);
    await encoder.dispose();
  });
});
