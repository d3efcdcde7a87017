import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { unitsOf } from "../../src/analysis/index.ts";
import { load, type Run } from "../../src/index.ts";
import {
  commandLine,
  folderWithLetters,
  folderWithWords,
  refused,
  written,
} from "../support/command-line.ts";

const text = "the cat sat";
const target = "a dog it sat";
const decoder = ["--decoder", target];
const marian = ["--model", "test/golden/hub-marian"];

/** Rows of CSV behind the first. */
async function rowsOf(...args: string[]): Promise<string[][]> {
  const [, ...rows] = (await written(...args, "--format", "csv")).trim().split("\n");
  return rows.map((row) => row.replace(/"[^"]*"/g, "").split(","));
}

describe.each([
  ["hub-marian", (): string => "test/golden/hub-marian"],
  ["hub-bart", (): string => "test/golden/hub-bart"],
  ["t5-uneven", (): string => folderWithLetters("t5-uneven", 30)],
  ["bert2bert", (): string => folderWithWords("bert2bert", 32)],
  ["bert2bert-uneven-heads", (): string => folderWithWords("bert2bert-uneven-heads", 32)],
  ["m2m-100-uneven-heads", (): string => folderWithLetters("m2m-100-uneven-heads", 30)],
] as const)("the attentions of %s", (_, folder) => {
  let model: string[];
  let run: Run;
  let layers: number;

  beforeAll(async () => {
    const path = folder();
    model = ["--model", path];
    const loaded = await load(path);
    layers = loaded.dimensions.decoderLayers!;
    run = await loaded.run(
      { text, target },
      { read: ["decoder.layers.*.weights", "decoder.layers.*.cross.weights"] },
    );
    await loaded.dispose();
  });

  const stacks = [
    ["decoder", "decoder.layers.0.weights"],
    ["cross", "decoder.layers.0.cross.weights"],
  ] as const;

  test.each(stacks)("show draws one head of %s with its own words", async (stack, site) => {
    const args = ["show", "L0H1", text, ...decoder, "--stack", stack, ...model];
    const weights = run.trace.get(site).select(0, 1);
    const [T, S] = weights.shape as readonly [number, number];
    const json = JSON.parse(await written(...args, "--json"));
    expect(json.stack).toBe(stack);
    expect(json.decoderTokens.map(({ id }: { id: number }) => id)).toEqual(
      run.decoderTokens![0]!.map(({ id }) => id),
    );
    expect(json.tokens).toHaveLength(run.tokens[0]!.length);
    expect(json.weights.flat()).toEqual(Array.from(weights.data));
    expect(json.derivation.keys).toHaveLength(S);
    const query = json.derivation.query.token;
    expect(Object.values(json.derivation.weights)).toEqual(json.weights[query]);
    expect(json.derivation.projection.matrix).toBeDefined();

    const rows = await rowsOf(...args);
    expect(rows).toHaveLength(T * S);
    const isHidden = (query: number, key: number): boolean => stack === "decoder" && key > query;
    for (const row of rows) {
      const [, , query, , key, , weight] = row;
      const place = Number(query) * S + Number(key);
      if (isHidden(Number(query), Number(key))) expect(weight).toBe("");
      else expect(Number(weight)).toBe(weights.data[place]);
    }

    const name = stack === "cross" ? "decoder.cross.L0H1" : "decoder.L0H1";
    const printed = await written(...args);
    expect(printed).toContain(`${name} (layer 0, head 1): each row is a word that looks`);
    expect(printed).toContain(`${name} (layer 0, head 1): every number on the way from`);
    const svg = await written(...args, "--format", "svg");
    expect(svg).toContain(`${name} (layer 0, head 1)`);
    expect(svg).toContain(target);
  });

  test.each(stacks)("show has every head of the decoder's layers: %s", async (stack, site) => {
    const args = ["show", text, ...decoder, "--stack", stack, "--word", "sat", ...model];
    const json = JSON.parse(await written(...args, "--json"));
    expect(json.heads).toHaveLength(layers * run.trace.get(site).shape[1]!);
    const weights = run.trace.get(site).select(0, 1);
    const S = weights.shape[1]!;
    const [from, to]: number[][] = [json.word.tokens, json.targets[0].tokens];
    const sum = from!
      .flatMap((query) => to!.map((key) => weights.data[query * S + key]!))
      .reduce((all, weight) => all + weight, 0);
    expect(json.heads[1].head).toBe("L0H1");
    expect(json.heads[1].weight).toBeCloseTo(sum / from!.length, 6);
    const values = (await rowsOf(...args)).map((row) => Number(row[2]));
    expect(values).toEqual(json.heads.map(({ weight }: { weight: number }) => weight));
    const name = stack === "cross" ? "cross attention" : "the decoder's own attention";
    expect(await written(...args)).toContain(name);
    const svg = await written(...args, "--format", "svg");
    expect(svg.replaceAll(/<[^>]*>/g, " ")).toContain(name.replace("'", "&#39;"));
  });

  test("generate goes on behind what --decoder says, and score scores it", async () => {
    const generated = await commandLine("generate", text, ...decoder, "--tokens", "3", ...model);
    expect(generated.error).toBeUndefined();
    expect(generated.stdout.startsWith(target)).toBe(true);
    const { stdout } = await commandLine("score", text, ...decoder, "--json", ...model);
    const { texts, tokens, count } = JSON.parse(stdout);
    expect(texts).toEqual([text, target]);
    expect(tokens).toHaveLength(count);
    const line = JSON.stringify({ text, target });
    const file = join(mkdtempSync(join(tmpdir(), "heed-lines-")), "pairs.jsonl");
    writeFileSync(file, `${line}\n`);
    const lines = await commandLine("score", file, "--lines", "--json", ...model);
    expect(JSON.parse(lines.stdout)[0].tokens).toEqual(tokens);
    const both = await commandLine("score", file, "--lines", ...decoder, ...model);
    expect(both.error?.message).toContain("--decoder and a line's target contradict each other");
  });

  test("a decoder's word looks at the encoder's, and --to names those", async () => {
    const args = [text, ...decoder, "--stack", "cross", "--word", "dog", "--to", "cat", ...model];
    const json = JSON.parse(await written(...args, "--json"));
    const unit = (tokens: Run["tokens"][number], name: string) =>
      unitsOf(tokens).find((one) => one.text === name)!.tokens;
    expect(json.word).toEqual({ label: "dog", tokens: unit(run.decoderTokens![0]!, "dog") });
    expect(json.targets).toEqual([{ label: "cat", tokens: unit(run.tokens[0]!, "cat") }]);
    expect(json.texts).toEqual([text]);
    expect(json.stack).toBe("cross");
    expect(Object.keys(json.weights)).toHaveLength(run.tokens[0]!.length);
    const printed = await written(...args);
    expect(printed).toContain(`${text}\n${target}\n`);
    expect(printed).toContain("cross attention");
    expect(printed).toContain('"dog" looks at "cat"');
    const svg = await written(...args, "--format", "svg");
    expect(svg).toContain("What &quot;dog&quot; looks at");
    expect(svg).toContain("decoder.cross.L");
    const rows = await rowsOf(...[text, ...decoder, "--stack", "cross", "--word", "dog", ...model]);
    const heads = layers * run.trace.get("decoder.layers.0.cross.weights").shape[1]!;
    expect(rows).toHaveLength(heads * json.word.tokens.length * run.tokens[0]!.length);
  });

  test.each(stacks)("a page of %s has its words, its weights and its numbers", async (stack) => {
    const page = await written(text, ...decoder, "--stack", stack, "--format", "html", ...model);
    const data = JSON.parse(/<script[^>]*type="application\/json"[^>]*>([^<]*)</.exec(page)![1]!);
    expect(data.isSelf).toBe(stack === "decoder");
    expect(data.queries).toHaveLength(run.decoderTokens![0]!.length);
    expect(data.keys).toHaveLength(
      (stack === "cross" ? run.tokens : run.decoderTokens!)[0]!.length,
    );
    expect(data.layers).toBe(layers);
    expect(data.vectors).toBeDefined();
  });
});

test("the pronoun of the decoder is asked about, and what it can look at comes before it", async () => {
  const args = [text, ...decoder, "--stack", "decoder", ...marian];
  const printed = await written(...args);
  expect(printed).toContain("hub-marian, the decoder's own attention");
  expect(printed).toMatch(/"it" looks at "(a|dog)"/);
  const { word, weights } = JSON.parse(await written(...args, "--json"));
  const last = Math.max(...word.tokens);
  const shown = Object.values(weights);
  expect(shown.slice(last + 1).every((weight) => weight === null)).toBe(true);
  expect(shown.slice(0, last + 1).some((weight) => weight === null)).toBe(false);
});

test("each line's text is read beside the same decoder's", async () => {
  const lines = ["the cat", "a dog sat"];
  const path = join(mkdtempSync(join(tmpdir(), "heed-")), "lines.txt");
  writeFileSync(path, lines.join("\n"));
  const args = [path, "--lines", ...decoder, "--stack", "cross", "--word", "dog", ...marian];
  const found = (await written(...args, "--format", "jsonl")).trim().split("\n");
  expect(found.map((line) => JSON.parse(line).word.label)).toEqual(["dog", "dog"]);
  expect(found.map((line) => JSON.parse(line).texts[0])).toEqual(lines);
});

test("a file of numbers and a site are of the stack that is named", async () => {
  const file = await written(text, ...decoder, "--stack", "cross", "--format", "npz", ...marian);
  expect(file).toContain("decoder.layers.0.cross.weights");
  expect(file).not.toContain("encoder.layers.0.weights");
  const site = ["--site", "decoder.layers.0.cross.weights"];
  const [{ shape }] = JSON.parse(await written(text, ...site, ...decoder, "--json", ...marian));
  const [{ shape: start }] = JSON.parse(await written(text, ...site, "--json", ...marian));
  expect(shape[2]).toBeGreaterThan(start[2]);
  expect(shape[3]).toBe(start[3]);
});

test.each([
  ["heads", []],
  ["", ["--word", "2"]],
  ["show", ["L0H1"]],
  ["explain", ["--word", "2", "--to", "1"]],
] as const)("beside --ids the decoder reads ids: heed %s %j", async (command, more) => {
  const folder = "test/golden/bart-uneven-heads";
  const [first, ...options] = more;
  const shown = command === "show" ? [command, first!] : [...(command ? [command] : [])];
  const asked = command === "show" ? [] : [...(first === undefined ? [] : [first]), ...options];
  const ids = ["--ids", "5,6,7,2", "--decoder", "2,5,9", "--stack", "cross", "--model", folder];
  expect(await written(...shown, ...asked, ...ids)).not.toMatch(/NaN|undefined|\[object/);
});

test("beside --ids the decoder begins with the first of its own", async () => {
  const folder = ["--model", "test/golden/bart-uneven-heads"];
  const cross = ["--stack", "cross", ...folder];
  const site = ["--site", "decoder.layers.0.cross.weights", ...folder];
  const given = ["--ids", "5,6,7,2", "--decoder", "2,5,9"];
  const [{ shape }] = JSON.parse(await written(...given, ...site, "--json"));
  expect(shape).toEqual([1, 2, 3, 4]);
  const page = await written(...given, ...cross, "--word", "2", "--format", "html");
  expect(page).toContain('"queries":["#2","#5","#9"],"keys":["#5","#6","#7","#2"]');
});

test("what changes nothing, or is not there, is refused by name", async () => {
  const cross = ["--stack", "cross", ...decoder, ...marian];
  for (const command of [[text], ["show", text], ["show", "L0H1", text]]) {
    expect(await refused(...command, ...decoder, ...marian)).toContain(
      "--decoder does nothing without --stack",
    );
    expect(await refused(...command, ...decoder, "--stack", "encoder", ...marian)).toContain(
      "--decoder does nothing with --stack encoder",
    );
    expect(await refused(...command, "--stack", "cross")).toContain(
      "--stack cross: all-MiniLM-L6-v2 has one stack. Leave it out",
    );
    expect(await refused(...command, "--stack", "decoder", ...marian)).toContain(
      'the decoder reads no word, only <pad>. Give a text and what the decoder reads: --decoder "…"',
    );
    expect(await refused(...command, "--word", "cat", ...cross)).toContain(
      '--word: no word "cat" in the text. Its words: a dog it sat',
    );
    expect(await refused(...command, "--to", "dog", ...cross)).toContain(
      '--to: no word "dog" in the text. Its words: the cat sat',
    );
  }
  expect(await refused(text, "--near", ...cross)).toContain(
    "--near does nothing with --stack cross",
  );
  expect(await refused("show", "L1H0", text, ...cross)).toBe(
    "L1H0: hub-marian's decoder has layers 0 to 0 and heads 0 to 1",
  );
  const site = ["--site", "encoder.layers.0.weights"];
  expect(await refused(text, ...site, ...decoder, ...marian)).toContain(
    "--decoder does nothing without a site of the decoder",
  );
  expect(await refused(text, ...site, "--stack", "encoder", ...marian)).toContain(
    "--stack does nothing with --site",
  );
  expect(await refused("--ids", "1,2", ...cross)).toContain("needs ids with commas between: 1,2,3");
  const picture = ["test/images/exif-8.png", "--model", "test/golden/vit-oblong"];
  for (const command of [picture, ["show", ...picture]])
    for (const option of [decoder, ["--stack", "cross"]])
      expect(await refused(...command, ...option)).toContain("a picture is read alone");
});

test.each([[], ["show"], ["show", "L0H0"], ["explain", "--head", "L0H0"], ["stream"], ["norms"]])(
  "an encoder alone, whose sites are named as with a decoder: heed %s",
  async (...command) => {
    const alone = ["--ids", "5,6,7", "--model", "test/golden/t5-encoder"];
    const named = ["norms"].includes(command[0]!) ? [] : ["--stack", "encoder"];
    expect(await written(...command, ...alone)).toBe(await written(...command, ...alone, ...named));
    expect(await refused(...command, "--stack", "cross", ...alone)).toMatch(
      /one stack|encoder only|Allowed choices/,
    );
  },
);

describe("what a change of the decoder does", () => {
  const bart = ["--model", "test/golden/bart-base"];
  const ids = ["--ids", "5,6,7,8", "--decoder", "2,9,8"];

  test.each(["decoder", "cross"])("to the decoder's own vectors: %s", async (stack) => {
    const change = ["--zero", "L0H0", "--stack", stack, "--controls", "0", "--word", "2"];
    const saved = join(mkdtempSync(join(tmpdir(), "heed-")), "experiment.json");
    const found = JSON.parse(
      await written("patch", ...ids, ...change, "--save", saved, "--json", ...bart),
    );
    expect(found.metrics.map(({ name }: { name: string }) => name)).toEqual([
      'vector of "2" in the decoder',
      "mean of all final vectors in the decoder",
    ]);
    for (const { after } of found.metrics) expect(after).toBeLessThan(0.999);
    const again = JSON.parse(await written("run", saved, "--json", ...bart));
    expect(again.experiment.input).toEqual({ ids: [5, 6, 7, 8], decoderIds: [2, 9, 8] });
    expect(again.metrics).toEqual(found.metrics);
    const word = ["--word", "2", "--stack", stack, "--controls", "2"];
    const { rows } = JSON.parse(await written("matter", ...ids, ...word, "--json", ...bart));
    for (const { effects } of rows) for (const one of effects) expect(one).toBeGreaterThan(1e-4);
  });

  test("where both texts of a change have the same behind them, alignment is by its words", async () => {
    const from = ["--from", "a dog sat", "--grid", "positions", "--stack", "decoder"];
    const { words } = JSON.parse(
      await written("patch", text, ...decoder, ...from, "--json", ...marian),
    );
    expect(JSON.stringify(words)).toContain('"text":"dog"');
  });

  test("words of the decoder are there to be cut", async () => {
    const cut = ["--cut", "sat->dog", "--head", "L0H1", "--stack", "decoder", "--controls", "2"];
    const printed = await written("patch", text, ...decoder, ...cut, ...marian);
    expect(printed).toContain(`${text}\n${target}\n`);
    expect(printed).toContain('Cut "sat" → "dog" in L0H1 (decoder)');
    expect(
      await refused("patch", text, "--pair", "it", ...decoder, "--zero", "L0H0", ...marian),
    ).toBe(
      "--pair does nothing with --decoder: beside a text an experiment has a second one, or what the decoder reads",
    );
    const png = "test/images/exif-8.png";
    for (const option of [decoder, ["--ids", "1,2"], ["--pair", "it"]])
      expect(await refused("patch", png, ...option, "--zero", "L0H0")).toContain(
        `${option[0]} does nothing with a picture`,
      );
  });
});
