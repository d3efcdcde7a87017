import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL("../../src/", import.meta.url));

/** Every class of errors a caller can meet, and the file it is in. */
const errors = filesOf(source).flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/^export class (\w+) extends \w+Error \{/gm)].map(
    ([, name]) => ({ name: name!, file }),
  ),
);

test("errors keep their names in a minified bundle", async () => {
  expect(errors.map(({ name }) => name)).toContain("HubError");
  const { outputFiles } = await build({
    stdin: {
      contents: errors
        .map(({ name, file }) => `export { ${name} } from ${JSON.stringify(file)};`)
        .join("\n"),
      resolveDir: source,
    },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
  });
  const code = outputFiles[0]!.text;
  const bundled: Record<string, new (...words: string[]) => Error> = await import(
    /* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(code).toString("base64")}`
  );
  for (const { name } of errors) {
    const Class = bundled[name]!;
    expect(Class.name, "the bundle is minified").not.toBe(name);
    const error = new Class("a", "b");
    expect(error.name).toBe(name);
    expect(String(error)).toMatch(new RegExp(`^${name}: `));
  }
});

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => folder + file);
}
