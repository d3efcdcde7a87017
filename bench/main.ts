import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import type { Claim, Row } from "./claim.ts";
import { attention } from "./claims/attention.ts";
import { bert } from "./claims/bert.ts";
import { footprint } from "./claims/footprint.ts";
import { ladder } from "./claims/ladder.ts";
import { memoryBound } from "./claims/memory-bound.ts";
import { patch } from "./claims/patch.ts";
import { product } from "./claims/product.ts";
import { pytorch } from "./claims/pytorch.ts";
import { start } from "./claims/start.ts";
import { transformers } from "./claims/transformers.ts";
import { wasm } from "./claims/wasm.ts";
import { engine, threads } from "./engine.ts";
import { closeMachines, load, machineName } from "./machine.ts";

const claims: readonly Claim[] = [
  product,
  bert,
  pytorch,
  transformers,
  memoryBound,
  attention,
  ladder,
  patch,
  wasm,
  footprint,
  start,
];

/** Cores that may be busy before measuring makes no sense. */
const MOST_LOAD = 0.5;

async function main(): Promise<void> {
  const flags = process.argv.slice(2).filter((word) => word.startsWith("--"));
  const names = process.argv.slice(2).filter((word) => !word.startsWith("--"));
  const chosen = names.length > 0 ? claims.filter(({ name }) => names.includes(name)) : claims;
  if (chosen.length === 0)
    throw new Error(`bench: known are ${claims.map(({ name }) => name).join(", ")}`);
  if (load() > MOST_LOAD && !flags.includes("--anyway"))
    throw new Error(`bench: the load is ${load().toFixed(2)}; wait, or add --anyway`);
  const backend = await engine();
  const kernels = backend.name;
  await backend.dispose();
  const machine = {
    processor: cpus()[0]?.model,
    cores: cpus().length,
    threads,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernels,
    node: process.version,
    load: load(),
  };
  if (!flags.includes("--json")) console.log(machine);
  const results: Record<string, readonly Row[]> = {};
  for (const claim of chosen) {
    const rows = await claim.measure();
    // A claim whose rival is not there has no rows, and leaves what was measured before.
    if (rows.length === 0) continue;
    results[claim.name] = rows;
    if (!flags.includes("--json")) print(claim, rows);
  }
  await closeMachines();
  if (flags.includes("--json")) console.log(JSON.stringify({ machine, results }, null, 2));
  save(machineName(kernels), machine, results);
}

function print({ title }: Claim, rows: readonly Row[]): void {
  console.log(`\n${title}`);
  for (const { label, ours, rival, unit, value, goal, isMet, least, note } of rows) {
    const sides = `${ours.toFixed(2)}${rival === undefined ? "" : ` / ${rival.toFixed(2)}`} ${unit}`;
    const verdict = Number.isNaN(value) ? "not compared" : isMet ? "met" : "MISSED";
    console.log(
      `  ${label.padEnd(48)} ${sides.padStart(24)}  ${value.toFixed(2)} (${goal}) ${verdict}${least === undefined ? "" : `; at best ${least.toFixed(2)}`}${note ? `; ${note}` : ""}`,
    );
  }
}

/** Results of one machine lie in one file, claim by claim; a claim measured again replaces its own. */
function save(
  name: string,
  machine: object,
  results: Readonly<Record<string, readonly Row[]>>,
): void {
  const folder = new URL("results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const path = new URL(`${name}.json`, folder);
  let before: Record<string, unknown> = {};
  try {
    before = (JSON.parse(readFileSync(path, "utf8")) as { results: Record<string, unknown> })
      .results;
  } catch {
    // The first results of this machine.
  }
  writeFileSync(
    path,
    `${JSON.stringify({ machine, results: { ...before, ...results } }, null, 2)}\n`,
  );
}

await main();
