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

const home = mkdtempSync(join(tmpdir(), "heed-grid-"));
afterAll(() => rmSync(home, { recursive: true }));

const linesOf = (file: string) => readFileSync(file, "utf8").trimEnd().split("\n");

/** Waits until so many lines stand in a file. */
async function grown(file: string, lines: number): Promise<void> {
  while (!existsSync(file) || linesOf(file).length < lines)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Runs a command as a process of its own, and ends it once so many cells are kept. */
async function endedIn(
  signal: "SIGKILL" | "SIGINT",
  args: readonly string[],
  file: string,
): Promise<string> {
  const child = spawn(process.execPath, ["--import", "tsx", main, ...args]);
  let said = "";
  child.stderr.on("data", (part) => (said += part));
  const closed = new Promise((resolve) => child.on("close", resolve));
  await grown(file, 40);
  child.kill(signal);
  await closed;
  return said;
}

describe("a grid that is ended in the middle", () => {
  test("goes on from what was finished, to the same numbers, and then nothing is left", async () => {
    const whole = JSON.parse(await written(...asked, "--json"));
    expect(whole.cells).toHaveLength(all);
    const experiment = join(home, "killed.json");
    const cells = `${experiment}.cells`;
    await endedIn("SIGKILL", [...asked, "--save", experiment, "--json"], cells);
    const kept = linesOf(cells).length - 1;
    expect(kept).toBeLessThan(all);
    // Half a line, as a run that is ended while it writes leaves it.
    appendFileSync(cells, '{"layer":5,"he');
    const { stdout, stderr, error } = await commandLine("run", experiment, "--json");
    expect(error).toBeUndefined();
    expect(stderr).toMatch(/goes on from \d+ finished cells in .*killed\.json\.cells/);
    const { cells: found, metrics } = JSON.parse(stdout);
    expect({ cells: found, metrics }).toEqual({ cells: whole.cells, metrics: whole.metrics });
    expect(existsSync(cells)).toBe(false);
  });

  test("by Ctrl-C, it says where its cells are; none of them is made again", async () => {
    const out = join(home, "map.json");
    const cells = `${out}.cells`;
    const said = await endedIn("SIGINT", [...asked, "--out", out], cells);
    const [, count] = said.match(/stopped: (\d+) finished cells are kept in .*map\.json\.cells/)!;
    expect(linesOf(cells)).toHaveLength(Number(count) + 1);
    expect(existsSync(out)).toBe(false);
    // A kept number that no run would give shows that it is taken as it is.
    const [owner, first, ...rest] = linesOf(cells);
    const marked = { ...JSON.parse(first!), values: [123, 456] };
    writeFileSync(cells, `${[owner, JSON.stringify(marked), ...rest].join("\n")}\n`);
    await commandLine(...asked, "--out", out);
    expect(JSON.parse(readFileSync(out, "utf8")).cells).toContainEqual(marked);
    expect(existsSync(cells)).toBe(false);
  });

  test("without a file beside which cells could be, Ctrl-C says what would keep them", async () => {
    const before = process.listenerCount("SIGINT");
    const waiting = setInterval(() => {
      if (process.listenerCount("SIGINT") === before) return;
      clearInterval(waiting);
      process.emit("SIGINT");
    }, 1);
    const error = await refused("patch", text, "--zero", "--grid", "headPositions");
    expect(error).toMatch(/stopped after \d+ finished cells?, and nothing is kept. With --save/);
  });
});

describe("cells that are kept", () => {
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
    const [before, kept] = [readFileSync(weights), readFileSync(`${save}.cells`, "utf8")];
    expect(await refused(...to(somewhere, "--model", model, "--seed", "2"))).toContain(
      "mine.json.cells: holds cells of another experiment; they are not mixed. Delete",
    );
    writeFileSync(join(other, "model.safetensors"), otherNumbers(before));
    expect(await refused(...to(somewhere, "--model", other))).toContain(
      `holds cells of another model, ${model}, and this is ${other};`,
    );
    // The same model by its name, with other weights.
    writeFileSync(weights, otherNumbers(before));
    expect(await refused(...to(somewhere, "--model", model))).toContain("with other weights");
    writeFileSync(weights, before);
    writeFileSync(`${save}.cells`, kept.replace(/\n.*"values":\[/, '$&"1",'));
    expect(await refused(...to(somewhere, "--model", model))).toContain(
      ".cells, line 2: is no cell",
    );
    writeFileSync(`${save}.cells`, kept);
    expect((await commandLine(...to(somewhere, "--model", model))).error).toBeUndefined();
    expect(existsSync(`${save}.cells`)).toBe(false);
  });
});

/** A safetensors file in which every number is another, by a few percent. */
function otherNumbers(file: Buffer): Buffer {
  const changed = Buffer.from(file);
  const start = 8 + Number(file.readBigUInt64LE(0));
  for (let at = start; at < changed.length; at += 4) changed[at + 2]! ^= 8;
  return changed;
}
