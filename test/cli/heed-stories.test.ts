import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { storiesOf } from "../../scripts/stories/lessons.ts";
import { firstWrong, sentencesOf } from "../../scripts/stories/sentences.ts";
import { Explorer } from "../../src/explore/index.ts";
import { embeddedModel, load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { commandLine } from "../support/command-line.ts";

// The language model that comes with heed, as a person meets it.

let model: Model;
beforeAll(async () => {
  model = await load("heed-stories");
});
afterAll(() => model.dispose());

describe("the model", () => {
  test("goes on with stories it has not seen, in their grammar and true to them", async () => {
    const beginnings = storiesOf(5, 3, 24, { isHeldOut: true }).map(({ sentences }) =>
      sentences.slice(0, 6).join(" "),
    );
    const { rows } = await model.generate(beginnings, { maxNewTokens: 40, doSample: false });
    const isTrue = rows.map(({ text }, n) => {
      const [next] = sentencesOf(text);
      return next !== undefined && firstWrong(`${beginnings[n]} ${next}`) === undefined;
    });
    expect(isTrue.filter(Boolean).length).toBeGreaterThanOrEqual(18);
  });

  test("answers who was tired, and what was dirty", async () => {
    const answer = async (adjective: string, who: string) => {
      const text = `The cat sat on the mat because it was ${adjective}. ${who} was ${adjective}?`;
      const { rows } = await model.generate([text], { maxNewTokens: 6, doSample: false });
      return sentencesOf(rows[0]!.text)[0];
    };
    expect(await answer("tired", "Who")).toBe("The cat was tired.");
    expect(await answer("dirty", "What")).toBe("The mat was dirty.");
  });

  test("is opened by its name, or by its folder", async () => {
    const other = await load(embeddedModel("heed-stories"));
    expect([other.type, other.dimensions.layers]).toEqual([model.type, model.dimensions.layers]);
    await other.dispose();
  });
});

test.each([
  "Tom was tired because he ran.",
  "The cat sat on the mat because it was tired.",
  "The dog found the lamp in the garden. The cat took it.",
])("heed TEXT and the explorer begin with one look: %s", async (text) => {
  const { start } = await new Explorer(model).see({ input: text });
  const named = ["--model", "heed-stories", "--word", /\b(it|he)\b/.exec(text)![0]];
  const { stdout } = await commandLine(text, ...named, "--json");
  const { head, targets, word } = JSON.parse(stdout);
  expect([head, word.tokens[0]]).toEqual([`L${start.layer}H${start.head}`, start.query]);
  expect(targets[0].tokens).toContain(start.key);
  // Where a head of places looks more, it is said; whoever asks for all near words too gets it.
  const near = await commandLine(text, ...named, "--near", "--json");
  const isStrongest = JSON.parse(near.stdout).head === head;
  const said = await commandLine(text, ...named);
  expect(said.stdout).toContain(`looks at "${targets[0].label}": `);
  expect(said.stdout.includes("explains")).toBe(!isStrongest);
});

test("heed TEXT asks the word that the answer comes behind, and lists of each word what stands out", async () => {
  const text = "The ball is in the box. Tom is in the garden. Where is the ball? In the";
  const { start } = await new Explorer(model).see({ input: text });
  const { stdout } = await commandLine(text, "--model", "heed-stories", "--json");
  const { word, targets } = JSON.parse(stdout);
  expect(word.label).toBe("the#5");
  expect(word.tokens[0]).toBe(start.query);
  // Words of one token are no rarer than those that have to be put together.
  expect(targets[0].label).not.toMatch(/^(in|is|the)\b/);
  const first = "The cat sat on the mat because it was dirty. What was dirty? The";
  const listed = await commandLine(first, "--model", "heed-stories");
  expect(listed.stdout).toMatch(/ dirty#1 +→ +sat /);
  expect(listed.stdout).not.toMatch(/ → +(on|the|was)[# ]/);
  expect(listed.stdout.replace(/\s+/g, " ")).toContain("nor whatever stands as far back");
  const near = await commandLine(first, "--model", "heed-stories", "--near");
  expect(near.stdout).toMatch(/ → +(on|the|was)[# ]/);
  expect(near.stdout).not.toContain("stands as far back");
});

describe("commands that need words out", () => {
  test.each([
    ["generate", "It was a sunny day.", "--tokens", "8"],
    ["score", "The cat sat on the mat because it was tired."],
    ["lens", "The cat sat on the mat because it was tired. Who was tired? The"],
    ["attribute", "The cat sat on the mat. Who was tired? The", "--token", "cat"],
  ])("%s: it answers where no other model is named, and is named", async (...args) => {
    const { stdout, stderr, error } = await commandLine(...args);
    expect(error).toBeUndefined();
    expect(stderr).toContain("heed-stories answers");
    expect(stdout.trim()).not.toBe("");
  });
});

describe("heed film", () => {
  test("tells how it learned, and draws it", async () => {
    const said = await commandLine("film");
    expect(said.error).toBeUndefined();
    expect(said.stdout).toContain("question → behind the answer");
    const out = join(mkdtempSync(join(tmpdir(), "heed-film-")), "film.html");
    await commandLine("film", embeddedModel("heed-stories"), "--out", out);
    expect(readFileSync(out, "utf8")).toContain("heed film 1");
    const strip = await commandLine("film", "--format", "svg", "--width", "500");
    expect(strip.stdout).toContain('viewBox="0 0 500 ');
    const idle = await commandLine("film", "--theme", "dark");
    expect(idle.error?.message).toContain("--theme does nothing with --format text");
    const unnamed = await commandLine("generate", "a", "--revision", "main");
    expect(unnamed.error?.message).toContain("--revision does nothing without --model");
    const named = await commandLine("generate", "a", "--model", "heed-stories", "--revision", "x");
    expect(named.error?.message).toContain("heed-stories comes with heed, in one version");
  });

  test("refuses what is no film, and says what to do", async () => {
    const folder = mkdtempSync(join(tmpdir(), "heed-film-"));
    const none = await commandLine("film", folder);
    expect(none.error?.message).toContain("there is no film.json in it");
    writeFileSync(join(folder, "film.json"), '{"format": "another"}');
    const other = await commandLine("film", folder);
    expect(other.error?.message).toContain('its format is "another", not "heed film 1"');
    const nowhere = await commandLine("film", join(folder, "nowhere"));
    expect(nowhere.error?.message).toContain("there is no such folder or file");
  });
});
