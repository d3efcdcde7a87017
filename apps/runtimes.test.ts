import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { install } from "./app.ts";

// What people run heed with beside Node and browsers, each by its script of runtimes/package.json.
const here = fileURLToPath(new URL(".", import.meta.url));
const app = join(here, "runtimes");
const answer = "0.4915";
const carryOut = promisify(execFile);

async function script(name: string): Promise<{ stdout: string; stderr: string }> {
  const options = { cwd: app, env: { ...process.env, NODE_OPTIONS: undefined } };
  return carryOut("npm", ["run", "--silent", name], options);
}

describe("runtimes", () => {
  beforeAll(() => install(app), 600_000);

  test.each(["deno", "deno:rights", "deno:no-rights", "bun"])(
    "%s gives Node's number",
    async (name) => {
      expect((await script(name)).stdout.trim()).toBe(answer);
    },
  );

  test("Deno without the right to native code says so, once", async () => {
    const { stderr } = await script("deno:no-rights");
    expect(stderr.match(/Deno by --allow-ffi/g)).toHaveLength(1);
  });

  test.each(["deno:worker", "bun:worker"])(
    "%s: a worker ended amid a run takes nothing with it",
    async (name) => {
      expect((await script(name)).stdout.trim()).toBe("goes on");
    },
  );

  test.each(["jest", "vitest"])("%s passes its test of a page", async (name) => {
    await script(name);
  });

  test("pnpm installs it without an approval, and it runs", async () => {
    const folder = mkdtempSync(join(tmpdir(), "heed-pnpm-"));
    const manifest = { private: true, dependencies: { heed: `file:${join(here, "heed.tgz")}` } };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    cpSync(join(app, "answer.mjs"), join(folder, "answer.mjs"));
    // Its own package names optional ones that npm cannot lock.
    const pnpm = ["--yes", "pnpm@12.21.0"];
    const store = join(folder, "store");
    const { stdout } = await carryOut("npx", [...pnpm, "install", "--store-dir", store], {
      cwd: folder,
    });
    expect(stdout).not.toContain("approve-builds");
    expect((await carryOut(process.execPath, ["answer.mjs"], { cwd: folder })).stdout.trim()).toBe(
      answer,
    );
  });
});
