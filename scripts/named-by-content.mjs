// Names scripts by what they hold: those that are the same, with all they import, are one file, and two that differ never have one name.
import { createHash } from "node:crypto";

/** How a script that esbuild has written names another beside it. */
const besides = /"\.\/([^"/]+\.js)"/g;

/**
 * A bundle whose scripts, but `entries`, are named `name-HASH.js` by their content: what each holds, and what the scripts hold that it
 * imports; entries count by their names. `names` keeps the name of each hash, for bundles that lie in one folder. Takes and gives scripts by
 * name, and esbuild's outputs of them.
 */
export function namedByContent({ files, outputs }, entries, names) {
  const parts = new Map(
    [...files]
      .filter(([name]) => name.endsWith(".js") && !entries.includes(name))
      .map(([name, bytes]) => [name, bytes.toString()]),
  );
  const renamed = new Map();
  for (const name of parts.keys()) {
    const hash = hashOf(name, parts);
    if (!names.has(hash)) names.set(hash, `${name.replace(/-[^-]+\.js$/, "")}-${hash}.js`);
    renamed.set(name, names.get(hash));
  }
  const nameOf = (name) => renamed.get(name) ?? name;
  const pathOf = (path) => path.replace(/[^/]+$/, nameOf);
  const contentOf = (name, bytes) =>
    name.endsWith(".js")
      ? Buffer.from(bytes.toString().replaceAll(besides, (_, other) => `"./${nameOf(other)}"`))
      : bytes;
  return {
    files: new Map([...files].map(([name, bytes]) => [nameOf(name), contentOf(name, bytes)])),
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([path, { imports, ...said }]) => [
        pathOf(path),
        { ...said, imports: imports.map((one) => ({ ...one, path: pathOf(one.path) })) },
      ]),
    ),
  };
}

/** A hash of a script and of all it imports, whatever these are called: each stands for the place at which it was met. */
function hashOf(name, parts) {
  const hash = createHash("sha256");
  const met = [name];
  const placeOf = (other) => (met.includes(other) ? met.indexOf(other) : met.push(other) - 1);
  for (const one of met) {
    const text = parts
      .get(one)
      .replaceAll(besides, (named, other) => (parts.has(other) ? `"${placeOf(other)}"` : named));
    hash.update(`${text.length} ${text}`);
  }
  return hash.digest("hex").slice(0, 12);
}
