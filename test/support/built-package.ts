import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const setup = new URL("../../scripts/setup.mjs", import.meta.url).href;

/** Builds dist/ where a source is newer than it. */
export async function builtPackage(): Promise<void> {
  const code = `import("${setup}").then(({ setUp }) => setUp())`;
  await promisify(execFile)(process.execPath, ["-e", code], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  });
}
