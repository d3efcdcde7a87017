import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commandLine, folderWith } from "../support/command-line.ts";
import { goldenFolder } from "../support/small-models.ts";

/** What clears a screen, names a window, colours what follows and turns it round. */
const hostile =
  "\u001b]0;owned\u0007\u001b[2J\u001b[31m\u009b31mtype_it_here:\u202egnp.exe\u001b[0m";
/** In text without colours nothing may stand but letters and line breaks. */
const harmful = /[^\P{Cc}\n\t]|[\u202a-\u202e]/u;

function configOf(golden: string, change: Record<string, unknown>): string {
  const config = JSON.parse(readFileSync(`${goldenFolder(golden)}/config.json`, "utf8"));
  return JSON.stringify({ ...config, ...change });
}

/** Every token of a vocabulary, each with something hostile in it but the special ones. */
function hostileWords(size: number, special: readonly string[]): string[] {
  return Array.from({ length: size }, (_, id) => special[id] ?? `${hostile}${id}`);
}

const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
const vocabulary = (golden: string): number =>
  JSON.parse(readFileSync(`${goldenFolder(golden)}/config.json`, "utf8")).vocab_size;

/** A checkpoint whose every token is hostile; texts are split into them by their ids. */
function hostileTokens(golden: string): string {
  const vocab = Object.fromEntries(
    hostileWords(vocabulary(golden), special).map((text, id) => [text, id]),
  );
  const { id2label = {} } = JSON.parse(readFileSync(`${goldenFolder(golden)}/config.json`, "utf8"));
  const labels = Object.fromEntries(Object.keys(id2label).map((id) => [id, `=${id}${hostile}`]));
  return folderWith(golden, {
    "config.json": configOf(golden, { id2label: labels, label2id: undefined }),
    "tokenizer.json": JSON.stringify({
      added_tokens: [],
      pre_tokenizer: { type: "WhitespaceSplit" },
      decoder: { type: "Fuse" },
      model: {
        type: "WordPiece",
        unk_token: "[UNK]",
        continuing_subword_prefix: "",
        max_input_chars_per_word: 1000,
        vocab,
      },
    }),
  });
}

async function expectHarmless(args: readonly string[], isGiven = false): Promise<string> {
  const { stdout, stderr, error } = await commandLine(...args);
  if (isGiven) expect(error, args.join(" ")).toBeUndefined();
  const all = `${stdout}${stderr}${error?.message ?? ""}`;
  expect(all, args.join(" ")).not.toMatch(harmful);
  return all;
}

test("names and values from files in errors", async () => {
  const size = folderWith("bert-mlm", {
    "config.json": configOf("bert-mlm", { hidden_size: hostile }),
  });
  expect(await expectHarmless(["sites", "--model", size])).toContain("␛[2J");
  const type = folderWith("bert-mlm", {
    "config.json": configOf("bert-mlm", { model_type: hostile, architectures: [hostile] }),
  });
  await expectHarmless(["sites", "--model", type]);
  const json = folderWith("bert-mlm", { "tokenizer.json": hostile });
  expect(await expectHarmless(["a cat", "--model", json])).toContain("not valid JSON");
  const kind = folderWith("bert-mlm", {
    "tokenizer.json": JSON.stringify({ model: { type: hostile, vocab: {} } }),
  });
  await expectHarmless(["tokens", "a cat", "--model", kind]);
  const index = folderWith("bert-mlm", {
    "config.json": configOf("bert-mlm", { [hostile]: 1, hidden_act: hostile }),
  });
  await expectHarmless(["parameters", "--model", index]);
});

test.each(["text", "json", "csv", "svg", "html"])(
  "tokens and labels in every command: %s",
  async (format) => {
    const masked = hostileTokens("bert-mlm");
    const labels = hostileTokens("albert-classify");
    const writer = hostileTokens("gpt2");
    const text = `${hostile}7 ${hostile}9`;
    const asked = ["--format", format];
    for (const args of [
      [text, "--model", masked],
      ["show", text, "--model", masked],
      ["tokens", text, "--model", masked],
      ["fill", `${hostile}7 [MASK]`, "--model", masked],
      ["sites", "--model", masked],
      ["parameters", "--model", masked],
      ["compare", text, `${hostile}8`, "--model", masked],
      ["compare", text, "--model", masked, "--with", writer],
      ["explain", text, "--model", masked],
      ["stream", text, "--model", masked],
      ["circuit", "L0H0", "--model", masked],
      ["classify", text, "--model", labels],
      ["generate", text, "--model", writer, "--tokens", "3"],
      ["score", text, "--model", writer],
    ])
      await expectHarmless([...args, ...asked], format === "text" || format === "json");
  },
);

test("words of the command line in errors", async () => {
  const masked = hostileTokens("bert-mlm");
  for (const args of [
    ["a cat", "--model", `/nowhere/${hostile}`],
    ["a cat", "--word", hostile, "--model", masked],
    ["a cat", "--head", hostile, "--model", masked],
    ["a cat", "--format", hostile, "--model", masked],
    ["show", "a cat", "--site", hostile, "--model", masked],
  ])
    await expectHarmless(args);
});
