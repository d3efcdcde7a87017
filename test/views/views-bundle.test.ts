import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";

const views = fileURLToPath(new URL("../../src/views/index.ts", import.meta.url));

/** Bytes of a bundle that imports one picture from heed/views, at most. */
const most: Readonly<Record<string, number>> = {
  sentenceSvg: 18_500,
  compareSvg: 18_500,
  headSvg: 28_500,
  gridSvg: 28_000,
  imageSvg: 29_000,
  imagePng: 15_000,
  focusText: 22_500,
  headText: 20_500,
  gridText: 16_000,
  pageHtml: 73_000,
};

describe("who imports one picture bundles no more than that", () => {
  test.each(Object.entries(most))("%s: %i bytes, minified", async (name, bytes) => {
    const { outputFiles, metafile } = await build({
      stdin: {
        contents: `export { ${name} } from ${JSON.stringify(views)};`,
        resolveDir: fileURLToPath(new URL("../..", import.meta.url)),
      },
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      metafile: true,
    });
    expect(outputFiles[0]!.contents.length).toBeLessThan(bytes);
    expect(Object.keys(metafile.inputs).filter((file) => /\/d3-/.test(file))).toEqual([]);
  });
});
