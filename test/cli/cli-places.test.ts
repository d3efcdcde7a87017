import { cpSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { traceSafetensors } from "../../src/export/index.ts";
import { load } from "../../src/index.ts";
import { sharedName } from "../../src/models/short-name.ts";
import { commandLine, folderWithLetters, folderWithWords } from "../support/command-line.ts";
import { goldenFolder } from "../support/small-models.ts";

// Tiny models need no threads.
process.env.HEED_BACKEND = "reference";

const person = "anna-secret";
const home = join(mkdtempSync(join(tmpdir(), "heed-places-")), person);
mkdirSync(home);

/** A model's folder in somebody's home, by its whole path. */
function inHome(folder: string, name: string): string {
  const path = join(home, name);
  cpSync(folder, path, { recursive: true });
  return path;
}

const words = inHome(folderWithWords("bert-mlm", 121), "words");
const letters = inHome(folderWithLetters("gpt2", 125), "letters");
const pictures = inHome(goldenFolder("vit-oblong"), "pictures");
const towers = inHome(goldenFolder("clip-both"), "towers");
const photo = join(home, "photo.png");
cpSync("test/images/exif-8.png", photo);
const whisper = ["--model", inHome(goldenFolder("hub-whisper"), "whisper")];
const speech = join(home, "speech.wav");
cpSync(join(goldenFolder("hub-whisper"), "sound.wav"), speech);
const text = "the cat sat on the mat because it was tired .";
const bert = ["--model", words];
const gpt2 = ["--model", letters];
const vit = ["--model", pictures];

describe("what is written names no place of this machine:", () => {
  const all = ["text", "json", "csv", "svg"];
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
      [text, ...bert],
      [...all, "html", "parquet", "npz", "safetensors"],
    ],
    [
      [photo, ...vit],
      [...all, "html"],
    ],
    [["show", "L0H1", text, ...bert], all],
    [["compare", text, "the dog sat .", ...bert], all],
    [
      ["compare", text, "--with", words, "--model", words],
      ["text", "json", "svg", "html"],
    ],
    [
      ["explain", text, ...bert],
      ["text", "json", "svg", "html"],
    ],
    [
      ["explain", photo, ...vit],
      ["text", "json", "svg", "html"],
    ],
    [
      ["stream", photo, ...vit],
      ["text", "json", "svg", "html"],
    ],
    [
      ["circuit", "L0H1", ...bert],
      ["text", "json", "svg", "html"],
    ],
    [["patch", text, "--zero", "L0H1", ...bert], all],
    [["patch", photo, "--from", photo, "--grid", "heads", ...vit], all],
    [["matter", text, "--word", "cat", "--controls", "2", ...bert], all],
    [["rollout", text, ...bert], all],
    [["measure", photo, ...vit], all],
    [["heads", photo, ...vit], all],
    [["norms", photo, "--layer", "0", ...vit], all],
    [["zeroing", photo, ...vit], all],
    [["saliency", "the cat", ...gpt2], all],
    [["lens", "the cat", ...gpt2], all],
    [
      ["embed", text, ...bert],
      ["text", "json", "csv"],
    ],
    [
      ["embed", photo, "--model", towers],
      ["text", "json", "csv"],
    ],
    [
      ["generate", "the cat", "--tokens", "2", "--attention", ...gpt2],
      ["text", "json"],
    ],
    [
      ["parameters", ...bert],
      ["text", "json", "csv"],
    ],
    [
      ["sites", ...bert],
      ["text", "json", "csv"],
    ],
    [[speech, ...whisper], all],
    [["show", "L0H1", speech, ...whisper], all],
    [["norms", speech, ...whisper], all],
    [["patch", speech, "--zero", "L0H1", ...whisper], all],
    [
      ["transcribe", speech, ...whisper],
      ["text", "json"],
    ],
    [
      ["plan", words],
      ["text", "json"],
    ],
  ];
  test.each(cases.flatMap(([args, formats]) => formats.map((format) => [args, format] as const)))(
    "heed %j as %s",
    async (args, format) => {
      const { stdout, error } = await commandLine(...args, "--format", format);
      expect(error).toBeUndefined();
      expect(stdout).not.toContain(person);
      expect(stdout.length).toBeGreaterThan(10);
    },
  );

  test("a run as JSON, and as files of other tools", async () => {
    const model = await load(words);
    const run = await model.run(text, { read: ["layers.*.weights"] });
    expect(JSON.stringify(run)).not.toContain(person);
    expect(JSON.parse(JSON.stringify(run)).model).toBe("words");
    expect(Buffer.from(traceSafetensors(run)).toString("latin1")).not.toContain(person);
  });
});

test("an experiment's own file keeps the paths as they were typed, and runs again by them", async () => {
  const file = join(home, "experiment.json");
  const patch = ["patch", photo, "--zero", "L0H1", ...vit, "--json"];
  const first = JSON.parse((await commandLine(...patch, "--save", file)).stdout);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    model: { name: pictures },
    input: { image: photo },
  });
  expect(first.experiment).toMatchObject({
    model: { name: "pictures" },
    input: { image: "photo.png" },
  });
  expect(JSON.parse((await commandLine("run", file, "--json")).stdout)).toEqual(first);
});

test.each([
  ["openai-community/gpt2", "openai-community/gpt2"],
  ["openai-community/gpt2@main", "openai-community/gpt2@main"],
  ["models/all-MiniLM-L6-v2", "models/all-MiniLM-L6-v2"],
  ["./words", "./words"],
  ["/home/anna/models/words", "words"],
  ["~/models/words/", "words"],
  ["../anna/words", "words"],
  ["C:\\Users\\anna\\words", "words"],
  ["file:///home/anna/words", "words"],
  ["https://host.example/words", "https://host.example/words"],
  ["/home/anna/.cache/huggingface/hub/models--openai-community--gpt2", "openai-community/gpt2"],
  ["/home/anna/.cache/huggingface/hub/models--gpt2/snapshots/0f3a/", "gpt2@0f3a"],
])("%s is shared as %s", (label, shared) => {
  expect(sharedName(label)).toBe(shared);
});
