import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** `heed open`, as a terminal starts it: gives the address that it prints. Whatever was started ends with the file's tests. */
export function servers(): (args: readonly string[]) => Promise<string> {
  const started: ChildProcess[] = [];
  afterAll(() => {
    for (const child of started) child.kill();
  });
  return (args) => {
    const child = spawn(
      process.execPath,
      ["dist/cli/main.js", "open", ...args, "--no-browser", "--port", "0"],
      { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
    );
    started.push(child);
    return new Promise((resolve) =>
      child.stdout.once("data", (part: Buffer) => resolve(String(part).trim())),
    );
  };
}
