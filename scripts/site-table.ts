// Writes the table of sites from the table in the code. Run: npx tsx scripts/site-table.ts
import { siteKinds } from "../src/probe/sites.ts";
import { isStarted, markdownTable, type WrittenPart, writeParts } from "./pages.ts";

/** Every page's part that this script writes. */
export function siteParts(): WrittenPart[] {
  const rows = siteKinds.map(({ name, of, axes, what, onDemand, transformerLens }) => [
    `\`${of === "layer" ? "layers.L." : ""}${name}\``,
    axes.join(" "),
    onDemand ? `${what} (on demand)` : what,
    transformerLens
      ? [`\`${transformerLens.name}\``, transformerLens.differs].filter(Boolean).join(": ")
      : "",
  ]);
  const lines = markdownTable(["site", "axes", "what it is", "in TransformerLens"], rows);
  return [{ file: "docs/reading-and-changing.md", name: "sites", lines }];
}

if (isStarted(import.meta.url)) writeParts(siteParts());
