// Runs heed beside what PyTorch recorded of random configs: `npx tsx scripts/fuzz/compare.ts FOLDER [backend …]`. Ends with 1 where a site differs.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readTrace } from "../../src/checkpoint/trace-file.ts";
import { ConfigError } from "../../src/errors/errors.ts";
import { load } from "../../src/load.node.ts";
import type { LoadOptions } from "../../src/models/load.ts";
import { verifyTrace } from "../../src/tasks/verify.ts";

const [home, ...named] = process.argv.slice(2);
if (home === undefined) throw new Error("compare: name the folder of the cases");
const backends = (named.length > 0 ? named : ["reference", "auto"]) as LoadOptions["backend"][];
const tally = { cases: 0, runs: 0, sites: 0, refused: 0, differing: 0, largest: 0 };
for (const name of readdirSync(home).sort()) {
  const folder = `${home}/${name}`;
  if (!existsSync(`${folder}/trace.safetensors`)) continue;
  tally.cases++;
  for (const backend of backends) {
    const place = `${name} (${backend})`;
    try {
      const model = await load(folder, { backend });
      const recorded = readTrace(readFileSync(`${folder}/trace.safetensors`), folder);
      const sites = await verifyTrace(model, recorded).finally(() => model.dispose());
      tally.runs++;
      tally.sites += sites.length;
      for (const { difference, allowed } of sites)
        tally.largest = Math.max(tally.largest, (difference / (allowed || 1e-4)) * 1e-4);
      const wrong = sites.filter(({ passed }) => !passed);
      if (wrong.length === 0) continue;
      tally.differing++;
      const shown = wrong
        .slice(0, 3)
        .map(({ site, difference, reason }) => `${site} ${reason ?? difference}`);
      console.log(`${place}: ${wrong.length} sites differ: ${shown.join("; ")}`);
    } catch (error) {
      if (error instanceof ConfigError) tally.refused++;
      else tally.differing++;
      console.log(`${place}: ${String(error)}`);
    }
  }
}
console.log(JSON.stringify(tally));
process.exitCode = tally.differing > 0 ? 1 : 0;
