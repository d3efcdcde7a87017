import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderWithLetters, folderWithWords, refused, written } from "../support/command-line.ts";

const text = "the cat sat on the mat because it was tired .";
const bert = ["--model", folderWithWords("bert-mlm", 121)];
const gpt2 = ["--model", folderWithLetters("gpt2", 125)];
const t5 = ["--model", folderWithLetters("t5-first", 30)];
const image = "test/images/exif-8.png";
const pictures = ["--model", "test/golden/vit-oblong"];

describe("lens", () => {
  test("ends in what the model says", async () => {
    const { layers } = JSON.parse(
      await written("lens", "the cat", "--word", "3", "--json", ...gpt2),
    );
    expect(layers.map(({ layer }: { layer: string }) => layer)).toEqual(["input", "L0", "L1"]);
    const [place] = layers.at(-1).places;
    expect(place.divergence).toBe(0);
    expect(place.last.rank).toBe(1);
    expect(place.predictions[0].id).toBe(place.last.id);
  });

  test("reads masks, decoders and pictures", async () => {
    expect(await written("lens", "the [MASK] sat", "--word", "[MASK]", ...bert)).toContain(
      'at "[MASK]"',
    );
    const { tokens } = JSON.parse(
      await written("lens", "the cat", "--decoder", "a dog", "--json", ...t5),
    );
    expect(tokens.length).toBe(6);
    expect(await written("lens", image, ...pictures)).toContain("LABEL_");
  });

  test("of one head shows what it raises and lowers", async () => {
    const out = await written("lens", "the cat", "--head", "L0H1", "--count", "2", ...gpt2);
    expect(out).toContain("What L0H1 adds to the logits");
    expect(out.match(/^ +\S+ +-\d/gm)?.length).toBe(2);
  });

  test("is refused without a head over tokens", async () => {
    expect(await refused("lens", "The cat", "--model", "models/all-MiniLM-L6-v2")).toContain(
      "has no head",
    );
    expect(await refused("lens", text, "--head", "L0H0", ...bert)).toContain(
      "norms its stream after every part",
    );
    expect(await refused("lens", "a", "--model", "test/tasks/text-bert-single-label")).toContain(
      "reads a whole text's vector",
    );
  });
});

describe("attribute", () => {
  test("adds up to the difference of two logits", async () => {
    const args = ["attribute", "the cat", "--token", "a", "--against", "b", "--json", ...gpt2];
    const { parts, total } = JSON.parse(await written(...args));
    const sum = parts.reduce((all: number, { value }: { value: number }) => all + value, 0);
    expect(sum).toBeCloseTo(total, 9);
    const one = async (token: string) =>
      JSON.parse(await written("attribute", "the cat", "--token", token, "--json", ...gpt2)).total;
    expect(total).toBeCloseTo((await one("a")) - (await one("b")), 4);
  });

  test("takes labels of pictures, cross attention, lines and svg", async () => {
    expect(await written("attribute", image, "--token", "label_1", ...pictures)).toContain(
      '"LABEL_1" at "[CLS]"',
    );
    expect(
      await written("attribute", "the cat", "--decoder", "a", "--token", "#3", ...t5),
    ).toContain("cross H1");
    expect(await written("attribute", "the cat", "--format", "svg", ...gpt2)).toContain(
      "underlined: negative",
    );
  });

  test("refuses words of several tokens and labels that are not there", async () => {
    expect(await refused("attribute", "the cat", "--token", "elephant", ...gpt2)).toContain(
      "is 8 tokens (e l e p",
    );
    expect(await refused("attribute", image, "--token", "dog", ...pictures)).toContain(
      "the head's labels are LABEL_0",
    );
    expect(await refused("attribute", text, ...bert)).toContain(
      "bert norms its stream after every part",
    );
  });
});

describe("norms and zeroing", () => {
  test("give a matrix of a head, of a layer in its variants, of a word in every layer", async () => {
    const csv = async (...args: string[]) =>
      (await written(...args, "--format", "csv")).trim().split("\n");
    expect(await csv("norms", text, ...bert)).toHaveLength(1 + 6);
    expect(await csv("norms", text, "--head", "L1H0", ...bert)).toHaveLength(1 + 13 ** 2);
    for (const variant of ["heads", "residual", "norm"])
      expect(await csv("norms", text, "--layer", "1", "--variant", variant, ...bert)).toHaveLength(
        1 + 13 ** 2,
      );
    expect(await csv("zeroing", text, ...bert)).toHaveLength(1 + 13 ** 2);
    expect(await csv("zeroing", text, "--word", "it", ...bert)).toHaveLength(1 + 2 * 13 ** 2);
    const decoder = ["zeroing", "the cat", "--decoder", "a dog", "--stack", "decoder"];
    expect(await csv(...decoder, ...t5)).toHaveLength(1 + 6 ** 2);
  });

  test("refuse what is not there", async () => {
    expect(await refused("norms", text, "--layer", "7", ...bert)).toContain(
      "--layer 7: there are layers 0 to 1",
    );
    expect(
      await refused("norms", "the cat", "--layer", "1", "--variant", "norm", ...gpt2),
    ).toContain('Take "residual"');
    expect(await refused("norms", text, "--variant", "norm", ...bert)).toContain(
      "--variant does nothing without --layer",
    );
    expect(await refused("zeroing", text, "--stack", "cross", ...bert)).toContain(
      "stack's own attention",
    );
    expect(await refused("zeroing", image, ...bert)).toContain("reads texts, not images");
  });
});

test.each([
  [["opt"], "3 4 5 6 6 6 15"],
  [["opt", "--num-beams", "2", "--num-return-sequences", "2"], "3 4 5 6 16 16 16"],
  [["bart"], /^\d+ \d+ \d+$/m],
])("without a tokenizer %s writes ids", async ([model, ...more], expected) => {
  const ids = ["--ids", "3,4,5,6", "--max-new-tokens", "3"];
  const stdout = await written("generate", ...ids, ...more, "--model", `test/golden/${model}`);
  expect(stdout).toMatch(expected);
});

test.each([
  [["measure"]],
  [["measure", "--of", "drawn"]],
  [["heads"]],
  [["heads", "--of", "previous"]],
  [["heads", "--families"]],
  [["norms"]],
  [["zeroing"]],
  [["rollout"]],
  [["flow"]],
  [["show"]],
  [["show", "L0H1"]],
  [["lens"]],
  [["attribute"]],
  [["saliency"]],
  [["relevance"]],
  [["relevance", "--heads"]],
])("heed %j prints the text and the model above what it finds", async ([command, ...args]) => {
  const head = args[0]?.startsWith("L") ? args.splice(0, 1) : [];
  const stdout = await written(command!, ...head, "the cat", ...args, ...gpt2);
  expect(stdout).toMatch(/^the cat\ngpt2\n\n\S/);
});

test("of several texts their number stands there", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "heed-headings-")), "two.txt");
  writeFileSync(file, "the cat\nthe mat\n");
  for (const command of [["measure"], ["heads"], ["relevance", "--heads"]])
    expect(await written(...command, file, "--lines", ...gpt2)).toMatch(/^2 texts\ngpt2\n\n\S/);
});

test("what a head's numbers are is said by its names: ends of an answer, labels at a word", async () => {
  const reader = ["--model", "test/tasks/answers-albert"];
  const sentence = "The cat sat on the mat because it was tired.";
  const patched = await written("patch", sentence, "--zero", "L0H1", "--controls", "0", ...reader);
  expect(patched).toMatch(/logit\(start\) at/i);
  expect(patched).not.toContain("LABEL_");
  const tagger = ["--model", "test/tasks/tokens-mobilebert-windows"];
  // The last token of a text is special, and nobody asks what it is.
  expect(await written("saliency", sentence, ...tagger)).toContain('at "."');
});

test("pieces are named alike by every command: a lone blank is not the letter behind it", async () => {
  const llama = ["--model", "test/golden/hub-llama"];
  expect(await written("lens", "The cat", ...llama)).toMatch(/<s> +▁ +T +h +e/);
});
