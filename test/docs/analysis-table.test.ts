import { expect, test } from "vitest";
import { familyCells, tableFamilies, tableOf } from "../../scripts/analysis-table.ts";
import { withPart } from "../../scripts/pages.ts";
import { pageText } from "../support/pages.ts";

// One family of each row is run again; the script runs all.
test("the table of analyses is what its script writes, by one family of each row", async () => {
  const page = pageText("docs/analysis.md");
  const table = page.slice(page.indexOf("<!-- analyses -->"));
  const rows = [...table.matchAll(/^\| ([a-z0-9_, ]+) \| (?:yes|no|encoder)/gm)].map(([, names]) =>
    names!.split(", "),
  );
  expect(rows.flat().sort()).toEqual(tableFamilies);
  const cells = new Map<string, readonly string[]>();
  for (const [first, ...others] of rows) {
    const own = await familyCells(first!);
    for (const family of [first!, ...others]) cells.set(family, own);
  }
  const inOrder = new Map(tableFamilies.map((family) => [family, cells.get(family)!]));
  const part = { file: "docs/analysis.md", name: "analyses", lines: tableOf(inOrder) };
  expect(page, "run: npx tsx scripts/analysis-table.ts").toBe(withPart(part));
});
