import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writeBertCheckpoint } from "../../bench/bert-checkpoint.ts";
import { randomText } from "../../bench/texts.ts";
import { commandLine, refused } from "../support/command-line.ts";

const text = "The cat sat on the mat because it was tired.";
const home = mkdtempSync(join(tmpdir(), "heed-page-"));
const out = join(home, "page.html");
afterAll(() => rmSync(home, { recursive: true }));

async function page(
  ...args: string[]
): Promise<{ bytes: number; data: { [name: string]: unknown }; stderr: string }> {
  const { error, stderr } = await commandLine(...args, "--out", out);
  expect(error).toBeUndefined();
  const html = readFileSync(out, "utf8");
  return { bytes: html.length, data: JSON.parse(/id="data">([^<]*)</.exec(html)![1]!), stderr };
}

test("--layers and --heads write a part of a page, which says so and opens in what it holds", async () => {
  const whole = await page(text);
  const part = await page(text, "--layers", "2-3", "--heads", "L0H1");
  expect(part.bytes).toBeLessThan(0.65 * whole.bytes);
  expect(part.data.model).toContain("13 tokens; this page holds layers 2, 3, L0H1");
  expect(part.data.only).toHaveLength(25);
  expect(part.data.start).toMatchObject({ layer: 3, head: 1 });
  expect(whole.data.start).toMatchObject({ layer: 5, head: 11 });
  expect(whole.data.only).toBeUndefined();
});

test("a page over 10 MB says so, and what makes it smaller does", async () => {
  const checkpoint = await writeBertCheckpoint({ positions: 256, isReader: true });
  try {
    const asked = [randomText(112, 1), "--model", checkpoint.folder];
    const large = await page(...asked);
    expect(large.bytes).toBeGreaterThan(1e7);
    const [, layer] =
      /the page takes 1\d MB: .* --layers (\d+) or --heads L\d+H\d+ writes a part of it/.exec(
        large.stderr,
      )!;
    const smaller = await page(...asked, "--layers", layer!);
    expect(smaller.bytes).toBeLessThan(0.2 * large.bytes);
    expect(smaller.stderr).not.toContain("the page takes");
  } finally {
    await checkpoint.remove();
  }
});

test.each([
  [["--layers", "7", "--out", out], "L7H0: all-MiniLM-L6-v2 has layers 0 to 5"],
  [
    ["--heads", "L1H12", "--out", out],
    "L1H12: all-MiniLM-L6-v2 has layers 0 to 5 and heads 0 to 11",
  ],
  [["--head", "L0H1", "--layers", "3", "--out", out], "--head L0H1: the page would not hold it"],
  [["--heads", "L0H1"], "--heads does nothing without --format html"],
])("%j is refused with what to do", async (args, says) => {
  expect(await refused(text, ...args)).toContain(says);
});
