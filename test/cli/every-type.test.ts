import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { HeedError } from "../../src/errors/errors.ts";
import { commandLine } from "../support/command-line.ts";
import { goldenFolder } from "../support/small-models.ts";

/** Of each kind of text model one: windows and capped scores, parts side by side, slopes, norms last, scores by parts, two stacks. */
const alone = [
  ...["gemma2", "gptj", "falcon-sloped", "opt-norms-last", "mpnet", "modernbert"],
  ...["bart-causal", "pegasus-causal", "opt-norms-unlearned"],
];
const byParts = ["deberta-v2-convolution", "xlm", "roformer"];
const twoStacks = ["bart", "bart-uneven-heads", "m2m-100", "m2m-100-uneven-heads"];

const text = "a cat sat";
const decoder = ["--decoder", "sat"];
const ofAll = [
  [text, "--word", "sat", "--to", "cat"],
  ["rollout", text],
  ["heads", text],
  ["explain", text, "--word", "sat", "--to", "cat"],
  ["circuit", "L0H1"],
  ["stream", text, "--word", "sat"],
  ["patch", text, "--cut", "sat->cat", "--word", "sat", "--controls", "2"],
  ["norms", text],
  ["zeroing", text, "--word", "sat"],
];
const ofOne = [
  ["attribute", text],
  ["saliency", text, "--method", "integrated-gradients"],
  ["relevance", text, "--word", "sat", "--to", "cat"],
];
const ofTwo = [
  ["explain", text, "--word", "sat", "--stack", "cross", ...decoder],
  ["stream", text, "--word", "sat", "--stack", "decoder", ...decoder],
  ["heads", text, "--stack", "cross", ...decoder],
  ["lens", text, ...decoder],
  ["relevance", text, ...decoder],
];

/** What a model may have no numbers for, and how it is told. */
const refusals: Readonly<Record<string, RegExp>> = {
  attribute: /logits in parts: .*(more than one map|norms its stream after every part)|has no head/,
  saliency: /integrated gradients: .*(steps the values add up to -?\d|there is no )/,
};

/** The checkpoint with a token for every small letter. */
function withLetters(golden: string): string {
  const folder = join(mkdtempSync(join(tmpdir(), "heed-types-")), golden);
  cpSync(goldenFolder(golden), folder, { recursive: true });
  const letters = [..."<Ġabcdefghijklmnopqrstuvwxyz.,"];
  const files = {
    "tokenizer.json": {
      model: {
        type: "BPE",
        vocab: Object.fromEntries(letters.map((letter, id) => [letter, id])),
        merges: [],
      },
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
      decoder: { type: "ByteLevel" },
    },
    // As it stands, without what the type's own class adds.
    "tokenizer_config.json": { tokenizer_class: "PreTrainedTokenizerFast" },
  };
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), JSON.stringify(content));
  return folder;
}

/** Where something among numbers is no number: JSON has NaN and infinity as null. */
function broken(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) {
    const isOfNumbers = value.some((one) => typeof one === "number");
    if (isOfNumbers && value.includes(null)) return [path];
    return value.flatMap((one, place) => broken(one, `${path}[${place}]`));
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => broken(one, `${path}.${name}`));
}

/** What is wrong with what a command says, if anything. */
async function wrongIn(args: readonly string[], folder: string): Promise<string[]> {
  // In the steps of an explanation null is a number that there is none of: a masked score, a column without a total.
  const format = args[0] === "explain" ? "text" : "json";
  const { stdout, error } = await commandLine(...args, "--format", format, "--model", folder);
  const said = args.join(" ");
  const odd = /NaN|undefined|\[object/.exec(error?.message ?? stdout)?.[0];
  if (odd) return [`${said}: says ${odd}`];
  if (error) {
    const isTold = error instanceof HeedError && refusals[args[0]!]?.test(error.message);
    return isTold ? [] : [`${said}: ${error.message}`];
  }
  if (format === "text") return [];
  return broken(JSON.parse(stdout)).map((path) => `${said}: ${path} holds no number`);
}

describe("every kind of model, by the commands that look into it", () => {
  test.each([...alone, ...byParts, ...twoStacks])("%s says numbers, or why not", async (golden) => {
    const folder = withLetters(golden);
    const wrong: string[] = [];
    for (const args of [...ofAll, ...(twoStacks.includes(golden) ? ofTwo : ofOne)])
      wrong.push(...(await wrongIn(args, folder)));
    expect(wrong).toEqual([]);
  });
});
