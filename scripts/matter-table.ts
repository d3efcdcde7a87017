// Writes the table of docs/interventions.md that says how well heads found on some texts predict effects on others. Run:
// npx tsx scripts/matter-table.ts (some 9,000 runs of the model that comes with heed).
import { readFileSync } from "node:fs";
import { linkNorms, type MatterPlan, runMatter, Subject } from "../src/analysis/index.ts";
import { load } from "../src/load.node.ts";
import { formatCorrelation } from "../src/views/experiments/matter-text.ts";
import { isStarted, markdownTable, type WrittenPart, writeParts } from "./pages.ts";

const linesOf = (name: string) =>
  readFileSync(new URL(`../examples/data/${name}`, import.meta.url), "utf8")
    .trim()
    .split("\n");

/** The page's part that this script writes. */
export async function matterParts(): Promise<WrittenPart[]> {
  const model = await load();
  const [texts, predict] = [linesOf("because-it-1.txt"), linesOf("because-it-2.txt")];
  const rows: string[][] = [];
  for (const by of ["cut", "zero"] as const) {
    const { prediction, matters } = await runMatter(
      async (input) => new Subject(model, input as string),
      texts,
      {
        do: { kind: "matter", by, controls: 0, predict } satisfies MatterPlan,
        word: "it",
        seed: 1,
      },
      { normsOf: linkNorms(model) },
    );
    const { byEffect, byNorm, byWeight } = prediction!;
    for (const [metric, { name }] of matters[0]!.metrics.entries())
      rows.push([
        by === "cut" ? "the head's strongest look is cut" : "the head is silenced (zero)",
        name,
        ...[byEffect, byNorm!, byWeight].map((all) => formatCorrelation(all[metric]!)),
      ]);
  }
  await model.dispose();
  const header = ["what is done", "effect on the", "by the effect", "by the norm", "by the weight"];
  return [{ file: "docs/interventions.md", name: "matter", lines: markdownTable(header, rows) }];
}

if (isStarted(import.meta.url)) writeParts(await matterParts());
