// heed as it would be published, for the apps: apps/heed.tgz.
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { root, run, setUp } from "./setup.mjs";

/** Builds and packs. */
export function packHeed() {
  setUp();
  run("npm", ["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", "apps"]);
  const apps = join(root, "apps");
  const packed = readdirSync(apps).find((file) => /^heed-.*\.tgz$/.test(file));
  renameSync(join(apps, packed), join(apps, "heed.tgz"));
}
