import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { load } from "../../src/load.node.ts";
import { readTaskCases, verifyTasks } from "../../src/tasks/verify-tasks/verify-tasks.ts";
import { folderWithLetters } from "../support/command-line.ts";

const shared = fileURLToPath(new URL("../../../shared/tasks/", import.meta.url));
const folders = ["generate-gpt2", "generate-t5"].filter((name) => existsSync(`${shared}${name}`));

const noFiles = { image: (name: string) => Promise.reject(new Error(name)) };

describe.runIf(folders.length > 0)("folders of recorded answers beside this one", () => {
  test.each(folders)("%s", async (name) => {
    const model = await load(`${shared}${name}`);
    const place = `${shared}${name}/tasks.json`;
    const found = await verifyTasks(
      model,
      readTaskCases(readFileSync(place, "utf8"), place),
      noFiles,
    );
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter(({ passed }) => !passed)).toEqual([]);
    await model.dispose();
  });
});

describe("what was written, against a recorded case", () => {
  const check = async (options: object, expected: unknown) => {
    const model = await load(folderWithLetters("gpt2", 125), { backend: "reference" });
    const given = { task: "text-generation", input: "the cat", options: { ...options }, expected };
    const [found] = await verifyTasks(model, [given], noFiles);
    await model.dispose();
    return found!;
  };

  test("other ids fail, and are said; an option of transformers that heed lacks is refused", async () => {
    const wrong = await check({ max_new_tokens: 2, eos_token_id: null }, [[1, 2]]);
    expect(wrong).toMatchObject({ passed: false, difference: 1 });
    const got = JSON.parse(/got (.*)$/.exec(wrong.reason!)![1]!);
    const right = await check({ max_new_tokens: 2, eos_token_id: [] }, got);
    expect(right).toMatchObject({ passed: true, difference: 0 });
    expect(await check({ penalty_alpha: 0.6 }, [[1]])).toMatchObject({
      passed: false,
      reason: expect.stringContaining("penalty_alpha is an option"),
    });
  });

  test("is the likeliest, where the files let chance choose and options of chance are said", async () => {
    const folder = folderWithLetters("gpt2", 125);
    const free = await check({ max_new_tokens: 6, eos_token_id: null }, []);
    const likeliest = JSON.parse(/got (.*)$/.exec(free.reason!)![1]!);
    writeFileSync(
      `${folder}/generation_config.json`,
      JSON.stringify({ do_sample: true, temperature: 5, top_p: 0.99 }),
    );
    const model = await load(folder, { backend: "reference" });
    const options = { max_new_tokens: 6, eos_token_id: null, temperature: 3, top_k: 40 };
    const given = { task: "text-generation", input: "the cat", options, expected: likeliest };
    const [found] = await verifyTasks(model, [given], noFiles);
    await model.dispose();
    expect(found).toMatchObject({ passed: true });
  });

  test("shorter sequences are padded as transformers pads them; without a length 20 are written", async () => {
    const free = await check({ eos_token_id: null }, []);
    const [ids] = JSON.parse(/got (.*)$/.exec(free.reason!)![1]!);
    expect(ids.length).toBe(20);
  });
});
