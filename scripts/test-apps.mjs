// `npm run test:apps [-- vite next …]`: builds heed and packs it, builds each app of apps/ with it, and opens them in Chromium; "runtimes"
// are Deno, Bun, Jest, Vitest and pnpm.
import { join } from "node:path";
import { packHeed } from "./pack-heed.mjs";
import { root, run } from "./setup.mjs";

packHeed();
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
