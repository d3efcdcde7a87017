// `npm run test:apps [-- vite next …]`: builds heed and packs it, builds each app of apps/ with it, and opens them in Chromium; "runtimes"
// are Deno, Bun, Jest, Vitest and pnpm.
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { root, run, setUp } from "./setup.mjs";

setUp();
run("npm", ["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", "apps"]);
const apps = join(root, "apps");
const packed = readdirSync(apps).find((file) => /^heed-.*\.tgz$/.test(file));
renameSync(join(apps, packed), join(apps, "heed.tgz"));
const named = process.argv.slice(2);
const bundled = named.filter((name) => name !== "runtimes");
const files = [
  ...(named.length === 0 || bundled.length > 0 ? ["apps/apps.test.ts"] : []),
  ...(named.length === 0 || named.includes("runtimes") ? ["apps/runtimes.test.ts"] : []),
];
run(
  process.execPath,
  [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--config",
    "apps/vitest.config.ts",
    ...files,
  ],
  { stdio: "inherit", env: { ...process.env, HEED_APPS: bundled.join(" ") } },
);
