// Packs heed and writes the lock files of apps/ anew: run it after `npm run test:apps` says that they are old.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packHeed } from "./pack-heed.mjs";
import { root, run } from "./setup.mjs";

packHeed();

const apps = join(root, "apps");
// npm writes lock files for runtimes/ that it then refuses (a package there names optional ones that do not exist).
const locked = readdirSync(apps).filter(
  (name) => name !== "runtimes" && existsSync(join(apps, name, "package.json")),
);
for (const app of locked) {
  const cwd = join(apps, app);
  const file = join(cwd, "package-lock.json");
  const read = () => JSON.parse(readFileSync(file, "utf8"));
  const write = (lock) => writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  // npm would keep what it knew of heed.
  if (existsSync(file)) {
    const known = read();
    delete known.packages["node_modules/heed"];
    write(known);
  }
  run("npm", ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd,
  });
  const lock = read();
  // heed is another each time it is packed.
  delete lock.packages["node_modules/heed"].integrity;
  write(lock);
}
