import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writeBertCheckpoint } from "../../bench/bert-checkpoint.ts";
import { randomText } from "../../bench/texts.ts";
import { pageReads } from "../../src/cli/page.ts";
import { load } from "../../src/load.node.ts";
import { notLooked, unpackNumbers } from "../../src/views/page/packed-numbers.ts";
import { commandLine, refused } from "../support/command-line.ts";

const text = "The cat sat on the mat because it was tired.";
const home = mkdtempSync(join(tmpdir(), "heed-page-"));
const out = join(home, "page.html");
afterAll(() => rmSync(home, { recursive: true }));

async function page(...args: string[]): Promise<{
  bytes: number;
  data: { [name: string]: unknown };
  packed: (name: string) => Uint8Array<ArrayBuffer>;
  stderr: string;
}> {
  const { error, stderr } = await commandLine(...args, "--out", out);
  expect(error).toBeUndefined();
  const html = readFileSync(out, "utf8");
  const held = (id: string) => new RegExp(`id="${id}">([^<]*)<`).exec(html)![1]!;
  const packed = (id: string) => new Uint8Array(Buffer.from(held(id), "base64"));
  return { bytes: html.length, data: JSON.parse(held("data")), packed, stderr };
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

test("a part of a page is read alone, and has the numbers of the whole page", async () => {
  const model = await load();
  const only = [
    { layer: 2, head: 3 },
    { layer: 4, head: 1 },
  ];
  const sites = pageReads(model, text, "", only);
  expect(sites.map((site) => String(site).split(".")[1])).toEqual(["2", "4"]);
  const long = { site: "layers.4.weights", keep: "rounded" };
  expect(pageReads(model, "cat ".repeat(400), "", only)[1]).toEqual(long);
  await model.dispose();
  const [whole, part] = [await page(text), await page(text, "--heads", "L2H3,L4H1")];
  const weightsOf = async ({ packed }: typeof whole) =>
    new Uint16Array((await unpackNumbers(packed("packed-weights"), 2)).buffer);
  const [all, some] = [await weightsOf(whole), await weightsOf(part)];
  const count = all.length / 72;
  for (let head = 0; head < 72; head++) {
    const own = [all, some].map((codes) => codes.subarray(head * count, (head + 1) * count));
    if ([2 * 12 + 3, 4 * 12 + 1].includes(head)) expect(own[1]).toEqual(own[0]);
    else expect(new Set(own[1])).toEqual(new Set([notLooked]));
  }
  for (const layer of [0, 2, 4]) {
    const [q, own] = [whole.packed(`packed-q-${layer}`), part.packed(`packed-q-${layer}`)];
    if (layer > 0) expect(own).toEqual(q);
    else expect((await unpackNumbers(own, 4)).every((byte) => byte === 0)).toBe(true);
  }
});

test("a page opens on the word that is found, never on one that heads rest on", async () => {
  const found = await page(text);
  expect(found.data.start).toEqual({ query: 8, key: 2, layer: 5, head: 11 });
  expect(found.data).not.toHaveProperty("rest");
  const asked = await page(text, "--word", "it", "--to", "mat");
  expect(asked.data.start).toMatchObject({ query: 8, key: 6 });
  // The heads of heed-stories rest on the first word of this text, which is five tokens.
  const rests = "Zebra sat on the mat because it was tired.";
  const resting = await page(rests, "--model", "heed-stories", "--word", "it");
  expect(resting.data.rest).toEqual([0, 1, 2, 3, 4]);
  expect(resting.data.start).toMatchObject({ query: 10, key: 8 });
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
