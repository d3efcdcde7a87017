import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { generatePage } from "../scripts/generate-page.ts";

test.each(["page", "image-page", "film"] as const)(
  "%s.generated.ts is what its sources make",
  async (name) => {
    const file = new URL(`../src/views/page/${name}.generated.ts`, import.meta.url);
    const committed = await readFile(file, "utf8");
    expect(committed === (await generatePage(name)), "run: npm run generate").toBe(true);
  },
);
