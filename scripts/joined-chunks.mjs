// Joins the chunks that a script imports before it runs to one: a browser asks for one file, and what is loaded later imports from it.
import { basename } from "node:path";
import { build } from "esbuild";

/** What a script imports before it runs, itself with it. */
export function importedBy(name, outputs, known = new Set()) {
  if (known.has(name)) return known;
  known.add(name);
  for (const { path, kind } of outputs[`app/${name}`].imports)
    if (kind === "import-statement") importedBy(basename(path), outputs, known);
  return known;
}

/**
 * A bundle that esbuild has split, with all that `entry` imports in the entry itself. esbuild makes a chunk of whatever the same scripts
 * import, of which a page with many parts that come later has dozens. Takes and gives scripts by name, and esbuild's outputs of them;
 * `banner` is what each begins with.
 */
export async function joinedInto(entry, { files, outputs }, banner) {
  const parts = [...importedBy(entry, outputs)];
  let count = 0;
  // Two parts may call different things by the same short name.
  const renamed = new Map(
    parts.map((name) => {
      const own = outputs[`app/${name}`].exports;
      return [name, own.map((short) => [short, `_${(count++).toString(36)}`])];
    }),
  );
  const exported = parts.map((name) => {
    const names = renamed.get(name).map(([own, other]) => `${own} as ${other}`);
    return `export { ${names.join(", ")} } from "./${name}";`;
  });
  const whole = `import "./${entry}";\n${exported.join("\n")}`;
  const scriptOf = (name) => files.get(name).toString();
  const core = await rewritten(
    { [entry]: whole },
    (name) => (renamed.has(name) ? scriptOf(name) : undefined),
    banner,
  );

  const later = [...files.keys()].filter((name) => name.endsWith(".js") && !renamed.has(name));
  const others = await rewritten(
    Object.fromEntries(later.map((name) => [name, scriptOf(name)])),
    (name) => {
      if (!renamed.has(name)) return undefined;
      const names = renamed.get(name).map(([own, other]) => `${other} as ${own}`);
      return `export { ${names.join(", ")} } from "whole:${entry}";`;
    },
    banner,
  );
  const kept = [...files].filter(([name]) => !name.endsWith(".js"));
  return {
    files: new Map([...kept, ...core.files, ...others.files]),
    outputs: { ...core.outputs, ...others.outputs },
  };
}

/** Scripts with what they import from each other in the place of the import, where `partOf` gives it; else they go on to import it. */
async function rewritten(scripts, partOf, banner) {
  const inMemory = {
    name: "in-memory",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path, kind }) => {
        if (kind === "entry-point") return { path: `entry:${path}`, namespace: "script" };
        if (path.startsWith("whole:"))
          return { path: `./${path.slice("whole:".length)}`, external: true };
        const isPart = kind === "import-statement" && partOf(basename(path));
        return isPart
          ? { path: basename(path), namespace: "script" }
          : { path: `./${basename(path)}`, external: true };
      });
      onLoad({ filter: /.*/, namespace: "script" }, ({ path }) => ({
        contents: path.startsWith("entry:") ? scripts[path.slice("entry:".length)] : partOf(path),
        loader: "js",
      }));
    },
  };
  const { outputFiles, metafile } = await build({
    entryPoints: Object.keys(scripts).map((name) => ({ in: name, out: name.replace(/\.js$/, "") })),
    outdir: "app",
    bundle: true,
    format: "esm",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    target: "esnext",
    banner: { js: banner },
    metafile: true,
    write: false,
    plugins: [inMemory],
  });
  const files = outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]);
  return { files, outputs: metafile.outputs };
}
