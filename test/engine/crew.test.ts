import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";
import * as crew from "../../src/backends/cpu/crew.ts";
import { nodeHand } from "../../src/backends/cpu/node-hand.node.ts";

const setup = 'const { workerData: start } = require("node:worker_threads");';

test("threads run lists in a minified bundle too", async () => {
  const folder = await mkdtemp(join(tmpdir(), "heed-crew-"));
  const outfile = join(folder, "crew.mjs");
  const entry = fileURLToPath(new URL("../../src/backends/cpu/crew.ts", import.meta.url));
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

test("lists are counted on past the largest number of 32 bits", async () => {
  const { Crew, handSource, LEFT, POSTED } = crew;
  const call =
    "let seen = 0; const call = (list) => { if (list !== seen++) throw new Error('out of turn: ' + list); };";
  const start = (hand: crew.HandStart) => {
    const words = new Int32Array(hand.shared);
    for (const word of [POSTED, LEFT + hand.thread]) words[word] = 2 ** 31 - 50;
    return nodeHand(setup + call + handSource, hand);
  };
  const many = new Crew(2, start);
  const left: number[] = [];
  const lists = Array.from({ length: 100 }, (_, list) =>
    many.submit(
      list,
      () => {},
      () => left.push(list),
    ),
  );
  for (const list of [48, 49, 50, 70, 99]) {
    lists[list]!.want();
    await lists[list]!.done;
  }
  while (left.length < 100) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(left).toEqual(Array.from({ length: 100 }, (_, list) => list));
  await many.dispose();
});
