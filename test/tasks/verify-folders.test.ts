import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { builtCommand, builtPackage } from "../support/built-package.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "heed-verify-"));

function copy(from: string, to: string, fields: Readonly<Record<string, string>> = {}): void {
  cpSync(join(root, "test", from), join(home, to), { recursive: true });
  for (const [file, text] of Object.entries(fields)) writeFileSync(join(home, to, file), text);
}

/** What `heed verify` says of folders of recorded things, and its exit code. */
function verify(...folders: readonly string[]): Promise<{ code: number; text: string }> {
  const args = [builtCommand, "verify", ...folders];
  return new Promise((resolve) =>
    execFile(process.execPath, args, { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), text: stdout + stderr }),
    ),
  );
}

beforeAll(async () => {
  await builtPackage();
  copy("tokens/gpt2", "good");
  copy("tokens/gpt2", "empty", { "cases.jsonl": "", "decode.jsonl": "" });
  copy("tokens/gpt2", "broken", { "cases.jsonl": '{"text": "a"\n' });
  copy("golden/bert-mlm", "family");
  cpSync(
    join(root, "test/golden/gpt2/trace.safetensors"),
    join(home, "family", "trace.safetensors"),
  );
  mkdirSync(join(home, "picture"));
  cpSync(
    join(root, "test/images/exif-1-jpg.safetensors"),
    join(home, "picture", "golden.safetensors"),
  );
  writeFileSync(
    join(home, "picture", "index.json"),
    JSON.stringify([
      { file: "missing.png", golden: "golden.safetensors" },
      { file: "missing.png", golden: "missing.safetensors" },
    ]),
  );
});

afterAll(() => rmSync(home, { recursive: true }));

test("a folder that cannot be compared fails by name, and the others still run", async () => {
  const { code, text } = await verify(home);
  const flat = text.replace(/\s+/g, " ");
  expect(code).toBe(1);
  expect(text).toMatch(/pass .*good: \d+ of \d+ token cases agree/);
  expect(flat).toContain(`FAIL ${home}/empty: verify: the case files hold no case`);
  expect(flat).toContain(`FAIL ${home}/broken: cases.jsonl line 1 must be one JSON object`);
  expect(flat).toContain("the trace was recorded with a model of family gpt2");
  expect(flat).toContain(`index.json names missing.png, which is not in the folder`);
  expect(flat).toContain(`index.json names missing.safetensors, which is not in the folder`);
});

test("a slash behind a folder changes no name", async () => {
  const { code, text } = await verify("test/tokens/gpt2/");
  expect(code).toBe(0);
  expect(text).toContain("  variants/missing-keys.json: 127 of 127");
});
