// Writes README's table of models: shapes counted by `heed models`, and each family's largest difference from PyTorch.
// Run: npx tsx scripts/model-table.ts [folders of goldens beside test/golden]
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readTrace } from "../src/checkpoint/trace-file.ts";
import { modelRows } from "../src/cli/commands/models.ts";
import { load } from "../src/load.node.ts";
import { verifyTrace } from "../src/tasks/verify.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = join(root, "README.md");
const [start, end] = ["<!-- models -->", "<!-- /models -->"];

/** The largest |a − b| of a family over its goldens, as a share of what is allowed (1e-4, times the largest value where that is above 1). */
interface Agreement {
  cases: number;
  sites: number;
  share: number;
}

async function agreements(folders: readonly string[]): Promise<Map<string, Agreement>> {
  const found = new Map<string, Agreement>();
  for (const folder of folders) {
    const place = join(folder, "trace.safetensors");
    const model = await load(folder);
    const differences = await verifyTrace(model, readTrace(readFileSync(place), place));
    const before = found.get(model.type) ?? { cases: 0, sites: 0, share: 0 };
    found.set(model.type, {
      cases: before.cases + 1,
      sites: before.sites + differences.length,
      share: Math.max(before.share, ...differences.map(shareOf)),
    });
    await model.dispose();
  }
  return found;
}

/** Ids must be equal: nothing is allowed there. */
function shareOf({ difference, allowed }: { difference: number; allowed: number }): number {
  return difference === 0 ? 0 : difference / allowed;
}

function goldenFolders(): string[] {
  return [join(root, "test/golden"), join(root, "models"), ...process.argv.slice(2)].flatMap(
    (parent) =>
      readdirSync(parent)
        .map((name) => join(parent, name))
        .filter((folder) => existsSync(join(folder, "trace.safetensors"))),
  );
}

const found = await agreements(goldenFolders());
const rows = await modelRows();
const number = (value: number | undefined) =>
  value === undefined ? "unknown" : value.toLocaleString("en");
const lines = rows.map((row) => {
  const agreement = found.get(row.family);
  const difference = agreement ? (agreement.share * 1e-4).toExponential(0) : "";
  const runs = row.hub ? "runs" : "planned";
  return `| ${[row.title, `\`${row.family}\``, number(row.width), row.heads === undefined ? "unknown" : `${row.heads} × ${row.headWidth}`, row.layers ?? "unknown", number(row.feedForward), row.context ?? "unknown", number(row.parameters), runs, difference].join(" | ")} |`;
});
const cases = [...found.values()].reduce((sum, { cases }) => sum + cases, 0);
const sites = [...found.values()].reduce((sum, { sites }) => sum + sites, 0);
const table = [
  start,
  "| model | family | width | heads × width | layers | feed-forward | context | parameters | here | largest difference |",
  "|---|---|---|---|---|---|---|---|---|---|",
  ...lines,
  "",
  `Largest difference: over all recorded forward passes of the family (${cases} of them, ${sites} sites in all), relative to the site's largest value where that is above 1.`,
  end,
].join("\n");
const text = readFileSync(readme, "utf8");
if (!text.includes(start)) throw new Error(`README.md has no ${start}`);
writeFileSync(
  readme,
  text.slice(0, text.indexOf(start)) + table + text.slice(text.indexOf(end) + end.length),
);
process.stdout.write(`${table}\n`);
