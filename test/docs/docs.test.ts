import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandNames, commandParts } from "../../scripts/command-reference.ts";
import { withPart } from "../../scripts/pages.ts";
import { carryOut, pageHome } from "../support/carry-out.ts";
import type { PageJob, PageResult } from "../support/page-child.ts";
import { blocksOf, commandsOf, exampleCommandsOf, pageFiles, pageText } from "../support/pages.ts";

// Pages are true: their code prints what they say, their commands run.
const root = fileURLToPath(new URL("../..", import.meta.url));
const code = pageFiles.flatMap((page) => blocksOf(page, "ts"));
const reference = "docs/commands.md";
const shown = pageFiles.flatMap(commandsOf);
/** What serves until it is ended: test/cli/open.test.ts opens it, and ends it. */
const serves = ({ args }: { readonly args: readonly string[] }) => args[0] === "open";
const commands = [
  ...shown,
  ...exampleCommandsOf(reference).filter(({ line }) => shown.every((one) => one.line !== line)),
].filter((command) => !serves(command));
const helps = ["", ...commandNames(pageText(reference))].map((name) => ({
  name,
  args: [...(name ? [name] : []), "--help"],
}));
const results = new Map<object, PageResult>();
let home = "";
let codeHome = "";

beforeAll(async () => {
  home = pageHome();
  codeHome = mkdtempSync(join(root, "test/pages.tmp-"));
  const files = code.map(({ code }, number) => {
    const file = join(codeHome, `${number}.ts`);
    writeFileSync(file, code);
    return file;
  });
  const jobs: PageJob[] = [
    ...files.map((file) => ({ file: pathToFileURL(file).href })),
    ...commands.map(({ args, env, stdin }) => ({
      // The stand-in for ViT has 2 rows of 4 patches.
      args: args.map((word) => (word === "3,5" ? "1,3" : word)),
      env,
      stdin,
    })),
    ...helps.map(({ args }) => ({ args })),
  ];
  const all = await carryOut(home, jobs);
  for (const [number, asked] of [...code, ...commands, ...helps].entries())
    results.set(asked, all[number]!);
  // All that the pages say, one after the other: on a busy machine that takes minutes.
}, 400_000);

afterAll(() => {
  for (const folder of [home, codeHome]) rmSync(folder, { recursive: true });
});

describe("code of the pages runs, and prints what they say", () => {
  test.each(code.map((one) => [one.page, one.code.trim().split("\n").at(-1)!, one] as const))(
    "%s: … %s",
    (_page, _line, one) => {
      const { stdout, stderr, code } = results.get(one)!;
      expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
      expect(stdout).toBe(one.printed);
    },
  );
});

test("code of the pages holds under the compiler's strictest settings", () => {
  const settings = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { typeRoots: [join(root, "node_modules/@types")] },
    include: ["*.ts"],
  };
  writeFileSync(join(codeHome, "tsconfig.json"), JSON.stringify(settings));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", codeHome], { encoding: "utf8" });
  expect(stdout).toBe("");
});

describe("commands of the pages run", () => {
  test.each(commands.map((one) => [one.page, one.line, one] as const))(
    "%s: %s",
    (_page, _line, one) => {
      const { stdout, stderr, code } = results.get(one)!;
      expect(code, stderr).toBe(0);
      if (one.printed !== undefined) expect(stdout).toContain(one.printed);
    },
  );
});

test("the reference of the commands is what --help prints", () => {
  const [part] = commandParts((name) => {
    const help = helps.find((one) => one.name === name);
    return help ? results.get(help)!.stdout : "";
  });
  expect(pageText(reference), "run: npm run generate").toBe(withPart(part!));
});
