import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ImageDifference } from "../../src/tasks/verify-images.ts";
import { noChromium, openChromium } from "../support/chromium.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const homes = [".", "../../../shared/images"].map(here).filter(existsSync);
let browser: Browser | undefined;
let script = "";

beforeAll(async () => {
  const contents = `
    import { readImage } from "${here("../../src/images/read-image.browser.ts")}";
    import { verifyImages } from "${here("../../src/tasks/verify-images.ts")}";
    globalThis.verify = (index, files) => verifyImages({
      index,
      bytes: async (file) => Uint8Array.from(atob(files[file]), (letter) => letter.charCodeAt(0)),
      decode: readImage,
    });`;
  const bundle = await build({
    stdin: { contents, resolveDir: here(".") },
    bundle: true,
    format: "iife",
    platform: "browser",
    write: false,
  });
  script = bundle.outputFiles[0]!.text;
  browser = await openChromium();
});
afterAll(() => browser?.close());

describe.each(homes)("%s in Chromium", (folder) => {
  test("PNG bit for bit, JPEG and WebP within three levels of what was recorded", async ({
    skip,
  }) => {
    if (!browser) return skip(noChromium);
    const files: Record<string, string> = {};
    for (const name of await readdir(folder))
      files[name] = (await readFile(`${folder}/${name}`)).toString("base64");
    const index = JSON.parse(await readFile(`${folder}/index.json`, "utf8"));
    const page = await browser.newPage();
    await page.evaluate(script);
    const differences = await page.evaluate(
      ([index, files]) =>
        (
          globalThis as unknown as {
            verify: (index: unknown, files: unknown) => Promise<ImageDifference[]>;
          }
        ).verify(index, files),
      [index, files] as const,
    );
    expect(differences.length).toBeGreaterThan(10);
    expect(differences.filter(({ passed }) => !passed)).toEqual([]);
    const png = differences.filter(({ file }) => file.endsWith(".png"));
    expect(png.filter(({ difference }) => difference !== 0)).toEqual([]);
    const furthest = Math.max(...differences.map(({ decoded }) => decoded ?? 0));
    console.log(`the browser's decoders differ by at most ${furthest} levels of 255`);
  });
});
