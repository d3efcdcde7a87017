import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";
import type * as crew from "../src/backends/cpu/crew.ts";
import { nodeHand } from "../src/backends/cpu/native.node.ts";

const setup = 'const { workerData: start } = require("node:worker_threads");';

test("threads run lists in a minified bundle too", async () => {
  const folder = await mkdtemp(join(tmpdir(), "heed-crew-"));
  const outfile = join(folder, "crew.mjs");
  const entry = fileURLToPath(new URL("../src/backends/cpu/crew.ts", import.meta.url));
  await build({ entryPoints: [entry], bundle: true, minify: true, format: "esm", outfile });
  const { Crew, handSource }: typeof crew = await import(pathToFileURL(outfile).href);
  await rm(folder, { recursive: true });
  const source = `${setup}const call = () => {};${handSource}`;
  const minified = new Crew(2, (start) => nodeHand(source, start));
  const { done, want } = minified.submit(
    1,
    () => {},
    () => {},
  );
  want();
  await expect(done).resolves.toBeUndefined();
  await minified.dispose();
});
