import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { builtCommand, builtPackage } from "../support/built-package.ts";
import { commandLine, folderWithLetters, folderWithWords } from "../support/command-line.ts";
import { goldenFolder } from "../support/small-models.ts";

// Tiny models need no threads.
process.env.HEED_BACKEND = "reference";

const root = fileURLToPath(new URL("../..", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "heed-input-"));
const bert = ["--model", folderWithWords("bert-mlm", 121)];
const classifier = ["--model", folderWithWords("distilbert-classify", 30)];
const with2 = ["--with", folderWithWords("bert-mlm", 121)];
const gpt2 = ["--model", folderWithLetters("gpt2", 125)];
const inference = ["--model", "test/tasks/zero-shot-roberta"];
const reader = ["--model", "test/tasks/answers-bert"];
const crossEncoder = ["--model", "test/tasks/cross-encoder-roberta"];
const chatModel = ["--model", "test/tasks/chat"];

/** A file with this content, by its path. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(home, name);
  writeFileSync(path, content);
  return path;
}

/** What a command does whose stdin stays silent; it waits ten seconds, while other tests run. */
let silent: ReturnType<typeof heed> | undefined;

beforeAll(async () => {
  await builtPackage();
  silent = heed(["tokens"], undefined);
});

/** Runs the command line as a process, with this on stdin; undefined leaves a pipe that never ends. */
function heed(args: readonly string[], input: string | undefined) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, [builtCommand, ...args], {
      cwd: root,
      env: { ...process.env, NO_COLOR: "1", COLUMNS: "80" },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    if (input !== undefined) child.stdin.end(input);
  });
}

const cat = "the cat sat on the mat because it was tired .";
const masked = "the [MASK] sat .";

/** Every command that takes a text, and a text that it takes. */
const commands: readonly (readonly [readonly string[], string, readonly string[]])[] = [
  [[], cat, bert],
  [["--site", "layers.0.q"], cat, bert],
  [["show"], cat, bert],
  [["show", "L0H1"], cat, bert],
  [["compare", cat], "the dog sat on the mat because it was tired .", bert],
  [["tokens"], cat, bert],
  [["score"], "the cat", gpt2],
  [["generate", "--tokens", "2"], "the cat", gpt2],
  [["chat", "--tokens", "2"], "the cat", chatModel],
  [["fill"], masked, bert],
  [["classify"], cat, classifier],
  [["zero-shot", "--labels", "cat,dog"], "the cat", inference],
  [["answer", "who sat ?"], cat, reader],
  [["embed"], cat, bert],
  [["rerank", "the cat"], "the dog", crossEncoder],
  [["explain"], cat, bert],
  [["stream"], cat, bert],
  [["patch", "--zero", "L0H0"], cat, bert],
  [["matter", "--word", "cat", "--controls", "2"], cat, bert],
  [["rollout"], cat, bert],
  [["flow"], "the cat sat .", bert],
  [["measure"], cat, bert],
  [["heads"], cat, bert],
  [["lens"], "the cat", gpt2],
  [["attribute"], "the cat", gpt2],
  [["norms"], cat, bert],
  [["zeroing"], cat, bert],
  [["saliency"], "the cat", gpt2],
  [["relevance"], "the cat", gpt2],
];

describe("a file's name is the text in it", () => {
  test.each(commands)("heed %j", async (args, text, model) => {
    const inFile = file("notes.txt", `\ufeff${text}\n`);
    const given = await commandLine(...args, text, ...model, "--json");
    expect(given.error).toBeUndefined();
    expect(await commandLine(...args, inFile, ...model, "--json")).toEqual(given);
    const missing = await commandLine(...args, "no-notes.txt", ...model);
    expect(missing.error?.message).toMatch(/^no-notes\.txt: there is no such file/);
    const empty = await commandLine(...args, file("empty.txt", " \n"), ...model);
    expect(empty.error?.message).toContain("empty.txt: the text is empty");
  });

  test("of a second text too", async () => {
    const pair = ["tokens", "the cat", ...bert, "--json", "--pair"];
    const given = await commandLine(...pair, "the dog");
    expect(await commandLine(...pair, file("dog.txt", "the dog\n"))).toEqual(given);
  });

  test("a name without an ending is said to be a file", async () => {
    const plain = file("notes", "the cat");
    const cwd = process.cwd();
    process.chdir(home);
    try {
      const { stdout, stderr } = await commandLine("tokens", "notes", ...bert, "--json");
      expect(JSON.parse(stdout).texts).toEqual(["the cat"]);
      expect(stderr).toContain("notes is a file here, and is read");
    } finally {
      process.chdir(cwd);
    }
    expect((await commandLine("tokens", plain, ...bert)).stderr).toBe("");
  });

  test.each(["and/or", "e.g.", "U.S.A.", "the file notes.txt", "/", "..", "3.5", "src"])(
    "%j is a text",
    async (text) => {
      const { stdout, error } = await commandLine("tokens", text, "--json");
      expect(error).toBeUndefined();
      expect(JSON.parse(stdout).texts).toEqual([text]);
    },
  );

  test("a folder is none", async () => {
    const { error } = await commandLine("tokens", "./src");
    expect(error?.message).toBe("./src is a folder; here goes a text, or a file of one");
  });
});

describe("bytes that are no UTF-8 are said, with their place and what to do", () => {
  const utf16 = (text: string) => Buffer.from(text, "utf16le");
  test.each<readonly [string, Uint8Array, string]>([
    ["latin1", Buffer.from("caf\u00e9", "latin1"), "byte 3 (0xE9) is no UTF-8"],
    ["half a letter", Buffer.from([0x61, 0xc3]), "byte 1 (0xC3) is no UTF-8"],
    ["UTF-16", utf16("\ufeffcat"), "the byte order mark of UTF-16"],
    ["UTF-16, big", utf16("\ufeffcat").swap16(), "the byte order mark of UTF-16"],
    ["UTF-32", Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), "the byte order mark of UTF-32"],
    ["UTF-16 without mark", utf16("the cat"), "byte 1 is zero, as every other one is"],
    ["a zero", Buffer.from("the\0cat"), "byte 3 is zero, which no text holds"],
    ["PDF", Buffer.from("%PDF-1.7"), "this is a PDF"],
  ])("%s", async (name, bytes, says) => {
    const path = file(`${name}.txt`, bytes);
    const { error, stdout } = await commandLine("tokens", path);
    expect(error?.message).toContain(`${path}: `);
    expect(error?.message).toContain(says);
    expect(error?.message).toMatch(/iconv -f|tr -d|pdftotext/);
    expect(stdout).toBe("");
  });
});

describe("stdin", () => {
  const wanting = commands.filter(([[name]]) => name !== undefined && !name.startsWith("-"));
  test.each(wanting)("is read by heed %j, which has no text", async (args, text, model) => {
    const given = await commandLine(...args, text, ...model, "--json");
    const { code, stdout } = await heed([...args, ...model, "--json"], `${text}\n`);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(given.stdout));
  });

  test("is never read by heed alone", async () => {
    const { code, stdout } = await heed([], undefined);
    expect(code).toBe(0);
    expect(stdout).toContain("Try:");
  });

  test("that gives nothing is not waited for unless it was asked for", async () => {
    const { code, stderr } = await silent!;
    expect(code).toBe(1);
    expect(stderr).toContain("stdin is a pipe from which nothing came");
  });

  test("is read once", async () => {
    const { code, stderr } = await heed(["compare", "-", "-"], "the cat sat");
    expect(code).toBe(1);
    expect(stderr).toContain("stdin can be read once");
  });
});

describe("--lines", () => {
  const lines = file("lines.txt", "the cat sat .\n\nthe dog sat on the mat .\r\n");
  const many: readonly (readonly [readonly string[], string])[] = [
    [[...bert], lines],
    [["tokens", ...bert], lines],
    [["score", ...gpt2], lines],
    [["generate", "--tokens", "2", ...gpt2], lines],
    [["chat", "--tokens", "2", ...chatModel], lines],
    [["fill", ...bert], file("masks.txt", "the [MASK] sat .\n\nthe dog [MASK] on the mat .\n")],
    [["classify", ...classifier], lines],
    [["zero-shot", "--labels", "cat,dog", ...inference], lines],
    [["answer", "who sat ?", ...reader], lines],
    [["show", ...bert], lines],
    [["show", "L0H1", ...bert], lines],
    [["explain", ...bert], lines],
    [["stream", ...bert], lines],
    [["patch", "--zero", "L0H1", ...bert], lines],
    [["patch", "--zero", "--grid", "heads", ...bert], lines],
    [["compare", ...with2, ...bert], lines],
    [["rollout", ...bert], lines],
    [["norms", ...bert], lines],
    [["zeroing", ...bert], lines],
    [["saliency", ...gpt2], lines],
  ];
  test.each(many)("heed %j gives what it gives for each line alone", async (args, path) => {
    const list = JSON.parse((await commandLine(...args, path, "--lines", "--json")).stdout);
    expect(list.map(({ line }: { line: number }) => line)).toEqual([1, 3]);
    const streamed = await commandLine(...args, path, "--lines", "--format", "jsonl");
    const rows = streamed.stdout.trim().split("\n");
    expect(rows.map((row) => JSON.parse(row))).toEqual(list);
    const alone = args[0] === "fill" ? "the [MASK] sat ." : "the cat sat .";
    const one = JSON.parse((await commandLine(...args, alone, "--json")).stdout);
    expect(list[0]).toEqual({ line: 1, ...one });
    const text = (await commandLine(...args, path, "--lines")).stdout;
    expect(text).toMatch(/^line 1\n[\s\S]+\n\nline 3\n/);
  });

  test.each([
    [["show"], "svg", "a picture is of one text"],
    [["show", "L0H1"], "png", "a picture is of one text"],
    [["explain"], "svg", "a picture is of one text"],
    [["explain"], "html", "a page is of one text"],
    [["stream"], "pdf", "a picture is of one text"],
    [["patch", "--zero", "L0H1"], "svg", "a picture is of one text"],
    [["compare", cat], "svg", "a picture is of one text"],
    [["compare", ...with2], "html", "a page is of one text"],
  ])("heed %j draws no %s of several texts, and says so", async (args, format, because) => {
    const all = [...args, lines, "--lines", "--format", format, "--out", join(home, `x.${format}`)];
    expect((await commandLine(...all, ...bert)).error?.message).toContain(because);
  });

  test("an experiment's file is of one text", async () => {
    const { error } = await commandLine(
      ...["patch", lines, "--lines", "--zero", "L0H1", "--save", join(home, "e.json"), ...bert],
    );
    expect(error?.message).toContain("--save does nothing with --lines");
  });

  test("an error names the line whose text has no such word", async () => {
    for (const command of ["explain", "stream", "show"]) {
      const { error } = await commandLine(command, lines, "--lines", "--word", "mat", ...bert);
      expect(error?.message).toMatch(/^line 1: .*--word.*"mat"/);
    }
  });

  test("compare holds line against line, a text against each, and the two of a line", async () => {
    const tired = file(
      "tired.txt",
      "the cat sat on the mat because it was tired .\n\nthe cat sat .\n",
    );
    const other = file(
      "other.txt",
      "the dog sat on the mat because it was tired .\n\nthe dog sat .\n",
    );
    const texts = ["cat sat on the mat because it was tired .", "cat sat ."];
    const compared = async (...args: readonly string[]) => {
      const { stdout, error } = await commandLine("compare", ...args, "--lines", "--json", ...bert);
      expect(error).toBeUndefined();
      return JSON.parse(stdout);
    };
    const both = await compared(tired, other);
    expect(both.map(({ line, texts }: { line: number; texts: string[] }) => [line, texts])).toEqual(
      texts.map((rest, n) => [1 + 2 * n, [`the ${rest}`, `the ${rest.replace("cat", "dog")}`]]),
    );
    const tabs = texts.map((rest) => `the ${rest}\tthe ${rest.replace("cat", "dog")}`);
    expect(await compared(file("tabs.txt", `${tabs.join("\n\n")}\n`))).toEqual(both);
    const objects = tabs
      .map((tab) => tab.split("\t"))
      .map(([first, second]) => ({ first, second }));
    const json = objects.map((pair) => JSON.stringify(pair)).join("\n\n");
    expect(await compared(file("pairs.jsonl", json))).toEqual(both);
    const one = await compared(`the ${texts[0]}`, other);
    expect(one[0]).toEqual(both[0]);
    expect(one[1].texts).toEqual([`the ${texts[0]}`, "the dog sat ."]);
    const single = JSON.parse(
      (await commandLine("compare", ...both[0].texts, "--json", ...bert)).stdout,
    );
    expect(both[0]).toEqual({ line: 1, ...single });
  });

  test("compare says that the second text is missing", async () => {
    const { error } = await commandLine("compare", "-", ...bert);
    expect(error?.message).toMatch(/^compare needs two texts, and the second one is missing/);
  });

  test("compare refuses lines without a partner", async () => {
    const said = async (...args: readonly string[]) =>
      (await commandLine("compare", ...args, "--lines", ...bert)).error?.message;
    const two = file("two.txt", "the cat sat .\n\nthe dog sat .\nthe mat .\n");
    expect(await said(lines)).toContain("lines.txt, line 1: compare needs two texts, got one");
    expect(await said(lines, two)).toMatch(/two\.txt, line 4 has no partner: .* line 4 of .*lines/);
    expect(await said(two, lines)).toMatch(/two\.txt, line 4 has no partner: .* line 4 of .*lines/);
    expect(await said(file("keys.jsonl", '{"text": "the cat"}'))).toContain("got the keys text");
    expect(await said(file("three.txt", "a\tb\tc"))).toContain("got 3 parts, or a blank one");
  });

  test("CSV has one header, and the line in front", async () => {
    const { stdout } = await commandLine("tokens", lines, "--lines", "--format", "csv", ...bert);
    const rows = stdout.trim().split("\n");
    expect(rows[0]).toBe("line,id,piece,start,end,characters");
    expect(rows.filter((row) => row.startsWith("line")).length).toBe(1);
    expect(new Set(rows.slice(1).map((row) => row.split(",")[0]))).toEqual(new Set(["1", "3"]));
  });

  test("lines of JSON are texts, pairs, ids, or questions with their texts", async () => {
    const inputs = file(
      "inputs.jsonl",
      '"the cat"\n{"text": "the cat", "pair": "the dog"}\n{"ids": [5, 6]}\n',
    );
    const { stdout } = await commandLine("tokens", inputs, "--lines", "--json", ...bert);
    const [text, pair, ids] = JSON.parse(stdout);
    expect([text.texts, pair.texts, ids.texts]).toEqual([
      ["the cat"],
      ["the cat", "the dog"],
      ["the cat"],
    ]);
    const question = { question: "who sat ?", context: "the cat sat ." };
    const asked = file("questions.jsonl", JSON.stringify(question));
    const [answer] = JSON.parse(
      (await commandLine("answer", asked, "--lines", "--json", ...reader)).stdout,
    );
    expect(answer).toMatchObject({ line: 1, texts: ["who sat ?", "the cat sat ."] });
    const wrong = file("wrong.jsonl", '{"text": "a"}\n{"txt": "a"}\n');
    const refused = await commandLine("tokens", wrong, "--lines", ...bert);
    expect(refused.error?.message).toContain("wrong.jsonl, line 2: needs");
    const broken = await commandLine("tokens", file("broken.jsonl", "{"), "--lines", ...bert);
    expect(broken.error?.message).toContain("broken.jsonl, line 1: not valid JSON");
  });

  test("an error names its line", async () => {
    const { error } = await commandLine("fill", lines, "--lines", ...bert);
    expect(error?.message).toMatch(/^line 1: .*mask/i);
  });

  test("embed writes a line for each", async () => {
    const { stdout } = await commandLine("embed", lines, "--lines", "--format", "jsonl", ...bert);
    const rows = stdout
      .trim()
      .split("\n")
      .map((row) => JSON.parse(row));
    expect(rows.map(({ text }) => text)).toEqual(["the cat sat .", "the dog sat on the mat ."]);
    const { texts } = JSON.parse(
      (await commandLine("embed", lines, "--lines", "--json", ...bert)).stdout,
    );
    expect(rows.map(({ vector }) => vector)).toEqual(
      texts.map(({ vector }: { vector: number[] }) => vector),
    );
  });
});

test("a file may be written over with what is made of its own lines, and stays as it was where that fails", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "heed-lines-")), "lines.jsonl");
  const text = `${"the cat sat .\n".repeat(70)}`.replaceAll(/^.+$/gm, '{"text": "$&"}');
  writeFileSync(file, `${text}{"txt": "wrong"}\n`);
  const failed = await commandLine("embed", file, "--lines", "--out", file, ...bert);
  expect(failed.error?.message).toContain("line 71: needs");
  expect(readFileSync(file, "utf8")).toBe(`${text}{"txt": "wrong"}\n`);
  writeFileSync(file, text);
  await commandLine("embed", file, "--lines", "--out", file, ...bert);
  const rows = readFileSync(file, "utf8").trim().split("\n");
  expect(rows.length).toBe(70);
  expect(JSON.parse(rows[69]!).vector.length).toBeGreaterThan(0);
});

test("a pipe without end is answered line by line, and quietly left when nobody reads on", async () => {
  const child = spawn(
    process.execPath,
    [builtCommand, "embed", "-", "--lines", "-f", "csv", ...bert],
    {
      cwd: root,
    },
  );
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  child.stdin.on("error", () => {});
  const ended = new Promise((resolve) => child.once("close", resolve));
  const rows = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const firstCell = async () => (await rows.next()).value?.split(",")[0];
  child.stdin.write("the cat\n");
  expect([await firstCell(), await firstCell()]).toEqual(["text", "the cat"]);
  child.stdin.write("the dog\nthe mat\n");
  expect([await firstCell(), await firstCell()]).toEqual(["the dog", "the mat"]);
  child.stdout.destroy();
  child.stdin.write("the cat\n".repeat(1000));
  expect(await ended).toBe(0);
  // What holds of the model is said once, however many lines there are.
  expect(stderr.match(/heed:/g)).toHaveLength(1);
  expect(stderr).not.toMatch(/Error|EPIPE/);
});

test("with --lines a warning is said once, and anew by the next command", async () => {
  const lines = file("masked.txt", `${masked}\nthe cat [MASK] .\n${masked}\n`);
  const args = ["fill", lines, "--lines", "--targets", "sitting,cat", ...bert];
  for (const _ of [1, 2]) {
    const { stderr, error } = await commandLine(...args);
    expect(error).toBeUndefined();
    expect(stderr.match(/is not one token/g)).toHaveLength(1);
  }
});

test("the most tokens to write may be called as in Python, once", async () => {
  const args = ["generate", "the cat", ...gpt2];
  const { stdout, error } = await commandLine(...args, "--max-new-tokens", "2");
  expect(error).toBeUndefined();
  expect((await commandLine(...args, "--tokens", "2")).stdout).toBe(stdout);
  const both = await commandLine(...args, "--tokens", "2", "--max-new-tokens", "2");
  expect(both.error?.message).toContain("are the same");
});

describe("--ids", () => {
  test.each<readonly string[]>([
    ["tokens", ...bert],
    ["score", ...gpt2],
    ["generate", "--tokens", "2", ...gpt2],
    ["--site", "layers.0.q", ...bert],
    [...bert],
    ["show", ...bert],
    ["show", "L0H1", ...bert],
  ])("heed %s takes them in place of a text", async (...args) => {
    const { stdout, error } = await commandLine(...args, "--ids", "5,6,7,8,9", "--json");
    expect(error).toBeUndefined();
    expect(JSON.parse(stdout)).toBeTruthy();
    const both = await commandLine(...args, "the cat", "--ids", "5,6");
    expect(both.error?.message).toContain("a text and --ids contradict each other");
  });

  test.each([
    ["fill", masked, bert, "masks"],
    ["classify", cat, classifier, "classified.0.predictions"],
    ["embed", cat, bert, "texts.0.vector"],
  ] as const)(
    "heed %s gives for a text's ids what it gives for the text",
    async (command, text, model, at) => {
      const json = async (...args: readonly string[]) => {
        const { stdout, error } = await commandLine(...args, ...model, "--json");
        expect(error).toBeUndefined();
        return JSON.parse(stdout);
      };
      const ids = (await json("tokens", text)).tokens.map((token: { id: number }) => token.id);
      const valueAt = (object: unknown) =>
        at.split(".").reduce((value, key) => (value as Record<string, unknown>)[key], object);
      const ofText = valueAt(await json(command, text));
      expect(ofText).toBeDefined();
      expect(valueAt(await json(command, "--ids", ids.join(",")))).toEqual(ofText);
      const line = file(`${command}-ids.jsonl`, `${JSON.stringify({ ids })}\n`);
      const lines = await commandLine(command, line, "--lines", ...model, "--format", "jsonl");
      expect(lines.error).toBeUndefined();
      expect(lines.stdout.trim().split("\n")).toHaveLength(1);
      const both = await commandLine(command, text, "--ids", "1", ...model);
      expect(both.error?.message).toContain("a text and --ids contradict each other");
    },
  );

  test("refuses a pair beside them, a mask that is not there, and parts of a text that is not known", async () => {
    const said = async (...args: readonly string[]) => (await commandLine(...args)).error?.message;
    expect(await said("--ids", "1,2", "--pair", "the cat", ...bert)).toContain("--ids and --pair");
    expect(await said("fill", "--ids", "5,6", ...bert)).toContain("the ids have no");
    const tokens = ["--model", folderWithWords("distilbert-tokens", 30)];
    expect(await said("classify", "--ids", "5,6", ...tokens)).toContain("ids have no places");
  });

  test.each([
    ["compare", ["the cat", "the dog"], "words of one are found in the other"],
    ["answer", ["who?", "the cat"], "an answer is a part of the text"],
    ["zero-shot", ["the cat", "--labels", "a"], "puts a sentence with each label behind the text"],
    ["rerank", ["the cat", "the dog"], "puts the two texts of a pair together"],
    ["chat", [], "a chat's template makes one text"],
  ])("heed %s refuses them by name", async (command, given, because) => {
    const { error } = await commandLine(command, ...given, "--ids", "1,2");
    expect(error?.message).toContain(`${command} reads texts, not ids: `);
    expect(error?.message).toContain(because);
  });

  test.each([
    ["circuit", ["L0H1"], "a head's matrices are read, and no text"],
    ["parameters", [], "it reads no text"],
    ["run", ["experiment.json"], "the file of an experiment says what is read. heed patch --lines"],
    ["open", ["the cat"], "the explorer begins with one text"],
    ["train", ["world"], "its files are read whole"],
  ])("heed %s refuses --lines by name, wherever it stands", async (command, given, because) => {
    for (const args of [
      [command, ...given, "--lines"],
      ["--lines", command, ...given],
    ]) {
      const { error } = await commandLine(...args);
      expect(error?.message).toContain(`${command} has no --lines: ${because}`);
    }
  });

  test("one row is read, and a second one refused", async () => {
    const { error } = await commandLine("embed", "--ids", "5,6", "--ids", "7,8", ...bert);
    expect(error?.message).toContain("--ids 5,6 was said before, and one row is read");
  });

  test("a model without a tokenizer makes vectors of ids, and is asked for them", async () => {
    const electra = ["--model", goldenFolder("electra")];
    const { stdout, error } = await commandLine("embed", "--ids", "5,6,7", ...electra, "--json");
    expect(error).toBeUndefined();
    const [{ vector, tokens }] = JSON.parse(stdout).texts;
    expect([vector.every(Number.isFinite), tokens.length]).toEqual([true, 3]);
    const rows = file("rows.jsonl", '{"ids": [5, 6, 7]}\n{"ids": [8]}\n');
    const lines = await commandLine("embed", rows, "--lines", ...electra, "--format", "jsonl");
    const first = JSON.parse(lines.stdout.split("\n")[0]!).vector as number[];
    for (const [place, number] of first.entries()) expect(number).toBeCloseTo(vector[place], 5);
    const text = await commandLine("embed", "the cat", ...electra);
    expect(text.error?.message).toContain("cannot read a text. Give its tokenizer's files");
  });

  test("tokens says what they stand for", async () => {
    const { stdout } = await commandLine("tokens", "--ids", "2,5,6,3", ...bert);
    expect(stdout).toMatch(/the[\s\S]+cat/);
    const unknown = await commandLine("tokens", "--ids", "999999", ...bert);
    expect(unknown.error?.message).toContain("no token 999999");
  });
});
