// Renews test/web/layout.json, what screenshots of the explorer are compared with, and writes the pictures to look at into a folder.
// Run: npx tsx scripts/explorer-layout.ts [FOLDER]
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtPackage } from "../test/support/built-package.ts";
import { openChromium } from "../test/support/chromium.ts";
import { serveApp } from "../test/web/support/app-server.ts";
import { holds } from "../test/web/support/holds.ts";
import { layoutOf, type Reference, show, views, windows } from "../test/web/support/layout.ts";

const folder = process.argv[2];
const app = "document.querySelector('heed-app').app";
await builtPackage();
const browser = await openChromium();
if (!browser) throw new Error("there is no Chromium on this machine (apt-get install chromium)");
const server = await serveApp(new URL("../dist/web", import.meta.url).pathname);
const page = await browser.newPage({ reducedMotion: "reduce" });
await page.goto(server.address);
await holds(page, `${app}?.model !== undefined && ${app}.seen !== undefined && !${app}.isBusy`);
const layouts: Record<string, Reference> = {};
for (const view of Object.keys(views))
  for (const size of Object.keys(windows))
    for (const theme of ["light", "dark"] as const) {
      await show(page, view, { size, theme });
      const layout = await layoutOf(page, view);
      if (layout.missing.length > 0 || layout.covered.length > 0)
        throw new Error(
          `${view}, ${size}, ${theme}: missing ${layout.missing}, covered ${layout.covered}`,
        );
      const { ground, parts } = layout;
      layouts[`${view} ${size} ${theme}`] = { ground, parts };
      if (folder)
        await page.screenshot({
          path: join(folder, `${view}-${size}-${theme}.png`),
          fullPage: true,
        });
    }
const file = fileURLToPath(new URL("../test/web/layout.json", import.meta.url));
writeFileSync(file, JSON.stringify(layouts));
execFileSync(process.execPath, [
  "node_modules/@biomejs/biome/bin/biome",
  "format",
  "--write",
  file,
]);
await browser.close();
await server.close();
