import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderWithLetters, folderWithWords, refused, written } from "../support/command-line.ts";

const masked = "the [MASK] sat on mat";
const text = "the cat sat on mat because it was tired";
const bert = ["--model", folderWithWords("bert-mlm", 121)];
const gpt2 = ["--model", folderWithLetters("gpt2", 125)];
const t5 = ["--model", folderWithLetters("t5-first", 30)];
const pictures = ["--model", "test/golden/vit-uneven-heads"];
const image = "test/images/exif-8.png";

const parsed = async (...args: string[]) => JSON.parse(await written(...args, "--json"));

describe("heed saliency", () => {
  test("explains the prediction of the mask, by its gradient's size", async () => {
    const out = await written("saliency", masked, "--answers", "cat,dog", ...bert);
    expect(out).toContain("How much log P(cat) − log P(dog) at [MASK] changes with each word's");
    expect(out).toContain("‖gradient‖");
    const { sides, metric, method } = await parsed(
      "saliency",
      masked,
      "--answers",
      "cat,dog",
      ...bert,
    );
    expect(metric).toEqual({ kind: "logProbability", token: "cat", minus: "dog" });
    expect(method).toBe("gradient");
    expect(sides[0].tokens).toHaveLength(7);
    expect(sides[0].values.every((value: number) => value > 0)).toBe(true);
  });

  test("integrated gradients say how they add up; a baseline or steps mean them", async () => {
    const args = ["saliency", masked, "--answers", "cat,dog", "--baseline", "mask", ...bert];
    const found = await parsed(...args);
    const sum = found.sides[0].values.reduce((a: number, b: number) => a + b, 0);
    expect(sum).toBeCloseTo(found.value - found.baselineValue + found.delta, 5);
    expect(await written(...args)).toMatch(/They add up from .* \(every word the mask\) to/);
    const rough = refused("saliency", "cab", "--baseline", "zero", "--steps", "1", ...gpt2);
    expect(await rough).toMatch(/off by .* Take more steps: 2; or another baseline/);
    expect(await refused(...args, "--method", "gradient")).toContain("only integrated gradients");
    const token = await parsed("saliency", "cab", "--baseline", "#4", ...gpt2);
    expect(token.baseline).toEqual({ token: 4 });
  });

  test("vectors are likened to another word's or text's, and explained by themselves on a way", async () => {
    const toCat = await parsed("saliency", text, "--word", "it", "--to", "cat", ...bert);
    expect(toCat.metric).toEqual({ kind: "wordCosine", word: "it", to: "cat" });
    const said = await written("saliency", text, "--word", "it", "--to", "cat", ...bert);
    expect(said).toContain('The vector of "cat" is held as it is here');
    const like = await parsed("saliency", text, "--like", "the dog was tired", ...bert);
    expect(like.name).toBe('cosine of the sentence to "the dog was tired"');
    expect((await parsed("saliency", text, ...bert)).method).toBe("integrated-gradients");
    expect(await refused("saliency", text, "--method", "gradient", ...bert)).toMatch(
      /nothing to be predicted alone.*write \[MASK\] in it, or --like .* or --method integrated/,
    );
    expect(await refused("saliency", text, "--to", "cat", ...bert)).toContain("--word it");
    expect(await refused("saliency", text, "--like", "the cat", "--class", "x", ...bert)).toContain(
      "--like says what is explained",
    );
  });

  test("both sides of an encoder-decoder, lines, CSV, SVG and patches of pictures", async () => {
    const both = await parsed("saliency", "the cat", "--decoder", "a dog", ...t5);
    expect(both.sides.map(({ stack }: { stack: string }) => stack)).toEqual(["encoder", "decoder"]);
    const file = join(tmpdir(), `heed-saliency-${process.pid}.txt`);
    writeFileSync(file, "cab\nface\n");
    const lines = await written("saliency", file, "--lines", "--format", "csv", ...gpt2);
    expect(lines.split("\n")[0]).toBe("line,side,token,text,value");
    expect(lines.trim().split("\n")).toHaveLength(8);
    expect(await written("saliency", masked, "--format", "svg", ...bert)).toMatch(/^<svg/);
    const patches = await parsed("saliency", image, "--class", "LABEL_1", ...pictures);
    expect(patches.patches).toHaveLength(patches.rows * patches.columns);
    const values = ["--method", "input-times-gradient"];
    expect(await written("saliency", image, ...values, ...pictures)).toContain(
      "What each patch brings to",
    );
    // No token stands for the whole picture there: nothing looks, and none is left out of the map.
    const alone = await written("saliency", image, "--model", "test/golden/swin");
    expect(alone).not.toMatch(/looks|Not in the map/);
    expect(await refused("embed", image, "--model", "test/golden/swin")).toContain(
      "makes no vectors that pictures are compared by",
    );
    const zeroed = await written(
      "patch",
      image,
      "--zero",
      "0,1,5,4",
      "--model",
      "test/golden/swin",
    );
    expect(zeroed).toContain('Vector of "0,1", "5,4" entering layer 0 set to 0');
  });

  test("hostile words stay words", async () => {
    const drawn = await written("saliency", "<b>a</b>", "--format", "svg", ...gpt2);
    expect(drawn).not.toContain("<b>");
  });
});

describe("heed patch --foretell", () => {
  const grid = ["--grid", "heads", "--foretell"];

  test("sets what gradients foretell beside every cell, and says how far they agree", async () => {
    const args = ["patch", "cab", "--from", "cat", ...grid, ...gpt2];
    const { cells, foretold, agreement, metrics } = await parsed(...args);
    expect(foretold).toHaveLength(cells.length);
    expect(agreement[0].cells).toBe(cells.length);
    expect(foretold[0].values[0]).not.toBe(metrics[0].clean);
    const out = (await written(...args)).replaceAll(/\s+/g, " ");
    expect(out).toContain("Foretold by gradients: log P");
    expect(out).toContain("correlate at r = ");
    const [head] = (await written(...args, "--format", "csv")).split("\n");
    expect(head).toBe("layer,head,word,word_text,logProbability,logProbability_foretold");
  });

  test("of vectors the text is likened to the other; without one it is refused", async () => {
    const { metrics } = await parsed(
      "patch",
      text,
      "--from",
      "the dog sat on mat",
      ...grid,
      ...bert,
    );
    expect(metrics[0].metric).toEqual({ kind: "sentenceCosine", to: "the dog sat on mat" });
    expect(await refused("patch", text, "--zero", ...grid, ...bert)).toContain("--from");
    const alone = await refused("patch", text, "--zero", "L0H1", "--foretell", ...bert);
    expect(alone).toContain("gradients foretell nothing");
  });

  test("stands beside one change too", async () => {
    const args = ["patch", "cab", "--zero", "L0H1", "--controls", "0", "--foretell", ...gpt2];
    const { metrics } = await parsed(...args);
    expect(metrics[0].foretold).not.toBe(0);
    expect(await written(...args)).toContain("foretold");
  });
});

describe("heed relevance", () => {
  test("says where the number is read, and what it goes back to", async () => {
    const out = await written("relevance", masked, "--answers", "cat,dog", ...bert);
    expect(out).toContain("What log P(cat) − log P(dog) at [MASK] goes back to");
    expect(out).toContain("read at [MASK]");
    const { queries, sides } = await parsed("relevance", masked, "--answers", "cat,dog", ...bert);
    expect(queries).toEqual([2]);
    expect(sides[0].values.every((value: number) => value >= 0)).toBe(true);
    const place = await parsed("relevance", "cab", "--word", "a", ...gpt2);
    expect(place.queries).toEqual([1]);
    expect(place.sides[0].values[2]).toBe(0);
  });

  test("links of one head, heads of one text and of many", async () => {
    const links = await parsed("relevance", masked, "--head", "L1H2", ...bert);
    expect(links.links).toHaveLength(7);
    expect(await refused("relevance", masked, "--head", "L9H0", ...bert)).toContain(
      "layers 0 to 1",
    );
    const one = await parsed("relevance", masked, "--heads", ...bert);
    expect(one.heads).toHaveLength(6);
    expect(one.heads[4].importance).toBeCloseTo(Math.abs(one.heads[4].value), 12);
    const sum = links.links.flat().reduce((a: number, b: number) => a + b, 0);
    expect(sum).toBeCloseTo(one.heads[5].value, 4);
    const file = join(tmpdir(), `heed-relevance-${process.pid}.txt`);
    writeFileSync(file, "cab\nface\n");
    const many = await parsed("relevance", file, "--lines", "--heads", "--per-layer", ...gpt2);
    expect(many.texts).toHaveLength(2);
    const first = many.heads.slice(0, 3) as { importance: number }[];
    expect(first.reduce((a, { importance }) => a + importance ** 2, 0)).toBeCloseTo(1, 6);
    expect(await written("relevance", masked, "--heads", "--format", "svg", ...bert)).toMatch(
      /^<svg/,
    );
  });

  test("pictures, both stacks, and what goes with nothing", async () => {
    const patches = await parsed("relevance", image, ...pictures);
    expect(patches.patches).toHaveLength(patches.rows * patches.columns);
    const both = await parsed("relevance", "the cat", "--decoder", "a dog", ...t5);
    expect(both.sides).toHaveLength(2);
    expect(await refused("relevance", text, ...bert)).toContain("heed saliency");
    expect(await refused("relevance", masked, "--stack", "encoder", ...bert)).toContain(
      "relevance goes through all stacks",
    );
  });
});
