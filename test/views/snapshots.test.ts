import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import * as imagePage from "../../src/views/page/image-page.generated.ts";
import * as page from "../../src/views/page/page.generated.ts";

// Every example is a picture; UPDATE_SNAPSHOTS=1 accepts what they draw now.
const examples = new URL("../../examples/", import.meta.url);
const snapshots = new URL("../snapshots/", import.meta.url);
const update = process.env.UPDATE_SNAPSHOTS === "1";

interface Example {
  readonly picture: () => string;
}

function extensionOf(name: string): string {
  return name.endsWith("-svg") ? "svg" : name.endsWith("page") ? "html" : "txt";
}

/** Without the pages' own scripts and styles, which have tests of their own. */
function shownPart(text: string): string {
  let plain = text;
  for (const { pageScript, pageStyle } of [page, imagePage])
    plain = plain.replace(pageScript, () => "(script)").replace(pageStyle, () => "(style)");
  return plain.endsWith("\n") ? plain : `${plain}\n`;
}

const pictures = new Map<string, () => string>();
// Other examples run a model: test/docs/examples.test.ts runs all.
for (const file of (await readdir(examples)).filter((name) =>
  /(-text|-svg|page)\.ts$/.test(name),
)) {
  const { picture }: Example = await import(new URL(file, examples).href);
  pictures.set(file.slice(0, -3), picture);
}
const names = [...pictures.keys()];

describe("examples draw what they drew", () => {
  for (const name of names)
    test(name, async () => {
      const drawn = shownPart(pictures.get(name)!());
      const extension = extensionOf(name);
      const file = new URL(`${name}.${extension}`, snapshots);
      const changed = new URL(`${name}.changed.${extension}`, snapshots);
      await rm(changed, { force: true });
      if (update) {
        await mkdir(snapshots, { recursive: true });
        await writeFile(file, drawn);
      }
      expect(existsSync(file), `${file.pathname} is missing: run with UPDATE_SNAPSHOTS=1`).toBe(
        true,
      );
      const before = await readFile(file, "utf8");
      if (drawn !== before) await writeFile(changed, drawn);
      expect(drawn, `compare ${changed.pathname}; UPDATE_SNAPSHOTS=1 accepts it`).toBe(before);
    });
});

test("no snapshot without its example", async () => {
  const files = (await readdir(snapshots)).filter((name) => !name.includes(".changed."));
  const known = names.map((name) => `${name}.${extensionOf(name)}`);
  expect(files.filter((name) => !known.includes(name))).toEqual([]);
});
