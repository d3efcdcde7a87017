import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${root}/README.md`, "utf8");
const run = promisify(execFile);
const cli = ["--import", "tsx", "src/cli/main.ts"];
const plain = {
  cwd: root,
  env: { ...process.env, NO_COLOR: "1", COLUMNS: "80", LANG: "C.UTF-8", LC_ALL: "" },
};

const examples = [...readme.matchAll(/```ts\n([\s\S]+?)```\n\nprints\n\n```\n([\s\S]+?)```/g)].map(
  ([, code, printed]) => ({ code: code!, printed: printed! }),
);

test("every piece of TypeScript in the README says what it prints", () => {
  expect(examples.length).toBe(readme.split("```ts\n").length - 1);
});

test.each(examples)("the README's code runs and prints what it says", async ({ code, printed }) => {
  const file = `${root}/test/readme-code.tmp.ts`;
  writeFileSync(file, code);
  try {
    const { stdout } = await run(
      process.execPath,
      ["--import", "tsx", "--conditions=heed/source", file],
      plain,
    );
    expect(stdout).toBe(printed);
  } finally {
    rmSync(file);
  }
});

test("the README's first printout is what the command prints", async () => {
  const shown = /```\n(The cat sat on the mat because[\s\S]+?)```/.exec(readme)![1]!;
  const { stdout } = await run(
    process.execPath,
    [...cli, "The cat sat on the mat because it was tired."],
    plain,
  );
  expect(stdout.startsWith(shown)).toBe(true);
});

test("the README's second example is what the command prints", async () => {
  const shown = /```\n("cat" looks at[\s\S]+?)```/.exec(readme)![1]!;
  const { stdout } = await run(
    process.execPath,
    [...cli, "The cat sat on the mat.", "--word", "cat"],
    plain,
  );
  expect(stdout).toContain(shown);
});

test("every file the README links to is there", () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)|src="([^"]+)"/g)].map(
    (match) => match[1] ?? match[2]!,
  );
  for (const link of links.filter((link) => !link.startsWith("http")))
    expect(() => readFileSync(`${root}/${link}`), link).not.toThrow();
});
