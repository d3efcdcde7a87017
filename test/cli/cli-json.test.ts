import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandNames } from "../../src/cli/program/command-names.ts";
import { program } from "../../src/cli/program/program.ts";
import { commandLine, folderWithLetters, folderWithWords } from "../support/command-line.ts";

const text = "the cat sat on the mat because it was tired .";
const other = "the dog sat on the mat because it was tired .";
const image = "test/images/exif-8.png";

const bert = ["--model", folderWithWords("bert-mlm", 121)];
const classifier = ["--model", folderWithWords("distilbert-classify", 30)];
const tagger = ["--model", folderWithWords("distilbert-tokens", 30)];
const gpt2 = ["--model", folderWithLetters("gpt2", 125)];
const t5 = ["--model", folderWithLetters("t5-first", 30)];
const inference = ["--model", "test/tasks/zero-shot-roberta"];
const reader = ["--model", "test/tasks/answers-bert"];
const hearing = ["--model", "test/golden/hub-whisper"];
const pictures = ["--model", "test/golden/vit-oblong"];

/** Keys of a model, in every command, in this order. */
const modelKeys = [
  "name",
  "label",
  "commit",
  "type",
  "task",
  "layers",
  "heads",
  "keyHeads",
  "headWidth",
  "width",
  "feedForward",
  "decoderLayers",
  "decoderHeads",
  "decoderKeyHeads",
  "decoderHeadWidth",
  "decoderWidth",
  "decoderFeedForward",
  "vocabulary",
  "positions",
  "parameters",
  "backend",
  "dtype",
];

const experiment = join(mkdtempSync(join(tmpdir(), "heed-json-")), "experiment.json");
await commandLine(
  "patch",
  "--ids",
  "5,6,7",
  "--zero",
  "L0H1",
  "--controls",
  "2",
  "--save",
  experiment,
  ...bert,
);

type Result = Readonly<Record<string, unknown>>;

interface Sample {
  readonly args: readonly string[];
  /** What holds `model`, where it is not the whole result. */
  readonly entries?: (result: never) => readonly Result[];
  /** Every other key. */
  readonly keys: string;
  /** Commands that counted tokens in `model` still do. */
  readonly countsTokens?: boolean;
}

const lookKeys = "texts tokens word targets head weights heads mean habits unranked";
const pictureKeys = "image width height seen tokens rows columns covered word head heads";
const list = (result: readonly Result[]) => result;

/** Every command, in every way it writes JSON. */
const samples: readonly Sample[] = [
  { args: [text, ...bert], keys: lookKeys, countsTokens: true },
  { args: [image, ...pictures], keys: pictureKeys, countsTokens: true },
  { args: [text, "--site", "layers.*.q", ...bert], entries: list, keys: "site axes shape values" },
  {
    args: [image, "--site", "layers.0.q", ...pictures],
    entries: list,
    keys: "site axes shape values",
  },
  {
    args: ["show", "L1H0", text, ...bert],
    keys: "texts tokens word targets head weights derivation",
  },
  { args: ["show", text, ...bert], keys: "texts tokens word targets title heads" },
  { args: ["show", image, ...pictures], keys: pictureKeys, countsTokens: true },
  {
    args: ["explain", text, ...bert],
    keys: "texts tokens head query target against answer steps notes numbers",
  },
  {
    args: ["circuit", "L1H0", ...bert],
    keys: "head qk ov tokens compositions notes",
  },
  {
    args: ["stream", text, ...bert],
    keys: "texts tokens site word norms reason layers parts",
  },
  {
    args: ["compare", text, other, ...bert],
    keys: "texts word sides labels targets heads differing distances notes",
    countsTokens: true,
  },
  {
    args: ["patch", text, "--zero", "L0H1", "--controls", "2", ...bert],
    keys: "experiment tokens word said stations metrics outcomes controls",
  },
  {
    args: ["patch", text, "--from", other, "--grid", "heads", ...bert],
    keys: "experiment tokens words alone othersAlone metrics cells",
  },
  {
    args: ["run", experiment, ...bert],
    keys: "experiment tokens said stations metrics outcomes controls",
  },
  {
    args: ["matter", text, "--word", "it", "--controls", "2", ...bert],
    keys: "experiment rows metrics byWeight byNorm byGradient runs",
  },
  {
    args: ["saliency", text, "--word", "it", "--to", "cat", "--method", "gradient", ...bert],
    keys: "method metric name norm notes sides texts value",
  },
  {
    args: ["relevance", text, "--word", "it", "--to", "cat", ...bert],
    keys: "method metric name notes queries sides texts value",
  },
  {
    args: ["rollout", text, ...bert],
    keys: "texts tokens analysis variant startLayer endLayer notes relevance",
  },
  {
    args: ["rollout", image, ...pictures],
    keys: "image tokens rows columns analysis variant startLayer endLayer word relevance patches notes",
  },
  {
    args: ["flow", text, "--word", "it", ...bert],
    keys: "texts tokens analysis endLayer notes word relevance",
  },
  { args: ["measure", text, ...bert], keys: "texts measure unit count heads notes" },
  {
    args: ["measure", image, "--of", "distance", ...pictures],
    keys: "image measure unit count heads notes",
  },
  {
    args: ["measure", text, "--of", "classes", ...bert],
    keys: "texts measure count classes notes",
  },
  { args: ["measure", text, "--of", "drawn", ...bert], keys: "texts measure count words notes" },
  { args: ["heads", text, ...bert], keys: "texts count least heads notes" },
  { args: ["heads", image, ...pictures], keys: "image count least heads notes" },
  {
    args: ["heads", "--random", "--of", "induction", ...gpt2],
    keys: "random count pattern what heads",
  },
  {
    args: ["heads", text, "--families", ...bert],
    keys: "texts count seed silhouette kept families points divergences",
  },
  { args: ["lens", "the cat sat", ...gpt2], keys: "texts tokens layers notes" },
  { args: ["lens", image, "--word", "1,3", ...pictures], keys: "image tokens layers notes" },
  {
    args: ["lens", "the cat", "--head", "L1H2", ...gpt2],
    keys: "texts tokens position head raised lowered notes",
  },
  {
    args: ["attribute", "the cat", "--token", "a", "--against", "b", ...gpt2],
    keys: "texts tokens position token against total parts notes",
  },
  {
    args: ["attribute", image, ...pictures],
    keys: "image tokens position token total parts notes",
  },
  { args: ["norms", text, ...bert], keys: "texts tokens rows columns values notes" },
  {
    args: ["norms", text, "--head", "L1H0", ...bert],
    keys: "texts tokens head rows columns values notes",
  },
  { args: ["zeroing", text, ...bert], keys: "texts tokens layers notes" },
  { args: ["parameters", ...bert], keys: "parameters unused" },
  { args: ["parameters", "L0H1.q", ...bert], keys: "name stored meaning shape values" },
  { args: ["sites", ...bert], keys: "sites absent" },
  {
    args: ["verify", "test/tasks/text-bert-single-label"],
    entries: ({ reports }: { reports: readonly Result[] }) => reports,
    keys: "folder tasks errors",
  },
  {
    args: ["verify", "test/golden/bert-mlm", "--dtype", "half", "--tolerance", "1"],
    entries: ({ reports }: { reports: readonly Result[] }) => reports,
    keys: "folder trace errors",
  },
  { args: ["generate", "the cat", ...gpt2], keys: "texts tokens rows settings" },
  {
    args: ["generate", "the cat", "--attention", "--top-k", "9", ...t5],
    keys: "texts tokens decoderTokens seed settings rows attention",
  },
  {
    args: ["chat", "the cat", "--model", "test/tasks/chat"],
    keys: "texts tokens messages settings rows",
  },
  {
    args: ["score", "the cat sat", ...gpt2],
    keys: "texts tokens count logProbability perplexity bits",
  },
  {
    args: ["transcribe", "test/golden/hub-whisper/sound.wav", ...hearing],
    keys: "sound seconds language isLanguageDetected text segments settings",
  },
  { args: ["tokens", "the cat sat", ...bert], keys: "texts tokens" },
  { args: ["fill", "the [MASK] sat .", ...bert], keys: "texts tokens text masks" },
  {
    args: ["classify", "the cat sat .", ...classifier],
    keys: "texts tokens input task scoreFunction classified",
  },
  {
    args: ["classify", "the cat sat .", ...tagger],
    keys: "texts tokens input task classified entities",
  },
  { args: ["classify", image, ...pictures], keys: "image input task scoreFunction classified" },
  {
    args: ["zero-shot", "The cat sat.", "--labels", "cat,mat", ...inference],
    keys: "texts task classified",
  },
  { args: ["answer", "Who sat?", "The cat sat.", ...reader], keys: "texts question answers" },
  {
    args: ["embed", "the cat", "the dog", ...bert],
    keys: "how prompt texts similarity cosineSimilarity",
  },
  {
    args: ["rerank", "the cat", "the dog", "--model", "test/tasks/cross-encoder-roberta"],
    keys: "query activation how labels texts ranking",
  },
  {
    args: ["models"],
    entries: ({ models }: { models: readonly Result[] }) => models.slice(0, 1),
    keys: "name title hub licence note family layers heads keyHeads headWidth width feedForward vocabulary positions parameters publishedMillions agreement weightBytes",
  },
  {
    args: ["train", "previous", "--steps", "3", "--batch", "4"],
    keys: "of seed steps firstStep seconds trained parameters heldOut chance guess heads curve out",
  },
  {
    args: ["plan", "bert-base", "--no-measure"],
    entries: list,
    keys: "title shape parameters embeddingParameters counts growth notes",
  },
];

describe("every command's JSON", () => {
  test.each(samples)("$args", async ({ args, entries, keys, countsTokens }) => {
    const { stdout, error } = await commandLine(...args, "--json");
    expect(error).toBeUndefined();
    const result = JSON.parse(stdout);
    const held: readonly Result[] = entries ? entries(result as never) : [result];
    expect(held.length).toBeGreaterThan(0);
    for (const { model, ...rest } of held) {
      expect(Object.keys(model as object)).toEqual([
        ...modelKeys,
        ...(countsTokens ? ["tokens"] : []),
      ]);
      expect(Object.keys(rest).sort()).toEqual(keys.split(" ").sort());
    }
  });

  test("is held to by every command there is", () => {
    // A film is written as it was kept, with what it says of its model.
    const withoutModel = ["fetch", "film", "help", "open"];
    const names = program().commands.map((command) => command.name());
    expect([...commandNames].sort()).toEqual([...names].sort());
    const tested = samples.map(({ args }) => args[0]);
    expect(names.filter((name) => !tested.includes(name)).sort()).toEqual(withoutModel);
  });
});

describe("a model in JSON", () => {
  const modelOf = async (...args: string[]) =>
    JSON.parse((await commandLine("sites", ...args, "--json")).stdout).model;

  test("says what it is, what computes and how weights are kept", async () => {
    const model = await modelOf("--model", "test/golden/t5-first", "--dtype", "half");
    expect(model).toMatchObject({
      name: "t5-first",
      label: "test/golden/t5-first",
      type: "t5",
      task: "language modeling",
      layers: 1,
      decoderLayers: 1,
      heads: 2,
      headWidth: 4,
      width: 10,
      positions: null,
      dtype: "half",
    });
  });

  test("keeps weights as they are stored, if nothing else is asked for", async () => {
    expect(await modelOf(...bert)).toMatchObject({ dtype: "stored" });
    expect(await modelOf(...bert, "--dtype", "f32")).toMatchObject({ dtype: "f32" });
  });

  test("names the backend asked for", async () => {
    expect(await modelOf(...bert, "--backend", "reference")).toMatchObject({
      decoderLayers: null,
      positions: 96,
      backend: "reference",
      dtype: "f32",
    });
  });

  test("that is only planned is not on a backend", async () => {
    const { stdout } = await commandLine(
      "plan",
      "test/golden/gpt2/config.json",
      "--no-measure",
      "--json",
    );
    expect(JSON.parse(stdout)[0].model).toMatchObject({
      name: "config.json",
      type: "gpt2",
      width: 36,
      backend: null,
      dtype: null,
    });
  });
});
