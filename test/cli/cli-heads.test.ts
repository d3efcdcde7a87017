import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandLine, folderWithLetters, folderWithWords } from "../support/command-line.ts";

const text = "the cat sat on the mat because it was tired .";
const bert = ["--model", folderWithWords("bert-mlm", 121)];
const gpt2 = ["--model", folderWithLetters("gpt2", 125)];
const t5 = ["--model", folderWithLetters("t5-first", 30)];
const image = "test/images/exif-8.png";
const pictures = ["--model", "test/golden/vit-oblong"];

async function written(...args: string[]): Promise<string> {
  const { stdout, error } = await commandLine("heads", ...args);
  expect(error).toBeUndefined();
  return stdout;
}

async function refused(...args: string[]): Promise<string> {
  const { error } = await commandLine("heads", ...args);
  return error?.message ?? "nothing was refused";
}

describe("heads", () => {
  test("of the embedded model have names beside chance", async () => {
    const out = await written("The cat sat on the mat because it was tired.", "--words-only");
    expect(out).toMatch(/looks at the token before\s+L0H2\s+1\.00\s+0\.09/);
    expect(out).toContain("This is one text");
    expect(out).not.toContain("[CLS]");
  });

  test("are averaged over lines, with their spread, by tags of each line", async () => {
    const file = join(tmpdir(), `heed-heads-${process.pid}.jsonl`);
    const lines = [
      { text: "the cat sat .", tags: ["DET", "NOUN", "VERB", "PUNCT"] },
      { text: "it was tired .", tags: ["PRON", "VERB", "ADJ", "PUNCT"] },
    ];
    writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
    const result = JSON.parse(await written(file, "--lines", "--json", ...bert));
    expect(result.count).toBe(2);
    const { patterns } = result.heads[0];
    expect(patterns["tag VERB"].count).toBe(2);
    expect(patterns["tag DET"].count).toBe(1);
    expect(patterns.previous.spread).toBeGreaterThan(0);
    const csv = await written(file, "--lines", "--format", "csv", ...bert);
    expect(csv.split("\n")[0]).toBe("layer,head,pattern,score,chance,as_far,spread,texts,named");
  });

  test("over random tokens are the same for a seed", async () => {
    const random = ["--random", "--length", "6", "--texts", "3", "--json"];
    const first = await written(...random, "--seed", "4", ...gpt2);
    expect(await written(...random, "--seed", "4", ...gpt2)).toBe(first);
    expect(await written(...random, "--seed", "5", ...gpt2)).not.toBe(first);
    expect(JSON.parse(first).random).toEqual({ seed: 4, length: 6, repeats: 2, texts: 3 });
    const cross = JSON.parse(await written(...random, "--stack", "cross", ...t5));
    expect(Object.keys(cross.heads[0].patterns)).toContain("same token");
    expect(Object.keys(cross.heads[0].patterns)).not.toContain("previous");
  });

  test("are drawn: names, one pattern, families", async () => {
    for (const more of [[], ["--of", "previous"], ["--families", "2"]])
      expect(await written(text, ...more, "--format", "svg", ...bert)).toMatch(/^<svg/);
    const families = await written(text, "--families", "2", "--format", "svg", ...bert);
    expect(families).toContain("The axes mean nothing");
    expect(await written(image, "--of", "above", ...pictures)).toContain(
      "looks at the patch above",
    );
  });

  test("refuse what makes no sense", async () => {
    expect(await refused(text, "--random", ...bert)).toContain("a text does nothing with --random");
    expect(await refused("--random", ...pictures)).toContain("random texts are of tokens");
    expect(await refused(text, "--seed", "3", ...bert)).toContain(
      "--seed does nothing without --random",
    );
    expect(await refused(text, "--of", "previos", ...bert)).toContain(
      "--of previos: the text has previous",
    );
    expect(await refused(text, "--least", "2", ...bert)).toContain(
      "--least 2: needs a share above 0",
    );
    expect(await refused("--random", "--length", "4000", ...bert)).toContain("do not fit");
    expect(await refused(text, "--families", "99", ...bert)).toContain("99 families of 6 heads");
    expect(await refused(image, "--tags", "NOUN", ...pictures)).toContain("a picture has no words");
  });
});
