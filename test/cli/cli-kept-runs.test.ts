import { spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { commandLine, folderWithWords, refused, written } from "../support/command-line.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const text = "The cat sat on the mat because it was tired.";
const dirty = "The cat sat on the mat because it was dirty.";
const asked = ["patch", text, "--from", dirty, "--grid", "headPositions", "--layers", "2-5"];
const all = 4 * 12 * 13;

const home = mkdtempSync(join(tmpdir(), "heed-runs-"));
afterAll(() => rmSync(home, { recursive: true }));

const linesOf = (file: string) => readFileSync(file, "utf8").trimEnd().split("\n");

/** Waits until so many lines stand in a file. */
async function grown(file: string, lines: number): Promise<void> {
  while (!existsSync(file) || linesOf(file).length < lines)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Runs a command as a process of its own, and ends it once so many runs are kept. */
async function endedIn(
  signal: "SIGKILL" | "SIGINT",
  args: readonly string[],
  file: string,
  lines = 40,
): Promise<string> {
  const child = spawn(process.execPath, ["--import", "tsx", main, ...args]);
  let said = "";
  child.stderr.on("data", (part) => (said += part));
  const closed = new Promise((resolve) => child.on("close", resolve));
  await grown(file, lines);
  child.kill(signal);
  await closed;
  return said;
}

describe("a grid that is ended in the middle", () => {
  test("goes on from what was finished, to the same numbers, and then nothing is left", async () => {
    const whole = JSON.parse(await written(...asked, "--json"));
    expect(whole.cells).toHaveLength(all);
    const experiment = join(home, "killed.json");
    const runs = `${experiment}.runs`;
    await endedIn("SIGKILL", [...asked, "--save", experiment, "--json"], runs);
    const kept = linesOf(runs).length - 1;
    expect(kept).toBeLessThan(all);
    // Half a line, as a run that is ended while it writes leaves it.
    appendFileSync(runs, '["layer 5, he');
    const { stdout, stderr, error } = await commandLine("run", experiment, "--json");
    expect(error).toBeUndefined();
    expect(stderr).toMatch(/goes on from \d+ finished runs in .*killed\.json\.runs/);
    const { cells: found, metrics } = JSON.parse(stdout);
    expect({ cells: found, metrics }).toEqual({ cells: whole.cells, metrics: whole.metrics });
    expect(existsSync(runs)).toBe(false);
  });

  test("by Ctrl-C, it says where its runs are; none of them is made again", async () => {
    const out = join(home, "map.json");
    const runs = `${out}.runs`;
    const said = await endedIn("SIGINT", [...asked, "--out", out], runs);
    const [, count] = said.match(/stopped: (\d+) finished runs are kept in .*map\.json\.runs/)!;
    expect(linesOf(runs)).toHaveLength(Number(count) + 1);
    expect(existsSync(out)).toBe(false);
    // A kept number that no run would give shows that it is taken as it is.
    const [owner, first, ...rest] = linesOf(runs);
    const [name] = JSON.parse(first!);
    writeFileSync(runs, `${[owner, JSON.stringify([name, [123, 456]]), ...rest].join("\n")}\n`);
    await commandLine(...asked, "--out", out);
    const [, layer, head, word] = name.match(/^layer (\d+), head (\d+), word (\d+)$/).map(Number);
    expect(JSON.parse(readFileSync(out, "utf8")).cells).toContainEqual({
      ...{ layer, head, word },
      values: [123, 456],
    });
    expect(existsSync(runs)).toBe(false);
  });

  test("without a file beside which runs could be, Ctrl-C says what would keep them", async () => {
    const before = process.listenerCount("SIGINT");
    const waiting = setInterval(() => {
      if (process.listenerCount("SIGINT") === before) return;
      clearInterval(waiting);
      process.emit("SIGINT");
    }, 1);
    const error = await refused("patch", text, "--zero", "--grid", "headPositions");
    expect(error).toMatch(/stopped after \d+ finished runs?, and nothing is kept. With --save/);
  });
});

/** Sentences with "it" that differ in a word, one a line. */
function linesFile(name: string, ...words: readonly string[]): string {
  const file = join(home, name);
  writeFileSync(file, words.map((word) => `The cat sat because it was ${word}.`).join("\n"));
  return file;
}

describe("every other experiment that is ended in the middle", () => {
  const [texts, others] = [
    linesFile("texts.txt", "tired", "dirty", "hungry"),
    linesFile("others.txt", "happy", "old"),
  ];
  const cut = [text, "--cut", "it->cat", "--head", "L3H1", "--controls", "30"];
  const zeroed = [text, "--zero", "L3H1", "--word", "it"];
  const over = ["--lines", texts, "--word", "it", "--controls", "3"];
  test.each([
    ["matter", [text, "--word", "it", "--controls", "20"]],
    ["matter", [text, "--word", "it", "--by", "zero"]],
    ["matter", over],
    ["matter", [...over, "--predict", others]],
    ["patch", cut],
    ["patch", zeroed],
  ] as const)("%s %j goes on from what was finished, to the same numbers", async (name, args) => {
    const experiment = join(home, `${name}.json`);
    const runs = `${experiment}.runs`;
    const whole = JSON.parse(await written(name, ...args, "--json"));
    const nowhere = join(home, "none", "found.json");
    expect(await refused(name, ...args, "--save", experiment, "--out", nowhere)).toContain(
      "cannot be written",
    );
    // As a command that is ended leaves them: some lines, and a part of one.
    const lines = linesOf(runs);
    const half = lines.slice(0, lines.length / 2).join("\n");
    writeFileSync(runs, `${half}\n["1 2`);
    const { stdout, stderr } = await commandLine("run", experiment, "--json");
    const kept = Math.floor(lines.length / 2) - 1;
    expect(stderr).toContain(`goes on from ${kept} finished runs in ${runs}`);
    const found = JSON.parse(stdout);
    expect(found).toEqual(whole);
    expect(existsSync(runs)).toBe(false);
  });

  test("makes none of its finished runs again, of whichever text they are", async () => {
    const out = join(home, "over.json");
    const runs = `${out}.runs`;
    const asked = ["matter", ...over, "--predict", others, "--json", "--out", out];
    // A text has 72 cuts and 216 controls at most: two are done by then.
    await endedIn("SIGINT", asked, runs, 600);
    const [owner, ...kept] = linesOf(runs).map((line) => JSON.parse(line));
    const isMarked = (name: string) => /^text 2: /.test(name);
    expect(kept.filter(([name]) => isMarked(name)).length).toBeGreaterThan(72);
    const marked = kept.map(([name, numbers]) => [
      name,
      isMarked(name) ? numbers.map(() => 30) : numbers,
    ]);
    writeFileSync(runs, [owner, ...marked].map((line) => `${JSON.stringify(line)}\n`).join(""));
    await commandLine(...asked);
    const { overTexts } = JSON.parse(readFileSync(out, "utf8"));
    for (const { effects } of overTexts.heads) expect(effects[0]).toBeGreaterThan(10);
  });
});

describe("runs that are kept", () => {
  const grid = [
    "patch",
    "the cat [MASK] on the mat",
    "--zero",
    "--grid",
    "heads",
    "--answers",
    "cat,mat",
    "--word",
    "mat",
  ];

  test("stay where the result cannot be written, and are not mixed with another experiment's or model's", async () => {
    const [model, other] = [folderWithWords("bert-mlm", 121), folderWithWords("bert-mlm", 121)];
    const save = join(home, "mine.json");
    const [nowhere, somewhere] = [join(home, "none", "map.json"), join(home, "map.csv")];
    const to = (out: string, ...more: string[]) => [
      ...[...grid, "--save", save, "--out", out, ...more],
    ];
    expect(await refused(...to(nowhere, "--model", model))).toContain("cannot be written");
    const weights = join(model, "model.safetensors");
    const [before, kept] = [readFileSync(weights), readFileSync(`${save}.runs`, "utf8")];
    expect(await refused(...to(somewhere, "--model", model, "--seed", "2"))).toContain(
      "mine.json.runs: holds runs of another experiment; they are not mixed. Delete",
    );
    // What is refused leaves the experiment that the runs are of as it was.
    expect(JSON.parse(readFileSync(save, "utf8")).seed).toBe(1);
    writeFileSync(join(other, "model.safetensors"), otherNumbers(before));
    expect(await refused(...to(somewhere, "--model", other))).toContain(
      `holds runs of another model, ${model}, and this is ${other};`,
    );
    // The same model by its name, with other weights.
    writeFileSync(weights, otherNumbers(before));
    expect(await refused(...to(somewhere, "--model", model))).toContain("with other weights");
    writeFileSync(weights, before);
    writeFileSync(`${save}.runs`, kept.replace(/\n\[".*?",\[/, '$&"1",'));
    expect(await refused(...to(somewhere, "--model", model))).toContain(".runs, line 2: is no run");
    writeFileSync(`${save}.runs`, kept);
    writeFileSync(`${save}.runs`, kept.replace(/"version":"[^"]+"/, '"version":"0.0.1"'));
    expect(await refused(...to(somewhere, "--model", model))).toContain("holds runs of heed 0.0.1");
    writeFileSync(`${save}.runs`, kept);
    expect((await commandLine(...to(somewhere, "--model", model))).error).toBeUndefined();
    expect(existsSync(`${save}.runs`)).toBe(false);
  });
});

/** A safetensors file in which every number is another, by a few percent. */
function otherNumbers(file: Buffer): Buffer {
  const changed = Buffer.from(file);
  const start = 8 + Number(file.readBigUInt64LE(0));
  for (let at = start; at < changed.length; at += 4) changed[at + 2]! ^= 8;
  return changed;
}
