// Writes the lock files of apps/ anew, for the packed heed: run it after `npm run test:apps` says that they are old.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./setup.mjs";

const apps = join(root, "apps");
for (const app of readdirSync(apps).filter((name) =>
  existsSync(join(apps, name, "package.json")),
)) {
  const cwd = join(apps, app);
  run("npm", ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd,
  });
  const file = join(cwd, "package-lock.json");
  const lock = JSON.parse(readFileSync(file, "utf8"));
  // heed is another each time it is packed.
  delete lock.packages["node_modules/heed"].integrity;
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
