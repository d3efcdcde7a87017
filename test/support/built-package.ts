import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));
const setup = new URL("../../scripts/setup.mjs", import.meta.url).href;
const lock = join(root, "node_modules/.heed-building");

/** The command line as it is published: it starts in a third of the time that its source takes. */
export const builtCommand = join(root, "dist/cli/main.js");

/** Builds dist/ where a source is newer than it; test files that ask at once wait for one build. */
export async function builtPackage(): Promise<void> {
  while (!hasLock()) await new Promise((resolve) => setTimeout(resolve, 50));
  try {
    const code = `import("${setup}").then(({ setUp }) => setUp())`;
    await promisify(execFile)(process.execPath, ["-e", code], { cwd: root });
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Whether this process may build now; what a process that has ended left behind is taken away. */
function hasLock(): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (!isRunning(holder())) rmSync(lock, { force: true });
    return false;
  }
}

/** The process that builds; none where it has just let go, or has not written yet. */
function holder(): number | undefined {
  try {
    return Number(readFileSync(lock, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

function isRunning(id: number | undefined): boolean {
  if (id === undefined) return true;
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
