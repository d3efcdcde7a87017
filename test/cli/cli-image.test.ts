import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { bySharpness, patchLook } from "../../src/analysis/pictures/patch-focus.ts";
import { formatOf } from "../../src/cli/options/format.ts";
import { decodePng } from "../../src/images/png.ts";
import { readImage } from "../../src/images/read-image.node.ts";
import { load } from "../../src/load.node.ts";
import { builtCommand, builtPackage } from "../support/built-package.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const image = "test/images/exif-8.png"; // 10 × 15 pixels
const folder = "test/golden/vit-oblong"; // 2 × 4 patches, 2 layers of 2 heads
const model = ["--model", folder];

interface Result {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

beforeAll(builtPackage);

/** Runs the command line as a process, with a plain 80-column pipe. */
function heed(...args: readonly string[]): Promise<Result & { readonly text: string }> {
  const env = { ...process.env, NO_COLOR: "1", COLUMNS: "80", LANG: "C.UTF-8", LC_ALL: "" };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [builtCommand, ...args],
      { cwd: root, env, encoding: "buffer", maxBuffer: 2 ** 26 },
      (error, stdout, stderr) =>
        resolve({
          code: error ? Number(error.code) : 0,
          stdout,
          text: stdout.toString(),
          stderr: stderr.toString().replace(/^\(node:\d+\).*\n/gm, ""),
        }),
    );
  });
}

test("a head that looks at one patch is sharp, one that looks at all alike is not", () => {
  const even = patchLook({ layer: 0, head: 0 }, Float32Array.of(0.2, 0.2, 0.2, 0.2, 0.2), 4);
  const sharp = patchLook({ layer: 0, head: 1 }, Float32Array.of(0.1, 0, 0.9, 0, 0), 4);
  const away = patchLook({ layer: 0, head: 2 }, Float32Array.of(0.9, 0.1, 0, 0, 0), 4);
  expect(even.sharpness).toBeCloseTo(0, 6);
  expect(even.onPatches).toBeCloseTo(0.8, 6);
  expect(sharp).toMatchObject({ sharpness: 1, strongest: 1 });
  expect(sharp.others).toEqual(Float32Array.of(0.1));
  expect(bySharpness([away, even, sharp]).map(({ head }) => head)).toEqual([1, 0, 2]);
});

describe("heed PICTURE", () => {
  test("prints what the class token looks at, in the sharpest head, all of its weight", async () => {
    const { code, text, stderr } = await heed(image, ...model);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(text).toContain("10 x 15 pixels, seen as 20 x 8, in 2 rows and 4 columns of patches");
    expect(text).toContain("[CLS] looks most at patch 0,3: 0.273 in L0H0 (layer 0, head 0)");
    expect(text).toContain("L0H0 looks most sharply at few patches");
    expect(text).toMatch(/\[CLS\] itself, which the map leaves out, gets 0\.15 on average/);
    expect(text).toMatch(/^ 0 ░░▒▒▓▓██ +0,3 +0\.273/m);
    const listed = [...text.matchAll(/(?:\d,\d|\[CLS\]) +(0\.\d{3}) +[▏▎▍▌▋▊▉█]/g)];
    const sum = listed.reduce((total, [, weight]) => total + Number(weight), 0);
    expect(sum).toBeGreaterThan(0.99);
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("JSON and CSV hold the weights the model gives", async () => {
    const network = await load(join(root, folder));
    const run = await network.run(await readImage(join(root, image)), {
      read: ["layers.*.weights"],
    });
    const token = 1 + 1 * 4 + 2;
    const result = JSON.parse((await heed(image, ...model, "--word", "1,2", "--json")).text);
    expect(result).toMatchObject({ rows: 2, columns: 4, word: { token, name: "1,2", patch: 6 } });
    expect(result.heads).toHaveLength(4);
    const head = result.heads.find(({ head }: { head: string }) => head === "L1H0");
    const row = run.trace.get("layers.1.weights").select(0, 0, token).data;
    expect([head.others["[CLS]"], ...head.weights]).toEqual(Array.from(row));
    const csv = await heed(image, ...model, "--word", "1,2", "--format", "csv");
    const lines = csv.text.trim().split("\n");
    expect(lines).toHaveLength(1 + 4 * 9);
    expect(lines[0]).toBe("layer,head,query,query_token,key,key_token,row,column,weight");
    expect(lines[1 + 2 * 9 + 6]).toBe(`1,0,${token},"1,2",6,"1,1",1,1,${row[6]}`);
    network.dispose();
  });

  test("draws the head and the patch asked for", async () => {
    const { text } = await heed(image, ...model, "--head", "L1H1", "--word", "1,1");
    expect(text).toContain("Patch 1,1 looks most at patch 1,3: 0.234 in L1H1");
    expect(text).toContain("L1H1 is the head asked for");
    expect(text).toContain("[] looks");
  });

  test.each([
    ["svg", "<svg"],
    ["html", "<!doctype html>"],
    ["png", "\u0089PNG"],
  ])("writes %s, told by the ending", async (format, start) => {
    const file = join(mkdtempSync(join(tmpdir(), "heed-image-")), `picture.${format}`);
    const { code, stderr } = await heed(image, ...model, "--out", file);
    expect(code, stderr).toBe(0);
    expect(readFileSync(file, "latin1").startsWith(start)).toBe(true);
  });

  test("a PNG goes through a pipe unharmed", async () => {
    const { stdout } = await heed(image, ...model, "--format", "png");
    expect(decodePng(stdout, "stdout")).toMatchObject({ width: 427, height: 640 });
  });

  test("a PNG is not written to a terminal", () => {
    const before = Object.getOwnPropertyDescriptor(process.stdout, "isTTY");
    Object.defineProperty(process.stdout, "isTTY", { value: true, configurable: true });
    try {
      const formats = ["text", "png"] as const;
      expect(() => formatOf({ format: "png" }, formats)).toThrow("Name a file with --out");
      expect(() => formatOf({ format: "png", out: "-" }, formats)).toThrow(
        "Name a file with --out",
      );
      expect(formatOf({ format: "png", out: "a.png" }, formats)).toBe("png");
      expect(formatOf({ format: "png", open: true }, formats)).toBe("png");
    } finally {
      if (before) Object.defineProperty(process.stdout, "isTTY", before);
      else Reflect.deleteProperty(process.stdout, "isTTY");
    }
  });

  test("prints the numbers of a site", async () => {
    const { text } = await heed(image, ...model, "--site", "layers.0.weights", "--json");
    expect(JSON.parse(text)[0]).toMatchObject({ site: "layers.0.weights", shape: [1, 2, 9, 9] });
  });
});

describe("heed show PICTURE", () => {
  test("shows all heads, or the one named", async () => {
    const all = await heed("show", image, ...model);
    expect(all.text).toContain("how sharply [CLS] looks at few patches");
    expect(all.text).toContain("Strongest: L0H0 0.32");
    const one = await heed("show", "L1H0", image, ...model);
    expect(one.text).toContain("[CLS] looks most at patch 1,1: 0.264 in L1H0");
  });

  test("draws all heads as SVG", async () => {
    const { text } = await heed("show", image, ...model, "--format", "svg");
    expect(text.match(/<use /g)).toHaveLength(4);
  });
});

describe("says what is wrong", () => {
  test.each([
    ["a model of texts", [image], "reads texts, not images"],
    ["a text", ["The cat sat.", ...model], "reads pictures, not texts"],
    ["a file that is not there", ["no.png", ...model], "no.png: there is no such file"],
    ["show, a file that is not there", ["show", "no.png", ...model], "there is no such file"],
    [
      "a patch outside",
      [image, ...model, "--word", "2,0"],
      "--word 2,0: a picture's tokens are [CLS] and patches 0,0 to 1,3",
    ],
    ["a head outside", [image, ...model, "--head", "L2H0"], "layers 0 to 1"],
    ["words of a text", [image, ...model, "--to", "cat"], "--to is for words of a text"],
    ["near words", [image, ...model, "--near"], "--near is for words of a text"],
    ["a format", [image, ...model, "--format", "md"], "writes text, json, csv, svg, png, html"],
  ])("%s", async (_, args, message) => {
    const { code, stderr } = await heed(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe("a model whose layers have patches of their own", () => {
  const swin = ["--model", "test/golden/swin"];

  test("has one page, with the windows of every layer", async () => {
    const { code, text, stderr } = await heed(
      "test/tasks/image-vit/small.png",
      ...swin,
      "--format",
      "html",
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const data = JSON.parse(/<script[^>]*id="data"[^>]*>(.*?)<\/script>/s.exec(text)![1]!);
    expect(
      data.windows.map((own: Record<string, number>) => [own.rows, own.merged, own.heads]),
    ).toEqual([
      [8, 0, 2],
      [8, 0, 2],
      [4, 1, 3],
      [4, 1, 3],
    ]);
  });

  test("lists the widths of all layers, and names the patches of a layer's site", async () => {
    const listed = await heed("sites", ...swin);
    expect(listed.text.replace(/\s+/g, " ")).toContain("H=2/3");
    const printed = await heed("test/tasks/image-vit/small.png", ...swin, "--site", "layers.2.q");
    expect(printed.text).toContain("3,3");
    expect(printed.text).not.toMatch(/^\s*\[15\]/m);
  });
});
