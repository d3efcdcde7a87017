import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { load } from "../../src/load.node.ts";

const home = fileURLToPath(new URL("../golden", import.meta.url));
const folders = readdirSync(home).filter((name) => existsSync(`${home}/${name}/layout.json`));

/** What Python makes of a folder laid out as a published one (scripts/make-hub-texts.py). */
interface Layout {
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[] }[];
  readonly ids: readonly (readonly number[])[];
  /** What a site's name begins with. */
  readonly stack: string;
  /** Of layer 1, head 1. */
  readonly weights: readonly (readonly number[])[];
  /** Of token 1. */
  readonly final: readonly number[];
  /** Of the last token. */
  readonly logits?: readonly number[];
  readonly greedy?: readonly number[];
}

/** What is said where Python's tokenizer is not heed's. */
const withoutTokenizer: Readonly<Record<string, RegExp>> = {
  "hub-roformer":
    /config\.json: model_type "roformer" .+ "RoFormerTokenizer" .+ jieba's dictionary/,
  "hub-xlm": /config\.json: model_type "xlm" .+ "XLMTokenizer" .+ Moses' rules/,
};

function expectNear(got: ArrayLike<number>, expected: readonly number[], what: string): void {
  expect(got.length, what).toBe(expected.length);
  for (const [place, number] of expected.entries())
    expect(Math.abs(got[place]! - number) / Math.max(1, Math.abs(number)), what).toBeLessThan(1e-4);
}

describe("models of texts as their repositories lay them out", () => {
  test("there is one of each kind of layout", () => {
    expect(folders).toEqual(
      "albert bert2bert camembert deberta_v3 distilbert distilgpt2 gpt_neo longformer mbart_cc25 mdeberta_v3 mobilebert mt5 roberta roformer t5 xlm xlm_roberta xlnet"
        .split(" ")
        .map((name) => `hub-${name}`),
    );
  });

  test.each(folders)("%s: from the text to what is written", async (name) => {
    const folder = `${home}/${name}`;
    const seen = JSON.parse(readFileSync(`${folder}/layout.json`, "utf8")) as Layout;
    const warnings: string[] = [];
    const onWarning = (warning: string) => warnings.push(warning);
    const model = await load(folder, { backend: "reference", onWarning });
    try {
      // The words of mDeBERTa's generator, which no class of transformers reads either, and whether a text follows another.
      const known = /(word_embeddings\._weight|^cls\.seq_relationship\.(weight|bias))$/;
      const strange = model.unused.filter((tensor) => !known.test(tensor));
      expect(strange).toEqual([]);
      const why = withoutTokenizer[name];
      if (why) {
        expect(warnings.join()).toMatch(why);
        await expect(model.run(seen.texts[0]!.text)).rejects.toThrow("has no tokenizer that heed");
      } else
        for (const { text, ids } of seen.texts)
          expect([...model.tokenizer!.encode(text).ids], text).toEqual(ids);
      const { stack } = seen;
      const read = [`${stack}layers.1.weights`, `${stack}final`];
      const { trace, output } = await model.run({ ids: seen.ids }, { read });
      const weights = trace.get(`${stack}layers.1.weights`).select(0, 1);
      expectNear(weights.data, seen.weights.flat(), "weights");
      const width = seen.final.length;
      expectNear(trace.get(`${stack}final`).data.subarray(width, 2 * width), seen.final, "final");
      if (seen.logits) {
        const logits = output.logits!.data;
        expectNear(logits.subarray(logits.length - seen.logits.length), seen.logits, "logits");
      }
      if (seen.greedy) {
        const asked = { doSample: false, numBeams: 1, maxNewTokens: 8, minNewTokens: 8 };
        const { rows } = await model.generate(seen.ids, asked);
        expect(rows[0]!.ids).toEqual(seen.greedy);
      }
    } finally {
      await model.dispose();
    }
  });
});
