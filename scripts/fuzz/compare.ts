// Runs heed beside what PyTorch recorded of random configs: `npx tsx scripts/fuzz/compare.ts FOLDER [backend …]`. Ends with 1 where a
// site differs by more than rounding, of which double precision is the judge.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { type RecordedTrace, readTrace } from "../../src/checkpoint/trace-file.ts";
import { ConfigError } from "../../src/errors/errors.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import type { LoadOptions } from "../../src/models/load.ts";
import { verifyTrace } from "../../src/tasks/verify.ts";
import { judge, readDouble, toldBy } from "./referee.ts";

const [home, ...named] = process.argv.slice(2);
if (home === undefined) throw new Error("compare: name the folder of the cases");
const backends = (named.length > 0 ? named : ["reference", "auto"]) as LoadOptions["backend"][];
const tally = { cases: 0, runs: 0, sites: 0, refused: 0, rounding: 0, differing: 0, largest: 0 };
for (const name of readdirSync(home).sort()) {
  const folder = `${home}/${name}`;
  if (!existsSync(`${folder}/trace.safetensors`)) continue;
  tally.cases++;
  for (const backend of backends) {
    const place = `${name} (${backend})`;
    try {
      const model = await load(folder, { backend });
      const recorded = readTrace(readFileSync(`${folder}/trace.safetensors`), folder);
      const { sites, judged } = await compared(model, recorded, folder).finally(() =>
        model.dispose(),
      );
      tally.runs++;
      tally.sites += sites.length;
      for (const { difference, allowed } of sites)
        tally.largest = Math.max(tally.largest, (difference / (allowed || 1e-4)) * 1e-4);
      const wrong = sites.filter(({ passed }) => !passed);
      if (wrong.length === 0) continue;
      const isRounding = judged.every((site) => site.isRounding);
      tally[isRounding ? "rounding" : "differing"]++;
      const shown = wrong
        .slice(0, 3)
        .map(({ site, difference, reason }) => `${site} ${reason ?? difference}`);
      const said = isRounding ? `differ by rounding (${toldBy(judged)})` : "differ";
      console.log(`${place}: ${wrong.length} sites ${said}: ${shown.join("; ")}`);
    } catch (error) {
      if (error instanceof ConfigError) tally.refused++;
      else tally.differing++;
      console.log(`${place}: ${String(error)}`);
    }
  }
}
console.log(JSON.stringify(tally));
process.exitCode = tally.differing > 0 ? 1 : 0;

/** Every site, and what the referee says of those that differ. */
async function compared(model: Model, recorded: RecordedTrace, folder: string) {
  const sites = await verifyTrace(model, recorded);
  const wrong = sites.filter(({ passed }) => !passed);
  if (wrong.length === 0) return { sites, judged: [] };
  return { sites, judged: await judge(model, recorded, wrong, readDouble(folder)) };
}
