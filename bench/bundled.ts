import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A script of this folder as one file to start: a compiler in its process would be measured too. */
export async function bundled(name: string): Promise<string> {
  const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const outfile = fileURLToPath(
    new URL(`../node_modules/.cache/heed-bench/${name}.mjs`, import.meta.url),
  );
  const platform = { platform: "node", format: "esm", packages: "external" } as const;
  await build({ entryPoints: [script], outfile, bundle: true, ...platform });
  return outfile;
}
