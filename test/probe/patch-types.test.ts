import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  GenerateOptions,
  GenerationPatch,
  Model,
  Patch,
  PatchList,
  RunOptions,
} from "../../src/library.ts";
import { bertWithWords } from "../support/text-models.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Held in a const, as people write them: `zero` is a boolean then, `site` a string. */
const zeroed = [{ site: "layers.0.mixed", head: 1, zero: true }];
const cut = [{ site: "layers.*.scores", query: "it", key: ["cat", 3], cut: true }];
const several = [
  { site: "layers.0.weights", set: 0, renormalize: true },
  { site: "layers.1.q", add: [1] },
  { site: "layers.1.k", scale: 0.5 },
];
const timed = [{ site: "layers.0.mixed", zero: true, step: [0, 1] }];

describe("what compiles without as const", () => {
  test("patches held in a const, one list or a list a row", async () => {
    const options: RunOptions[] = [
      { patch: zeroed },
      { patch: cut },
      { patch: several },
      { patch: [zeroed, [], several] },
    ];
    const generations: GenerateOptions[] = [{ patch: zeroed }, { patch: timed }];
    const annotated: Patch[] = zeroed;
    const list: PatchList = [annotated, zeroed];
    const later: PatchList<GenerationPatch> = timed;
    expect([options.length, generations.length, list.length, later.length]).toEqual([4, 2, 2, 1]);
    const model = await bertWithWords();
    const run = await model.run("the cat sat", { patch: zeroed, read: ["layers.0.mixed"] });
    expect(run.trace.get("layers.0.mixed").select(0, 1).norm()).toBe(0);
  });

  test("a function's part is a Tensor without saying so", () => {
    const options: RunOptions = {
      patch: [{ site: "layers.0.q", change: (part, site) => part.scale(site.length) }],
    };
    expect(options.patch).toHaveLength(1);
  });
});

describe("what does not compile", () => {
  test("is refused where the run begins too", async () => {
    const model: Model = await bertWithWords();
    const run = (patch: RunOptions["patch"]) => model.run("the cat sat", { patch });
    // @ts-expect-error misspelt
    const haed = run([{ site: "layers.0.mixed", haed: 1, zero: true }]);
    await expect(haed).rejects.toThrow(
      'patch 1 (layers.0.mixed): unknown key "haed"; nearest: head. A patch knows site, head, ',
    );
    // @ts-expect-error two actions
    const both = run([{ site: "layers.0.mixed", zero: true, scale: 2 }]);
    await expect(both).rejects.toThrow("this one has scale and zero");
    // @ts-expect-error no action
    const none = run([{ site: "layers.0.mixed", head: 1 }]);
    await expect(none).rejects.toThrow("this one does nothing");
    // @ts-expect-error no site
    await expect(run([{ zero: true }])).rejects.toThrow("a patch is an object with a site");
    // @ts-expect-error no list
    await expect(run({ site: "layers.0.mixed", zero: true })).rejects.toThrow(
      "patch: must be a list of patches",
    );
    // @ts-expect-error passes are those of a generation
    const step = run([{ site: "layers.0.mixed", zero: true, step: 1 }]);
    await expect(step).rejects.toThrow('unknown key "step"');
  });

  test("false compiles, since a const widens, and is refused where the run begins", async () => {
    const model = await bertWithWords();
    for (const name of ["zero", "cut"])
      await expect(
        model.run("the cat", { patch: [{ site: "layers.0.scores", [name]: false } as never] }),
      ).rejects.toThrow(
        `patch 1 (layers.0.scores): ${name} is true or left out, got false. To change nothing, leave the patch out`,
      );
  });
});

/** Wrong programs, and what the compiler must say of each: its own field, and nothing of arrays' methods. */
const programs: Readonly<Record<string, { readonly text: string; readonly says: RegExp }>> = {
  misspelt: {
    text: `model.run("a", { patch: [{ site: "layers.5.mixed", haed: 3, zero: true }] });`,
    says: /'haed' does not exist in type '.*ZeroPatch'/,
  },
  misspeltAction: {
    text: `model.run("a", { patch: [{ site: "layers.5.mixed", zreo: true }] });`,
    says: /'zreo' does not exist in type '.*Patch'/,
  },
  twoActions: {
    text: `model.run("a", { patch: [{ site: "layers.5.mixed", zero: true, scale: 2 }] });`,
    says: /Types of property 'scale' are incompatible/,
  },
  twoActionsInConst: {
    text: `const patch = [{ site: "layers.5.mixed", zero: true, scale: 2 }];\nmodel.run("a", { patch });`,
    says: /Types of property 'scale' are incompatible/,
  },
  noAction: {
    text: `model.run("a", { patch: [{ site: "layers.5.mixed", head: 3 }] });`,
    says: /Property '(set|scale|add|zero|cut|from|change)' is missing in type '{ site: string; head: number; }' but required in type '\w+Patch'/,
  },
  noSite: {
    text: `model.run("a", { patch: [{ zero: true }] });`,
    says: /Property 'site' is missing in type '{ zero: true; }' but required in type 'ZeroPatch'/,
  },
  wrongHead: {
    text: `model.run("a", { patch: [{ site: "layers.5.mixed", head: true, zero: true }] });`,
    says: /Types of property 'head' are incompatible/,
  },
  inAList: {
    text: `model.run(["a", "b"], { patch: [[], [{ site: "layers.5.mixed", haed: 3, zero: true }]] });`,
    says: /'haed' does not exist in type 'ZeroPatch'/,
  },
  inGeneration: {
    text: `model.generate("a", { patch: [{ site: "layers.5.mixed", zero: true, setp: 1 }] });`,
    says: /'setp' does not exist in type '.*ZeroPatch/,
  },
};

describe("what the compiler says", () => {
  const folder = mkdtempSync(join(tmpdir(), "heed-types-"));
  let output = "";
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(() => {
    for (const [name, { text }] of Object.entries(programs))
      writeFileSync(
        join(folder, `${name}.mts`),
        `import type { Model } from ${JSON.stringify(join(root, "src/library.ts"))};\ndeclare const model: Model;\n${text}\n`,
      );
    const typeRoots = [join(root, "node_modules/@types")];
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: join(root, "tsconfig.json"),
        compilerOptions: { typeRoots, pretty: false },
        include: ["*.mts"],
      }),
    );
    try {
      execFileSync(
        process.execPath,
        [join(root, "node_modules/typescript/bin/tsc"), "-p", folder],
        { encoding: "utf8" },
      );
    } catch (error) {
      output = (error as { stdout: string }).stdout;
    }
  }, 60_000);

  test.each(Object.keys(programs))("%s", (name) => {
    const errors = output.split(/\n(?=\S)/).filter((error) => error.includes(`${name}.mts(`));
    expect(errors.map((error) => error.split("\n")[0])).toHaveLength(1);
    expect(errors[0]).toMatch(programs[name]!.says);
    expect(errors[0]).not.toMatch(/concat|missing the following properties|more\./);
  });

  test("nothing else", () => {
    expect(
      output.split(/\n(?=\S)/).filter((error) => !/^\S*\w+\.mts\(/.test(error.trim())),
    ).toEqual([]);
  });
});
