import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bySharpness, patchLook } from "../src/analysis/patch-focus.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const image = "test/images/exif-8.png";
const run = promisify(execFile);
const heed = (...args: readonly string[]) =>
  run(process.execPath, ["--import", "tsx", "src/cli/main.ts", ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", COLUMNS: "80" },
  });

test("a head that looks at one patch is sharp, one that looks at all alike is not", () => {
  const even = patchLook({ layer: 0, head: 0 }, Float32Array.of(0.2, 0.2, 0.2, 0.2, 0.2), 4);
  const sharp = patchLook({ layer: 0, head: 1 }, Float32Array.of(0.1, 0, 0.9, 0, 0), 4);
  const away = patchLook({ layer: 0, head: 2 }, Float32Array.of(0.9, 0.1, 0, 0, 0), 4);
  expect(even.sharpness).toBeCloseTo(0, 6);
  expect(even.onPatches).toBeCloseTo(0.8, 6);
  expect(sharp).toMatchObject({ sharpness: 1, strongest: 1 });
  expect(bySharpness([away, even, sharp]).map(({ head }) => head)).toEqual([1, 0, 2]);
});

test("a picture's attention is printed, drawn and written", async () => {
  const model = ["--model", "test/golden/vit-renamed"];
  const { stdout } = await heed(image, ...model, "--json");
  const { rows, columns, heads } = JSON.parse(stdout);
  expect(heads[0].weights).toHaveLength(rows * columns);
  const text = await heed(image, ...model, "--word", "0,1");
  expect(text.stdout).toContain("Patch 0,1 looks most at patch 1,1: 0.825 in L1H1");
  const folder = mkdtempSync(join(tmpdir(), "heed-image-"));
  for (const [format, start] of [
    ["svg", "<svg"],
    ["html", "<!doctype html>"],
    ["png", "\u0089PNG"],
  ]) {
    const file = join(folder, `picture.${format}`);
    await heed(image, ...model, "--out", file);
    expect(readFileSync(file, "latin1").startsWith(start!), format).toBe(true);
  }
});

test("a model of texts says that it reads no pictures", async () => {
  const failure = await heed(image).catch((error) => error);
  expect(failure.code).toBe(1);
  expect(failure.stderr).toContain("reads texts, not images");
});
