import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { CheckpointError, ConfigError, InputError } from "../../src/errors/errors.ts";
import { load, type Model } from "../../src/index.ts";
import { readTaskCases, verifyTasks } from "../../src/tasks/verify-tasks/verify-tasks.ts";
import { commandLine } from "../support/command-line.ts";

process.env.HEED_BACKEND = "reference";

const loaded = new Map<string, Promise<Model>>();
function model(name: string): Promise<Model> {
  const folder = fileURLToPath(new URL(name, import.meta.url));
  const opened = loaded.get(name) ?? load(folder);
  loaded.set(name, opened);
  return opened;
}
afterAll(async () => {
  for (const opened of loaded.values()) await (await opened).dispose();
});

describe("cut texts", () => {
  test.each([
    [{ maxTokens: 8, truncation: false as const }, "maxTokens is 8, but truncation is false"],
    [{ truncation: "first" as never }, 'there is no "first"; nearest: only_first'],
    [{ truncation: 3 as never }, 'there is no "3"'],
    [{ truncation: "only_second" as const, maxTokens: 4 }, "the second text has no tokens"],
    [{ padTo: 0 }, "padTo: needs a whole number from 1"],
  ])("%o is refused", async (options, message) => {
    const classifier = await model("text-bert-single-label");
    await expect(classifier.classify("The cat sat on the mat.", options)).rejects.toThrow(message);
  });

  test("what a tokenizer cuts at the beginning is said to be cut there", async () => {
    const classifier = await model("text-roberta-cut");
    const { warnings } = await classifier.run("the cat sat on the mat . ".repeat(40));
    expect(warnings[0]).toMatch(/128 are kept, \d+ at its beginning are cut off/);
  });

  test("only what is said to be cut is cut", async () => {
    const { tokenizer } = await model("text-bert-single-label");
    const pair = { pair: "It was tired.", maxLength: 9 };
    const of = (sequence: number, options: object) =>
      tokenizer!
        .encode("The cat sat.", { ...pair, ...options })
        .tokens.filter((token) => token.sequence === sequence && !token.special).length;
    const whole = tokenizer!.encode("The cat sat.", { addSpecialTokens: false }).ids.length;
    expect(of(0, { truncation: "only_second" })).toBe(whole);
    expect(of(1, { truncation: "only_second" })).toBe(6 - whole);
    expect(() => of(0, { truncation: "only_first", maxLength: 5 })).toThrow(
      'truncation is "only_first"',
    );
  });
});

describe("empty texts", () => {
  // transformers 5.24.0: a pipeline takes an empty second text for none; CrossEncoder and zero-shot take it for a text.
  test.each([
    [{ text: "", pair: "" }, 0.7384512424468994],
    [{ text: "a", pair: "" }, 0.6471281051635742],
    [{ text: "", pair: "a" }, 0.66044020652771],
    ["", 0.7384512424468994],
  ])("of a classifier: %j", async (input, score) => {
    const classifier = await model("text-bert-single-label");
    for (const given of [input, [input]]) {
      const { rows } = await classifier.classify(given);
      expect(rows[0]![0]).toMatchObject({ label: "LABEL_0" });
      expect(rows[0]![0]!.score).toBeCloseTo(score, 5);
    }
  });

  test("of a cross-encoder", async () => {
    const { scores } = await (await model("cross-encoder-roberta")).scorePairs([
      ["", ""],
      ["a", ""],
      ["", "a"],
    ]);
    for (const [row, score] of [0.8379069, 0.795609, 0.80050814].entries())
      expect(scores.data[row]).toBeCloseTo(score, 5);
  });

  test("are no questions, and nothing to label", async () => {
    const reader = await model("answers-bert");
    for (const [question, context] of [
      ["", ""],
      ["a", ""],
      ["", "a"],
    ] as const)
      await expect(reader.answer({ question, context })).rejects.toThrow("needs a text");
    const inference = await model("zero-shot-roberta");
    await expect(inference.zeroShot("", { labels: ["a", "b"] })).rejects.toThrow("needs a text");
  });
});

test("more answers than a text has are those it has, which is said", async () => {
  const asked = ["answer", "who sat ?", "the cat", "--model", "test/tasks/answers-bert"];
  const { stdout, stderr } = await commandLine(...asked, "--top-k", "1000", "--json");
  expect(JSON.parse(stdout).answers).toHaveLength(3);
  expect(stderr).toContain("1,000 answers asked for, and the text has 3");
  expect((await commandLine(...asked, "--top-k", "3")).stderr).toBe("");
});

describe("tasks", () => {
  test("are refused by models of another task, by name", async () => {
    const texts = await model("text-bert-single-label");
    const parts = await model("tokens-bert");
    await expect(parts.classify("a")).rejects.toThrow(
      "classify needs a model with a head for sequence classification or image classification or audio classification;",
    );
    await expect(texts.classifyTokens("a")).rejects.toThrow("has one for sequence classification");
    await expect(texts.fill("a")).rejects.toThrow("fill needs a model with a head for masked");
    await expect(parts.zeroShot("a", { labels: ["b"] })).rejects.toThrow(InputError);
    await expect(texts.answer({ question: "a", context: "b" })).rejects.toThrow(InputError);
  });

  test("take true or false where that is asked, and nothing else", async () => {
    const texts = await model("text-bert-single-label");
    const asks = await model("answers-bert");
    const question = { question: "who sat ?", context: "the cat sat" };
    const wrong = <T>(value: T) => value as unknown as boolean;
    await expect(texts.classify("a", { addSpecialTokens: wrong(0) })).rejects.toThrow(
      "classify: addSpecialTokens is 0, needs true or false",
    );
    await expect(asks.answer(question, { wholeWords: wrong("no") })).rejects.toThrow(
      'answer: wholeWords is "no", needs true or false',
    );
    await expect(asks.answer(question, { impossible: wrong(1) })).rejects.toThrow(
      "impossible is 1",
    );
    await expect(texts.run("a", { output: wrong("false") })).rejects.toThrow("run: output is");
    expect(() => texts.tokenizer!.encode("a", { addSpecialTokens: wrong(null) })).toThrow(
      "encode: addSpecialTokens is null, needs true or false",
    );
    expect(() => texts.tokenizer!.decode([1], { skipSpecialTokens: wrong(1) })).toThrow(
      "decode: skipSpecialTokens is 1",
    );
  });

  test("say of a text beside others that it has no tokens, and give an empty one no parts", async () => {
    const said: string[] = [];
    const onWarning = (message: string) => said.push(message);
    const texts = await model("text-gpt2-padded");
    await texts.classify(["a cat", ""], { onWarning });
    const sentences = await model("sentence-right-gpt2");
    await sentences.embed(["", "a cat"], { onWarning });
    expect(said).toEqual([
      expect.stringMatching(/: text 1 \(of 0 to 1\) has no tokens/),
      expect.stringMatching(/: text 0 \(of 0 to 1\) has no tokens/),
    ]);
    const parts = await model("tokens-bert");
    const { rows } = await parts.classifyTokens(["Hugo lived.", "", "Hugo lived."]);
    expect(rows[1]).toEqual([]);
    expect(rows[2]).toEqual(rows[0]);
  });

  test("refuse options they lack, and values no option has", async () => {
    const texts = await model("text-bert-single-label");
    const parts = await model("tokens-bert");
    const masks = await model("fill-albert");
    await expect(texts.classify("a", { top: 1 } as object)).rejects.toThrow('no option "top"');
    await expect(texts.classify("a", { topK: 0 })).rejects.toThrow("needs a whole number from 1");
    await expect(parts.classifyTokens("a", { stride: 2 })).rejects.toThrow("needs an aggregation");
    await expect(parts.classifyTokens(5 as never)).rejects.toThrow("needs a text, got 5");
    await expect(masks.fill("no mask")).rejects.toThrow("the text has no [MASK]");
    await expect(masks.fill("[MASK]", { targets: [] })).rejects.toThrow("targets are none");
    const follows = await model("zero-shot-roberta");
    await expect(follows.zeroShot("a", { labels: " , " })).rejects.toThrow("needs labels");
    await expect(follows.zeroShot("a", { labels: "b", template: "{{}}" })).rejects.toThrow("no {}");
    await expect(follows.zeroShot("", { labels: "b" })).rejects.toThrow("needs a text");
    const reader = await model("answers-bert");
    await expect(reader.answer({ question: " ", context: "b" })).rejects.toThrow("question is");
    await expect(reader.answer({ question: "a", context: "b" }, { stride: -1 })).rejects.toThrow(
      "needs a whole number from 0",
    );
  });

  test("say what stands for a target, which label is taken for entailment, and that a text is cut", async () => {
    const said: string[] = [];
    const onWarning = (message: string) => said.push(message);
    await (await model("fill-albert")).fill("[MASK]", { targets: ["catmat"], onWarning });
    await (await model("zero-shot-no-entailment")).zeroShot("a", { labels: "b", onWarning });
    const windows = await model("tokens-distilbert-windows");
    await windows.classifyTokens("the cat sat on the mat ".repeat(4), { onWarning });
    expect(said).toEqual([
      'fill: "catmat" is not one token of the vocabulary; its first, "▁ca", stands for it',
      'zeroShot: none of the labels no, yes begins with "entail"; the last is taken for it',
      expect.stringMatching(
        /^classifyTokens: the text has \d+ tokens, and .* takes 16: \d+ at its/,
      ),
    ]);
  });

  test("give places in UTF-16 units", async () => {
    const text = "😀 Hugo";
    const { rows } = await (await model("tokens-bert")).classifyTokens(text, {
      ignoreLabels: [],
      aggregation: "first",
    });
    const last = rows[0]!.at(-1)!;
    expect(text.slice(last.start, last.end)).toMatch(/Hugo$/);
    expect(last.end).toBe(text.length);
  });

  test("give several texts what each gets alone", async () => {
    const questions = [
      { question: "Who?", context: "Hugo Wolf lived in Vienna." },
      { question: "Where did Anna live?", context: "Anna lived in Zürich near the café." },
    ];
    const reader = await model("answers-bert");
    const together = await reader.answer(questions, { topK: 2 });
    for (const [row, question] of questions.entries())
      expect(together.rows[row]).toEqual((await reader.answer(question, { topK: 2 })).rows[0]);
    const masks = await model("fill-albert");
    const texts = ["The cat [MASK].", "Anna lived in [MASK] near the [MASK]."];
    const filled = await masks.fill(texts);
    expect(filled.rows.map((row) => row.length)).toEqual([1, 2]);
    const [alone] = (await masks.fill(texts[0]!)).rows;
    expect(filled.rows[0]![0]!.fillings.map(({ sequence }) => sequence)).toEqual(
      alone![0]!.fillings.map(({ sequence }) => sequence),
    );
  });
});

describe("labels of files that nobody meant well with", () => {
  const home = mkdtempSync(join(tmpdir(), "heed-labels-"));
  const folderWith = (name: string, id2label: unknown) => {
    const folder = join(home, name);
    cpSync(fileURLToPath(new URL("text-bert-single-label", import.meta.url)), folder, {
      recursive: true,
    });
    const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, id2label }));
    return ["classify", "the cat", "--model", folder];
  };
  afterAll(() => rmSync(home, { recursive: true }));

  test("are refused by name where they are a list, and are their digits where they are numbers", async () => {
    const { error, stdout } = await commandLine(...folderWith("list", ["a", "b"]));
    expect({ name: error?.name, stdout }).toEqual({ name: "ConfigError", stdout: "" });
    expect(error?.message).toContain("id2label is a list");
    const numbers = await commandLine(...folderWith("numbers", { 0: 7, 1: 8 }), "--format", "csv");
    expect(numbers.stdout).toMatch(/the cat,[78],0\.\d+\n/);
  });

  test("do nothing to a terminal, in any format", async () => {
    const hostile = folderWith("markup", { 0: "\u001b]0;owned\u0007\u001b[2J", 1: "</script>\r" });
    for (const format of ["text", "json", "csv"]) {
      const { stdout } = await commandLine(...hostile, "--format", format);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are meant
      expect(stdout).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/);
      expect(stdout).toContain("owned");
    }
  });
});

describe("recorded answers", () => {
  const files = { image: () => Promise.reject(new InputError("no picture")) };
  const check = async (name: string, cases: readonly object[]) =>
    verifyTasks(
      await model(name),
      readTaskCases(JSON.stringify({ format: "heed-tasks-1", cases }), "tasks.json"),
      files,
    );
  const right = { task: "fill-mask", input: "[MASK]", options: { targets: ["▁cat"] } };

  test("with options of Python's that heed has no name for fail by name", async () => {
    const pair = { task: "text-pair-score", input: [["a", "b"]], expected: [0] };
    const found = await check("cross-encoder-roberta-three", [
      { ...pair, options: { activation: "tanh" } },
      { ...pair, task: "sentence-embedding", options: { precision: "int8" } },
    ]);
    expect(found.map(({ passed }) => passed)).toEqual([false, false]);
    expect(found[0]!.reason).toContain('text-pair-score has an option "activation"');
    expect(found[1]!.reason).toContain('sentence-embedding has an option "precision"');
  });

  test("of pairs may be shares of all labels", async () => {
    const scorer = await model("cross-encoder-roberta-three");
    const { scores } = await scorer.scorePairs([["a", "b"]], { activation: "softmax" });
    const given = {
      task: "text-pair-score",
      input: [["a", "b"]],
      options: { apply_softmax: true },
    };
    const [found] = await check("cross-encoder-roberta-three", [
      { ...given, expected: [[...scores.data]] },
    ]);
    expect(found!.reason ?? found!.difference).toBeLessThan(1e-6);
  });

  test("that differ in a score, a name or their number fail, each with its reason", async () => {
    const { rows } = await (await model("fill-albert")).fill("[MASK]", { topK: 2 });
    const { fillings } = rows[0]![0]!;
    const recorded = fillings.map(({ id, text, sequence, score }) => ({
      token: id,
      token_str: text,
      sequence,
      score,
    }));
    const [first, second] = recorded as [(typeof recorded)[0], (typeof recorded)[0]];
    const found = await check(
      "fill-albert",
      [
        recorded,
        [{ ...first, score: first.score + 2e-5 }, second],
        [{ ...first, token: 0 }, second],
        [first],
      ].map((expected) => ({ ...right, options: { top_k: 2 }, expected })),
    );
    expect(found.map(({ passed }) => passed)).toEqual([true, false, false, false]);
    expect(found[1]!.difference).toBeCloseTo(2e-5, 7);
    expect(found[2]!.reason).toMatch(/^recorded is \[0,/);
    expect(found[3]!.reason).toMatch(/^recorded are 1 in row 0, got 2/);
  });

  test("fail where a task refuses them, and are refused where heed does not know the task", async () => {
    const [refused] = await check("fill-albert", [{ ...right, input: "no mask" }]);
    expect(refused).toMatchObject({
      passed: false,
      reason: expect.stringContaining("has no [MASK]"),
    });
    const [unknown] = await check("fill-albert", [{ ...right, options: { sideways: 1 } }]);
    expect(unknown!.reason).toContain('an option "sideways"');
    await expect(check("fill-albert", [{ ...right, task: "fill-masks" }])).rejects.toThrow(
      'case 0 is a "fill-masks", which heed does not know; nearest: fill-mask',
    );
    await expect(check("fill-albert", [])).rejects.toThrow("holds no cases");
    await expect(check("fill-albert", [{ input: "a" }])).rejects.toThrow("case 0 needs a task");
    expect(() => readTaskCases('{"format": "heed-tasks-2"}', "x")).toThrow(CheckpointError);
    expect(() => readTaskCases("{", "x")).toThrow("x: not valid JSON");
  });

  test("of a config with other labels are refused by name", async () => {
    const odd = await model("text-bert-single-label");
    const config = odd.config as { id2label?: unknown };
    const before = config.id2label;
    config.id2label = ["yes", "no"];
    await expect(odd.classify("a")).rejects.toThrow(ConfigError);
    config.id2label = before;
  });
});
