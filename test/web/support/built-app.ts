import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { buildWeb, filesBeside, recordedRuns, versionOf } from "../../../scripts/build-web.mjs";
import { builtPackage } from "../../support/built-package.ts";

const packaged = fileURLToPath(new URL("../../../dist/web", import.meta.url));
const folders: string[] = [];

/** The site as `npm run site` builds it, in a folder of its own; the model's files are left where they lie. */
export async function builtSite(): Promise<{
  readonly folder: string;
  readonly sizes: ReadonlyMap<string, number>;
}> {
  await builtPackage();
  const folder = mkdtempSync(join(tmpdir(), "heed-site-"));
  folders.push(folder);
  const modelFiles = filesBeside().map(({ beside }) => beside);
  const site = { modelVersion: versionOf(modelFiles), modelFiles };
  return { folder, sizes: await buildWeb(folder, { site, recorded: recordedRuns() }) };
}

/** The app as the package carries it, which `heed open` serves. */
export async function packagedApp(): Promise<string> {
  await builtPackage();
  return packaged;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
