import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandLine, folderWith, folderWithWords } from "../support/command-line.ts";
import { editedFolder } from "../support/edited-folder.ts";
import { goldenFolder } from "../support/small-models.ts";

const base = folderWithWords("bert-mlm", 121);
const other = folderWithWords("bert-untied", 121);
const text = "the cat sat on the mat because it was tired";

test("two models on one text: words, heads, vectors and weights", async () => {
  const moved = child("bert-mlm", "bert.encoder.layer.1.attention.self.query.weight", 2, false);
  cpSync(join(base, "vocab.txt"), join(moved, "vocab.txt"));
  const { stdout, error } = await commandLine("compare", text, "--model", base, "--with", moved);
  expect(error).toBeUndefined();
  expect(stdout).toContain('What "it" looks at');
  expect(stdout).toContain("Which heads' weights moved");
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test("two models that are one are said to be the same, and no table of zeros is shown", async () => {
  const same = async (...args: readonly string[]) => {
    const { stdout } = await commandLine("compare", ...args, "--model", base, "--with", base);
    return stdout.replace(/\s+/g, " ");
  };
  const said = "bert-mlm (first) and bert-mlm (second) are the same: no weight differs.";
  expect(await same()).toContain(said);
  expect(await same(text)).toContain(`${said} What "it" looks at is the same too, in every head.`);
  for (const shown of [await same(), await same(text)]) expect(shown).not.toMatch(/0\.0%|W_QK/);
});

test("weights that are the same are not said to be one model where the text is read otherwise", async () => {
  const cased = folderWith("bert-mlm", {
    "vocab.txt": readFileSync(join(base, "vocab.txt"), "utf8").replace("\ncat\n", "\ndog2\n"),
  });
  const { stdout } = await commandLine("compare", text, "--model", base, "--with", cased);
  expect(stdout.replace(/\s+/g, " ")).toContain("They read the text otherwise all the same");
  expect(stdout).toContain("How far the vector of");
});

/** A copy in which W^Q of one head of layer 1 is doubled: three heads of 12 numbers, in rows (BERT), or columns beside k's and v's (GPT-2). */
function child(golden: string, tensor: string, head: number, isPacked: boolean): string {
  return editedFolder(golden, {
    tensors: (tensors) => {
      const { bytes, ...rest } = tensors.get(tensor)!;
      const numbers = new Float32Array(bytes.slice().buffer);
      const width = rest.shape[1]!;
      for (const [place, number] of numbers.entries()) {
        const output = isPacked ? place % width : Math.floor(place / width);
        if (Math.floor(output / 12) === head) numbers[place] = 2 * number;
      }
      return tensors.set(tensor, { ...rest, bytes: new Uint8Array(numbers.buffer) });
    },
  });
}

test.each([
  ["bert-mlm", "bert.encoder.layer.1.attention.self.query.weight", 2, false],
  ["gpt2", "transformer.h.1.attn.c_attn.weight", 0, true],
])(
  "a child of %s whose W^Q moved in one head: that head is named, and no other",
  async (golden, tensor, head, isPacked) => {
    const models = [
      "--model",
      goldenFolder(golden),
      "--with",
      child(golden, tensor, head, isPacked),
    ];
    const { stdout, error } = await commandLine("compare", ...models);
    expect(error).toBeUndefined();
    const table = stdout.split("Which heads' weights moved")[1]!;
    const moved = table.split("\n").filter((line) => /^ *L\dH\d .*[1-9]/.test(line));
    expect(moved.map((line) => line.trim().split(" ")[0])).toEqual([`L1H${head}`]);
    const { weights } = JSON.parse((await commandLine("compare", ...models, "--json")).stdout);
    expect(weights.heads[0]).toMatchObject({ name: `L1H${head}`, k: 0, v: 0, o: 0, ov: 0 });
    expect(weights.heads[0].q).toBeCloseTo(1, 5);
    for (const other of weights.heads.slice(1)) expect([other.q, other.qk]).toEqual([0, 0]);
  },
);

test("without a text weights alone, of models of one shape", async () => {
  const { stdout } = await commandLine("compare", "--model", base, "--with", base, "--json");
  const { comparison, weights } = JSON.parse(stdout);
  expect(comparison).toBeNull();
  expect(weights.heads[0].name).toMatch(/^L\dH\d$/);
  const { error } = await commandLine("compare", "--model", base, "--with", goldenFolder("gpt2"));
  expect(error?.message).toContain("Give a text to compare what they do with it");
});

test("models of other shapes are compared by their words alone", async () => {
  const args = ["compare", text, "--word", "it", "--to", "cat", "--with", other];
  const { stdout, error } = await commandLine(...args, "--format", "html");
  expect(error).toBeUndefined();
  expect(stdout).toContain("Left out: the models are not of one family");
});

test("a word of each text, and labels in the texts' own words", async () => {
  const pair = ["compare", "the cat was tired", "the cat sat", "--model", base];
  const { stdout } = await commandLine(...pair, "--word", "tired,sat");
  expect(stdout).toContain('With "tired"');
  expect(stdout).toContain('with "sat"');
  const swapped = ["compare", "the dog sat on the cat", "the cat sat on the dog", "--model", base];
  expect((await commandLine(...swapped, "--word", "sat")).stdout).toContain('"dog cat"');
});

test.each([
  [[text, text, "--with", base, "--model", base], "on one text"],
  [["--with", base, "--model", base, "--word", "it"], "--word does nothing with no text"],
  [[text, text, "--word", "a,b,c", "--model", base], "needs one word, or one of each text"],
  [[text, text, "--word", "it,dog", "--model", base], '--word, second text: no word "dog"'],
  [[text, "--with", base, "--model", base, "--format", "csv"], "a comparison of models writes"],
])("refuses %j", async (args, message) => {
  expect((await commandLine("compare", ...args)).error?.message).toContain(message);
});
