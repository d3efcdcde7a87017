import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderWithLetters, folderWithWords, refused, written } from "../support/command-line.ts";

const text = "the cat sat on the mat because it was tired .";
const bert = ["--model", folderWithWords("bert-mlm", 121)];
const gpt2 = ["--model", folderWithLetters("gpt2", 125)];
const t5 = ["--model", folderWithLetters("t5-first", 30)];
const pictures = ["--model", "test/golden/vit-oblong"];
const image = "test/images/exif-8.png";

async function numbers(...args: string[]): Promise<number[][]> {
  const [, ...rows] = (await written(...args, "--format", "csv")).trim().split("\n");
  // A patch's name, "1,3", is quoted.
  return rows.map((row) =>
    row
      .replace(/"[^"]*"/g, "")
      .split(",")
      .map(Number),
  );
}

describe("rollout and flow", () => {
  test("say whose rollout it is, and warn of causal masks only", async () => {
    const one = await written("rollout", text, "--word", "it", ...bert);
    expect(one).toContain('What goes into "it": rollout as abnar has it, layers 0 to 1');
    expect(one).not.toContain("causal");
    expect(await written("rollout", "the cat", ...gpt2)).toContain("This attention is causal");
  });

  test("give shares, for a word, for all, over a picture, in a decoder", async () => {
    for (const args of [
      ["rollout", text, "--word", "the#2", ...bert],
      ["flow", text, "--word", "cat", ...bert],
      ["rollout", image, "--word", "1,3", ...pictures],
      ["flow", image, ...pictures],
      ["rollout", "the cat", "--decoder", "a dog", "--stack", "decoder", "--word", "1", ...t5],
    ]) {
      const rows = await numbers(...args);
      const sum = rows.reduce((total, row) => total + row[4]!, 0);
      expect(sum, args.join(" ")).toBeCloseTo(1, 5);
    }
    expect(await numbers("rollout", text, ...bert)).toHaveLength(13 ** 2);
  });

  test("are drawn as SVG and PNG, and answered line by line", async () => {
    expect(await written("rollout", text, "--format", "svg", ...bert)).toMatch(/^<svg/);
    expect(await written("rollout", image, "--format", "png", ...pictures)).toContain("PNG");
    const file = join(tmpdir(), `heed-lines-${process.pid}.txt`);
    writeFileSync(file, "the cat sat .\nthe dog sat .\n");
    const lines = await written("rollout", file, "--lines", "--format", "jsonl", ...bert);
    expect(
      lines
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).line),
    ).toEqual([1, 2]);
  });

  test("refuse what they cannot do", async () => {
    expect(await refused("rollout", text, "--fusion", "max", ...bert)).toContain(
      "fusion is of variant vit-explain, and abnar has none",
    );
    expect(await refused("flow", "the cat ".repeat(40), ...bert)).toContain(
      "exact maximum flows are taken of 64 at most",
    );
    expect(await refused("rollout", "the cat", "--stack", "cross", ...t5)).toContain(
      "cross attention",
    );
    expect(await refused("rollout", text, "--stack", "decoder", ...bert)).toContain(
      "stack decoder: this model has one stack of layers",
    );
    expect(await refused("rollout", text, "--decoder", "the dog", ...bert)).toContain(
      "has no decoder beside an encoder",
    );
    expect(await refused("rollout", text, "--end-layer", "x", ...bert)).toContain("--end-layer x");
  });
});

describe("measure", () => {
  test("gives a number a head, and what uniform attention would give", async () => {
    const rows = await numbers("measure", text, ...bert);
    expect(rows).toHaveLength(2 * 3);
    for (const [, , value, uniform] of rows) {
      expect(uniform).toBeCloseTo(Math.log(13), 4);
      expect(value).toBeLessThanOrEqual(uniform! + 1e-4);
    }
  });

  test("averages lines, and says how far they lie apart", async () => {
    const file = join(tmpdir(), `heed-measure-${process.pid}.jsonl`);
    const lines = [
      { text: "the cat sat .", tags: ["DET", "NOUN", "VERB", "PUNCT"] },
      { text: "it was tired .", tags: ["PRON", "VERB", "ADJ", "PUNCT"] },
    ];
    writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
    expect(await written("measure", file, "--lines", ...bert)).toContain("the mean of 2 texts");
    const result = JSON.parse(
      await written("measure", file, "--lines", "--of", "classes", "--json", ...bert),
    );
    expect(result.classes.map((one: { class: string }) => one.class)).toEqual([
      "ADJ",
      "DET",
      "NOUN",
      "PRON",
      "PUNCT",
      "VERB",
      "special",
    ]);
    expect(result.classes[4].count).toBe(2);
    expect(result.classes[0].count).toBe(1);
  });

  test("shows each head's share of one class, sentences, what draws attention, cross attention", async () => {
    expect(
      await written("measure", text, "--of", "classes", "--class", "special", ...bert),
    ).toContain('What each head gives tokens of class "special"');
    const pair = ["measure", "the cat sat .", "--pair", "it was tired .", "--of", "sentences"];
    expect(await written(...pair, "--class", "A>B", ...bert)).toContain("What each head gives A→B");
    expect(await written("measure", text, "--of", "drawn", "--head", "L1H0", ...bert)).toContain(
      "What draws attention in L1H0",
    );
    const cross = ["measure", "the cat", "--decoder", "a dog", "--stack", "cross", ...t5];
    expect((await numbers(...cross))[0]![3]).toBeCloseTo(Math.log(7), 4);
  });

  test("refuses what it cannot do", async () => {
    expect(await refused("measure", text, "--of", "entrpy", ...bert)).toContain(
      "--of entrpy: there are entropy",
    );
    expect(await refused("measure", text, "--of", "sentences", ...bert)).toContain(
      "Give a pair of texts (--pair",
    );
    expect(await refused("measure", image, "--of", "classes", ...pictures)).toContain(
      "a picture has none",
    );
    expect(await refused("measure", text, "--tags", "DET", "--of", "classes", ...bert)).toContain(
      "one tag a word",
    );
    expect(await refused("measure", text, "--class", "special", ...bert)).toContain(
      "--class does nothing",
    );
  });
});
