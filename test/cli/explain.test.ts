import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandLine, folderWithWords } from "../support/command-line.ts";
import { goldenFolder } from "../support/small-models.ts";

const sentence = "The cat sat on the mat because it was tired.";
const question = ["--word", "it", "--to", "cat", "--against", "mat", "--head", "L3H1"];
const bert = ["--model", folderWithWords("bert-mlm", 121)];

describe("heed explain", () => {
  test("of a word whose first piece is a blank follows the piece with characters, in a head where that looks", async () => {
    const { stdout } = await commandLine("explain", sentence, "--model", goldenFolder("hub-t5"));
    expect(stdout).toContain('encoder.L0H0: why "it" looks at "d" and not');
    expect(stdout).toContain('"it" gives "d" 0.94 of its attention');
  });

  test("answers why cat and not mat, then shows every step", async () => {
    const { stdout, stderr, error } = await commandLine("explain", sentence, ...question);
    expect({ error, stderr }).toEqual({ error: undefined, stderr: "" });
    const [, , , title, first] = stdout.split("\n");
    expect(title).toBe('L3H1: why "it" looks at "cat" and not "mat"');
    expect(first).toBe(' • In L3H1, "it" gives "cat" 0.49 of its attention, and "mat" 0.14.');
    for (let step = 1; step <= 13; step++)
      expect(stdout).toMatch(new RegExp(`^ ${step} +\\S`, "m"));
    expect(stdout).toContain("17 of the 32 products favour");
    expect(stdout).toMatch(/sum +19\.211 +12\.284 +6\.927/);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("chooses what is not said as heed TEXT does", async () => {
    const { stdout } = await commandLine("explain", sentence, "--json");
    const { head, query, target, against } = JSON.parse(stdout);
    expect([head, query.text, target.text, against.text]).toEqual(["L5H11", "it", "cat", "mat"]);
    const stories = ["the dog sat on the red mat because it slept", "--model", "heed-stories"];
    const look = JSON.parse((await commandLine(...stories, "--json")).stdout);
    const why = JSON.parse((await commandLine("explain", ...stories, "--json")).stdout);
    expect(why.head).toBe(look.head);
    expect([[why.target.token], [why.against.token]]).toEqual(
      look.targets.map(({ tokens }: { tokens: number[] }) => tokens.slice(0, 1)),
    );
  });

  test("JSON holds every step with its numbers, and the model", async () => {
    const { stdout } = await commandLine("explain", sentence, ...question, "--json");
    const { model, steps, tokens, answer, numbers } = JSON.parse(stdout);
    expect(numbers.k).toHaveLength(13 * 32);
    expect(numbers.queryMap, "W^Q is asked for").toBeUndefined();
    const whole = await commandLine("explain", sentence, ...question, "--json", "--matrix");
    expect(JSON.parse(whole.stdout).numbers.queryMap.matrix).toHaveLength(384 * 32);
    const { error } = await commandLine("explain", sentence, ...question, "--matrix");
    expect(error?.message).toContain("--matrix");
    expect(model.name).toBe("all-MiniLM-L6-v2");
    expect(tokens).toHaveLength(13);
    expect(answer.length).toBeGreaterThan(3);
    const products = steps.find((step: { id: string }) => step.id === "products").values[0];
    expect(products.rows).toHaveLength(32);
    expect(products.totals[0]).toBeCloseTo(19.2109, 3);
  });

  test("pages and pictures hold the answer, and nothing that loads", async () => {
    const folder = mkdtempSync(join(tmpdir(), "heed-"));
    for (const ending of ["html", "svg"]) {
      const file = join(folder, `why.${ending}`);
      await commandLine("explain", sentence, ...question, "--out", file);
      const text = readFileSync(file, "utf8");
      expect(text).toContain("gives &quot;cat&quot; 0.49 of its attention");
      expect(text).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  test("an encoder-decoder's three attentions, and what the decoder has written", async () => {
    const t5 = ["--model", goldenFolder("t5-uneven"), "--ids", "3,4,5,6,7"];
    for (const [stack, name] of [
      ["encoder", "encoder."],
      ["decoder", "decoder."],
      ["cross", "decoder.cross."],
    ] as const) {
      const { stdout, error } = await commandLine("explain", ...t5, "--stack", stack, "--json");
      expect(error).toBeUndefined();
      expect(JSON.parse(stdout).head).toContain(name);
    }
    const idle = await commandLine("explain", ...t5, "--decoder", "x");
    expect(idle.error?.message).toContain("--decoder does nothing without --stack");
  });

  test.each([
    [["the cat sat", "--head", "L9H0", ...bert], "layers 0 to 1"],
    [["the cat sat", "--word", "dog", ...bert], 'no word "dog"'],
    [["the cat sat", "--against", "mat", ...bert], '--against: no word "mat"'],
    [
      [
        "the cat sat",
        "--word",
        "sat",
        "--to",
        "cat",
        "--against",
        "mat",
        "--head",
        "L1H0",
        ...bert,
      ],
      '--against: no word "mat"',
    ],
    [
      ["the cat sat", "--to", "cat", "--against", "cat", ...bert],
      "--against cat: is the word that",
    ],
    [["the cat sat", "--stack", "cross", ...bert], "has one stack"],
    [["the cat sat", "--theme", "dark", "--json", ...bert], "--theme does nothing"],
  ])("refuses %j", async (args, message) => {
    const { error } = await commandLine("explain", ...args);
    expect(error?.message).toContain(message);
  });

  test("a text of one word explains what there is", async () => {
    const gpt2 = ["--model", goldenFolder("gpt2"), "--ids", "5", "--head", "L1H0", "--word", "0"];
    const { stdout, error } = await commandLine("explain", ...gpt2);
    expect(error).toBeUndefined();
    expect(stdout).toMatch(/no other word to hold it\s+against/);
  });
});
