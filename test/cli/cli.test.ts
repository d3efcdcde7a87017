import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { load } from "../../src/load.node.ts";
import { parseHead } from "../../src/probe/head-address.ts";
import { builtCommand, builtPackage } from "../support/built-package.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const sentence = "The cat sat on the mat because it was tired.";

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

beforeAll(builtPackage);

/** Runs the command line as a process, with a plain 80-column pipe. */
function heed(
  args: readonly string[],
  { input = "", env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [builtCommand, ...args], {
      cwd: root,
      env: { ...process.env, NO_COLOR: "1", COLUMNS: "80", LANG: "C.UTF-8", LC_ALL: "", ...env },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ code, stdout, stderr: stderr.replace(/^\(node:\d+\).*\n/gm, "") }),
    );
    child.stdin.end(input);
  });
}

describe("heed", () => {
  test("without anything says what to try", async () => {
    const { code, stdout } = await heed([]);
    expect(code).toBe(0);
    expect(stdout).toContain('heed "The cat sat on the mat because it was tired."');
  });

  test("words that each sentence has alone are compared as a pair", async () => {
    const texts = ["He sat by the bank of the river.", "He put money into the bank."];
    const asked = (to: string) => heed(["compare", ...texts, "--word", "bank", "--to", to]);
    const { code, stdout } = await asked("river,money");
    expect(code).toBe(0);
    expect(stdout).toContain("river | money");
    // Without them it is said which there are.
    const usual = await heed(["compare", ...texts, "--word", "bank"]);
    expect(usual.stdout.replace(/\s+/g, " ")).toMatch(
      /Of the words that one text alone has, "(sat|by|of|river)" and "(put|money|into)" are looked at most: --to \1,\2 /,
    );
    expect(stdout).not.toContain("one text alone");
    // Where the texts align, words that differ need no name.
    const aligned = ["He swam to the bank of the river.", "He walked to the bank of the money."];
    const found = await heed(["compare", ...aligned, "--word", "bank"]);
    expect(found.stdout.replace(/\s+/g, " ")).toMatch(
      /"river" in the first, "money" in the second: how much "bank" looks at them differs most in L0H4 heads for "bank" river money change L0H4 0\.64 0\.06 -0\.58 [\s\S]*"swam" in the first, "walked" in the second/,
    );
    expect(found.stdout).not.toContain("one text alone");
    const named = await heed(["compare", ...aligned, "--word", "bank", "--to", "river,money"]);
    expect(named.stdout).not.toContain("in the first");
    const { differing } = JSON.parse(
      (await heed(["compare", ...aligned, "--word", "bank", "--json"])).stdout,
    );
    expect(
      differing.map(({ first, second }: { first: string; second: string }) => first + second),
    ).toEqual(["rivermoney", "swamwalked"]);
    expect(differing[0].heads[0].head).toBe("L0H4");
    expect(named.stdout).toMatch(/L0H4 +0\.64 +0\.06 +-0\.58/);
    expect((await asked("river")).stderr).toContain('only the first text has "river"');
    expect((await asked("lake")).stderr).toContain('no word "lake"');
  });

  test("stdin that is no UTF-8 is refused with its byte", async () => {
    const child = spawn(process.execPath, [builtCommand, "-"], {
      cwd: root,
    });
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.stdin.end(Buffer.from("caf\u00e9", "latin1"));
    await new Promise((resolve) => child.on("close", resolve));
    expect(stderr).toContain("stdin: byte 3 (0xE9) is no UTF-8");
  });

  test("a name of the table of models is its hub id, and one that is not public says so", async () => {
    const { stderr } = await heed(["a cat", "--model", "gpt3-175b"]);
    expect(stderr).toContain("GPT-3 175B is not public");
    expect(stderr).toContain("heed plan gpt3-175b");
    const offline = {
      env: { HF_HUB_OFFLINE: "1", HF_HUB_CACHE: mkdtempSync(join(tmpdir(), "heed-")) },
    };
    for (const args of [
      ["a cat", "--model", "bert-base"],
      ["tokens", "a cat", "--model", "bert-base"],
      ["fetch", "bert-base"],
    ])
      expect((await heed(args, offline)).stderr).toMatch(
        /bert-base is google-bert\/bert-base-uncased on the hub\n.*holds nothing of google-bert/,
      );
  });

  test("a contraction or a phrase is one word, in the table and in pictures", async () => {
    const text = "The cat sat on the mat because it isn\u2019t tired.";
    const { code, stdout } = await heed([text, "--word", "isn't", "--to", "the mat,tired"]);
    expect(code).toBe(0);
    expect(stdout).toContain('"isn\u2019t" looks at "the mat"');
    expect(stdout).toMatch(/heads for "isn\u2019t" +the mat +tired/);
    const json = JSON.parse((await heed([text, "--word", "ISN'T", "--json"])).stdout);
    expect(json.word).toEqual({ label: "isn\u2019t", tokens: [9, 10, 11] });
    const { code: refused, stderr } = await heed([text, "--word", "the mat", "--to", "mat"]);
    expect(refused).not.toBe(0);
    expect(stderr).toContain('"the mat" and "mat" share a word');
  });

  test("a text that is cut is said once", async () => {
    const { code, stderr } = await heed(["embed", "cat ".repeat(600), "a cat", "--json"]);
    expect(code).toBe(0);
    expect(stderr.match(/are cut off/g)).toHaveLength(1);
    expect(stderr).toContain("text 0 (of 0 to 1) has 602 tokens");
  });

  test("reads the text from stdin, and gives JSON", async () => {
    const { code, stdout, stderr } = await heed(["-", "--word", "it", "--json"], {
      input: `${sentence}\n`,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const result = JSON.parse(stdout);
    expect(result.word.label).toBe("it");
    expect(result.head).toBe("L5H11");
    expect(result.targets.map(({ label }: { label: string }) => label)).toEqual(["cat", "mat"]);
    expect(result.weights[2]).toBeCloseTo(0.7117, 4);
    expect(result.tokens[8]).toMatchObject({ text: "it", start: 31, end: 33, special: false });
  });

  test("makes a long text's rows when they are asked for: the same numbers", async () => {
    const text = `${sentence} `.repeat(12);
    const { code, stdout, stderr } = await heed([text, "--word", "it#9", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const result = JSON.parse(stdout);
    const model = await load();
    const run = await model.run(text, { read: ["layers.*.weights"] });
    const { layer, head } = parseHead(result.head);
    const [query] = result.word.tokens;
    const row = run.trace.row(`layers.${layer}.weights`, { head, query });
    expect(result.weights.length).toBe(row.data.length);
    for (const [key, weight] of row.data.entries())
      expect(Math.abs(result.weights[key] - weight)).toBeLessThan(1e-6);
    for (const { head: name, targets } of result.heads)
      expect(targets[0]).toBeCloseTo(run.weight(name, query, result.targets[0].tokens[0]), 5);
    await model.dispose();
  });

  test("ranks near words when asked, and shows the head asked for", async () => {
    const near = await heed([sentence, "--near", "--word", "it"]);
    expect(near.stdout).toContain('"it" looks at "because": 1.00 in L0H2');
    const head = await heed([sentence, "--word", "it", "--to", "mat,cat", "--head", "L3H1"]);
    expect(head.stdout).toContain('"it" looks at "mat": 0.14 in L3H1');
  });

  test("writes CSV with a row for every head and key", async () => {
    const { stdout } = await heed([sentence, "--word", "it", "--format", "csv"]);
    const lines = stdout.trim().split("\n");
    expect(lines[0]).toBe("layer,head,query,query_token,key,key_token,weight");
    expect(lines).toHaveLength(1 + 6 * 12 * 13);
  });

  test("writes a page that needs nothing else, its format told by the ending", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "heed-")), "it.html");
    const { code, stdout, stderr } = await heed([sentence, "--out", file]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain(`wrote ${file}`);
    const page = readFileSync(file, "utf8");
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/(src|href)="https?:/);
  });

  test("writes a page of a long text from rounded weights, the words and the head of its text report", async () => {
    const folder = mkdtempSync(join(tmpdir(), "heed-"));
    const file = join(folder, "long.html");
    const long = "The cat sat on the mat because it was tired. ".repeat(22);
    const { code } = await heed([long, "--word", "it#3", "--out", file]);
    expect(code).toBe(0);
    const page = readFileSync(file, "utf8");
    expect(page).toContain('id="packed-weights-5"');
    const data = JSON.parse(/id="data">([^<]*)</.exec(page)![1]!);
    expect(data.smallest).toBeLessThan(0.005);
    expect(data.queries[data.start.query]).toBe("it");
    const { stdout } = await heed([long, "--word", "it#3", "--json"]);
    expect(JSON.parse(stdout).head).toBe(`L${data.start.layer}H${data.start.head}`);
  });

  test("prints the numbers of a site", async () => {
    const { stdout } = await heed([sentence, "--site", "layers.0.weights", "--json"]);
    const [site] = JSON.parse(stdout);
    expect(site).toMatchObject({
      site: "layers.0.weights",
      axes: ["B", "H", "T", "S"],
      shape: [1, 12, 13, 13],
    });
    expect(site.values[0][2][8][7]).toBeCloseTo(1, 2);
  });

  test("takes two texts that belong together", async () => {
    const { stdout } = await heed([
      "The cat sat.",
      "--pair",
      "It was tired.",
      "--word",
      "It",
      "--json",
    ]);
    const { tokens } = JSON.parse(stdout);
    expect(tokens.filter(({ sequence }: { sequence: number }) => sequence === 1)).toHaveLength(4);
  });
});

describe("a reader that has seen enough", () => {
  test.each([
    [[sentence, "--site", "layers.*.weights", "--json"]],
    [["embed", "--lines", "README.md", "--format", "jsonl"]],
    [["--help"]],
  ])("ends %j quietly, with 0", async (args) => {
    const child = spawn(process.execPath, [builtCommand, ...args], {
      cwd: root,
      env: { ...process.env, NO_COLOR: "1" },
    });
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.stdin.end();
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, stderr: stderr.replace(/^\(node:\d+\).*\n/gm, "") }).toEqual({
      code: 0,
      stderr: "",
    });
  });

  test("is not a disk that is full", ({ skip }) => {
    if (!existsSync("/dev/full")) return skip("there is no /dev/full");
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(process.execPath, [builtCommand, "--help"], {
      cwd: root,
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    closeSync(full);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^heed: stdout cannot be written \(ENOSPC/m);
  });
});

describe("further commands", () => {
  test("show prints every number of a head", async () => {
    const { code, stdout } = await heed(["show", "L3H1", sentence, "--word", "it", "--to", "cat"]);
    expect(code).toBe(0);
    for (const part of ["q = x · W^Q + b", "q · k / √32", "softmax over 13 keys", "mixed"])
      expect(stdout).toContain(part);
  });

  test("show without a head prints all heads", async () => {
    const { stdout } = await heed(["show", sentence, "--word", "it"]);
    expect(stdout).toContain("Strongest: L5H11 0.71");
  });

  test("compare finds the head whose choice moves", async () => {
    const { stdout } = await heed([
      "compare",
      sentence,
      sentence.replace("tired", "dirty"),
      "--word",
      "it",
      "--to",
      "cat,mat",
      "--json",
    ]);
    const { heads, distances } = JSON.parse(stdout);
    expect(heads[0].head).toBe("L3H1");
    expect(heads[0].first[0]).toBeCloseTo(0.49, 2);
    expect(heads[0].second[1]).toBeCloseTo(0.3, 2);
    expect(distances).toHaveLength(7);
    expect(distances[0]).toBeCloseTo(0, 6);
  });

  test("parameters lists them and shows one head's", async () => {
    const all = await heed(["parameters", "--json"]);
    expect(JSON.parse(all.stdout).parameters).toHaveLength(103);
    const one = await heed(["parameters", "L3H1.q", "--json"]);
    expect(JSON.parse(one.stdout)).toMatchObject({
      stored: "encoder.layer.3.attention.self.query.weight",
      shape: [384, 32],
    });
  });

  test("sites lists what can be read, with reasons for what cannot", async () => {
    const { stdout } = await heed(["sites", "--json"]);
    const { sites, absent } = JSON.parse(stdout);
    expect(sites.find(({ name }: { name: string }) => name === "layers.5.weights")).toMatchObject({
      axes: ["B", "H", "T", "S"],
      shape: [1, 12, "T", "S"],
    });
    expect(absent.logits).toBe("this checkpoint has no head");
  });

  test("verify has pictures prepared by the image backend that is asked for", async () => {
    const by = (backend: string) =>
      heed(["verify", "test/tasks/image-vit", "--image-backend", backend, "--json"]);
    expect(JSON.parse((await by("pillow")).stdout).passed).toBe(true);
    expect(JSON.parse((await by("torchvision")).stdout).passed).toBe(false);
  });

  test("verify agrees with the recorded trace, and fails when it may not differ at all", async () => {
    const good = await heed(["verify", "models/all-MiniLM-L6-v2"]);
    expect(good.code).toBe(0);
    expect(good.stdout).toContain("58 sites: all within what is allowed");
    const strict = await heed(["verify", "models/all-MiniLM-L6-v2", "--tolerance", "1e-12"]);
    expect(strict.code).toBe(1);
    expect(strict.stdout).toContain("FAIL");
  });
});

describe("errors", () => {
  const cases: readonly {
    readonly args: readonly string[];
    readonly code: number;
    readonly says: string;
  }[] = [
    {
      args: [sentence, "--word", "zebra"],
      code: 1,
      says: 'no word "zebra" in the text. Its words: The cat sat',
    },
    { args: [sentence, "--word", "the"], code: 1, says: "the#1 (token 1), the#2 (token 5)" },
    { args: [sentence, "--head", "L9H0"], code: 1, says: "layers 0 to 5 and heads 0 to 11" },
    { args: [sentence, "--head", "first"], code: 1, says: "A head is written L5H11" },
    { args: [sentence, "--format", "gif"], code: 1, says: "text, json, jsonl, csv, svg, html" },
    { args: [sentence, "--site", "layers.0.weight"], code: 1, says: "nearest: layers.0.weights" },
    { args: [sentence, "--model", "./nowhere"], code: 1, says: "there is no such folder" },
    { args: [sentence, "--backend", "quantum"], code: 1, says: "known are auto" },
    { args: ["  "], code: 1, says: "the text is empty" },
    { args: ["verify", "src"], code: 1, says: "neither trace.safetensors" },
    { args: ["verify", "README.md"], code: 1, says: "verify: README.md is a file" },
    { args: ["parameters", "L3H1.z"], code: 1, says: 'no parameter "L3H1.z"' },
    { args: [sentence, "--colour"], code: 2, says: "unknown option" },
    { args: ["shwo", "L3H1", sentence], code: 2, says: "too many words. Did you mean heed show?" },
    { args: ["The", "cat"], code: 2, says: "too many words. Put a text into quotes" },
    {
      args: ["heads", "The", "cat"],
      code: 2,
      says: "too many words. heed heads --help says what it",
    },
    {
      args: ["sites", "test/golden/gpt2"],
      code: 2,
      says: "behind --model: --model test/golden/gpt2",
    },
    {
      args: ["parameters", "test/golden/gpt2"],
      code: 1,
      says: "heed parameters --model test/golden",
    },
    { args: ["test/golden/gpt2"], code: 1, says: "is a model's folder; here goes a text" },
    { args: ["heads", "test/golden"], code: 1, says: "test/golden is a folder; here goes a text" },
    {
      args: ["show", "The cat sat", "L3H1"],
      code: 1,
      says: 'show: the head stands first: heed show L3H1 "The cat sat"',
    },
    {
      args: ["zero-shot", "The cat sat", "--labels", "cats,dogs"],
      code: 1,
      says: "Try --model MoritzLaurer/xtremedistil",
    },
    { args: ["plan", "gpt3"], code: 1, says: "nearest: gpt3-175b. heed models" },
    { args: ["circuit"], code: 2, says: "(heed circuit --help shows its options)" },
  ];
  test.each(cases)("$says", async ({ args, code, says }) => {
    const result = await heed(args);
    expect(result.stderr).toContain(says);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: "" });
  });

  test("are JSON with --json", async () => {
    const { code, stderr, stdout } = await heed([sentence, "--word", "zebra", "--json"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(JSON.parse(stderr).error.code).toBe("site");
    const usage = await heed([sentence, "--colour", "--format", "JSON"]);
    expect(usage.code).toBe(2);
    expect(JSON.parse(usage.stderr).error.code).toBe("usage");
  });
});
