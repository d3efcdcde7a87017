import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { commandLine } from "../support/command-line.ts";

const home = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const picture = home("images/type-2-depth-8.png");
const clip = ["--model", home("towers/clip"), "--backend", "reference"];

/** What a command wrote as JSON. */
async function jsonOf(...args: readonly string[]) {
  const { stdout, error } = await commandLine(...args, ...clip, "--format", "json");
  expect(error).toBeUndefined();
  return JSON.parse(stdout);
}

test("a picture gets labels that no model learned", async () => {
  const labels = ["--labels", "a cat", "--labels", "rain,Paris"];
  const { task, classified, model } = await jsonOf("zero-shot", picture, ...labels);
  expect(task).toBe("zero-shot image classification");
  expect(model.type).toBe("clip");
  const [{ predictions }] = classified;
  expect(predictions.map(({ name }: { name: string }) => name).sort()).toEqual([
    "Paris",
    "a cat",
    "rain",
  ]);
  const sum = predictions.reduce((all: number, { score }: { score: number }) => all + score, 0);
  expect(sum).toBeCloseTo(1, 6);
});

test("texts and pictures are vectors of one space", async () => {
  const { texts, similarity } = await jsonOf("embed", picture, "a cat");
  expect(texts.map((one: object) => Object.keys(one)[0])).toEqual(["picture", "text"]);
  expect(texts[0].vector).toHaveLength(6);
  expect(similarity.values[0][1]).toBeCloseTo(similarity.values[1][0], 6);
});

test("a command takes the tower that reads what it is given, or the one that is named", async () => {
  const text = await jsonOf("this is a cat", "--word", "cat");
  const seen = await jsonOf("show", "L0H1", picture);
  const named = await commandLine("circuit", "L0H1", "--tower", "vision", ...clip);
  expect([text.model.type, seen.model.type]).toEqual(["clip_text_model", "clip_vision_model"]);
  expect(named.error?.message ?? "").not.toContain("--tower");
  const wrong = await commandLine("a cat", ...clip, "--tower", "left");
  expect(wrong.error?.message).toContain("--tower left: there are text, vision, both");
});

test("an experiment on a picture is carried out again as its file says it", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "heed-")), "experiment.json");
  const zero = ["--zero", "L0H1", "--word", "0,0", "--controls", "1"];
  const { error } = await commandLine("patch", picture, ...zero, "--save", file, ...clip);
  expect(error).toBeUndefined();
  const again = await commandLine("run", file, "--json");
  expect(again.error).toBeUndefined();
  expect(JSON.parse(again.stdout).model.type).toBe("clip_vision_model");
});

test("a model of one tower is refused by name", async () => {
  const bert = ["--model", home("golden/bert-pooler")];
  const labels = ["--labels", "a cat"];
  const { error } = await commandLine("zero-shot", picture, ...labels, ...bert);
  expect(error?.message).toContain("(bert) does not compare pictures with labels. Try --model");
});
