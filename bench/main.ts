import { sayWhenBrokenOff } from "./broken-off.ts";
import { type Claim, expectRows, type Row } from "./claim.ts";
import { attention } from "./claims/attention.ts";
import { bert } from "./claims/bert.ts";
import { fetching } from "./claims/fetching.ts";
import { footprint } from "./claims/footprint.ts";
import { heads } from "./claims/heads.ts";
import { interventions } from "./claims/interventions.ts";
import { keptPasses } from "./claims/kept-passes.ts";
import { ladder } from "./claims/ladder.ts";
import { memoryBound } from "./claims/memory-bound.ts";
import { page } from "./claims/page.ts";
import { patch } from "./claims/patch.ts";
import { product } from "./claims/product.ts";
import { pytorch } from "./claims/pytorch.ts";
import { start } from "./claims/start.ts";
import { training } from "./claims/training.ts";
import { trainingWeb } from "./claims/training-web.ts";
import { transformers } from "./claims/transformers.ts";
import { wasm } from "./claims/wasm.ts";
import { world } from "./claims/world.ts";
import { engine, threads } from "./engine.ts";
import { closeMachines, load, thisMachine } from "./machine.ts";
import { type MeasuredClaim, saveResults } from "./results.ts";

const claims: readonly Claim[] = [
  product,
  bert,
  pytorch,
  transformers,
  memoryBound,
  attention,
  ladder,
  patch,
  interventions,
  keptPasses,
  heads,
  training,
  trainingWeb,
  world,
  wasm,
  footprint,
  page,
  fetching,
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
  let place = "what comes before the first claim";
  sayWhenBrokenOff(() => place);
  const backend = await engine();
  const machine = thisMachine(backend.name);
  await backend.dispose();
  if (!flags.includes("--json")) console.log(machine);
  const measured: Record<string, MeasuredClaim> = {};
  for (const claim of chosen) {
    const setting = {
      day: new Date().toISOString().slice(0, 10),
      node: process.version,
      threads,
      load: load(),
    };
    place = claim.name;
    const rows = await claim.measure((part) => {
      place = `${claim.name}: ${part}`;
    });
    // A claim whose rival is not there has no rows, and leaves what was measured before.
    if (rows.length === 0) continue;
    measured[claim.name] = { ...setting, rows };
    if (!flags.includes("--json")) print(claim, rows);
  }
  await closeMachines();
  const results = { machine, claims: measured };
  if (flags.includes("--json")) console.log(JSON.stringify(results, null, 2));
  saveResults(results);
  // Among all, what cannot be compared is left out; what was asked for is not.
  for (const claim of names.length > 0 ? chosen : [])
    expectRows(claim, measured[claim.name]?.rows ?? []);
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

await main();
