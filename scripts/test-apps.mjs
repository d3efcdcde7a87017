// `npm run test:apps [-- vite next …]`: builds heed and packs it, builds each app of apps/ with it, and opens them in Chromium.
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { root, run, setUp } from "./setup.mjs";

setUp();
run("npm", ["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", "apps"]);
const apps = join(root, "apps");
const packed = readdirSync(apps).find((file) => /^heed-.*\.tgz$/.test(file));
renameSync(join(apps, packed), join(apps, "heed.tgz"));
const named = process.argv.slice(2);
run(
  process.execPath,
  [join(root, "node_modules/vitest/vitest.mjs"), "run", "--config", "apps/vitest.config.ts"],
  { stdio: "inherit", env: { ...process.env, HEED_APPS: named.join(" ") } },
);
