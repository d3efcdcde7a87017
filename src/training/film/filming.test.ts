import { afterAll, beforeAll, expect, test } from "vitest";
import { reference } from "../../backends/reference/reference.ts";
import { memorySource } from "../../checkpoint/memory.ts";
import { loadFrom, type Model } from "../../model.ts";
import { filmSvg } from "../../views/film/film-svg.ts";
import { runTraining } from "../run-training.ts";
import { previousToken } from "../tasks/symbols.ts";
import { taskBatch, taskModel } from "../train-task.ts";
import type { Film } from "./film.ts";
import { Filming, frameSteps } from "./filming.ts";

const steps = 40;
let model: Model;
let film: Film;
let told = 0;

beforeAll(async () => {
  const files = await taskModel(previousToken, { seed: 1, shape: { width: 16 } });
  model = await loadFrom(memorySource(files, "tiny"), reference());
  const trainer = await model.trainer({ steps, rate: 0.02 });
  const filming = new Filming(model, {
    title: "previous",
    seed: 1,
    steps,
    chance: previousToken.chance,
    probes: previousToken.probes,
    patterns: previousToken.patterns,
  });
  const asked = { family: "gpt2", seed: 1, count: 8 } as const;
  await runTraining({
    trainer,
    steps,
    batch: (number) => taskBatch(previousToken, { ...asked, number }),
    heldOut: () => [taskBatch(previousToken, { ...asked, number: 0, split: "held out" })],
    evaluateEvery: 20,
    film: filming,
    frames: frameSteps(steps, 4),
    onProgress: () => {
      told += 1;
    },
  });
  film = filming.film();
});

afterAll(() => model.dispose());

test("a film has a frame at its first step and its last, and a loss for each", () => {
  expect(film.frames.map(({ step }) => step)).toEqual([0, 8, 22, 40]);
  expect(film.curve.length).toBe(steps);
  expect(told).toBe(steps);
  expect(film.curve.at(-1)![1]).toBeLessThan(film.curve[0]![1]);
  expect(film.measures.map(({ name }) => name)).toEqual(["previous"]);
});

test("its heads come to look back, and their matrices from random to one-sided", () => {
  const best = (frame: Film["frames"][number]) =>
    Math.max(...frame.heads.map(({ scores }) => scores[0]!));
  expect(best(film.frames.at(-1)!)).toBeGreaterThan(best(film.frames[0]!) + 0.1);
  for (const { heads } of film.frames)
    for (const { queryKey, directions, lengths } of heads) {
      expect(queryKey.length).toBe(film.model.headWidth);
      expect([...queryKey].sort((a, b) => b - a)).toEqual(queryKey);
      expect(directions[0]!.asking.length).toBe(5);
      for (const { asking, found } of directions)
        expect([...asking, ...found].filter((word) => /^\[(?!MASK)/.test(word))).toEqual([]);
      expect(lengths.every((length) => length > 0)).toBe(true);
    }
});

test("its attention is that of the model, a byte a weight", async () => {
  const [probe] = previousToken.probes;
  const run = await model.run(probe!.text, { read: ["layers.0.weights"] });
  const weights = run.trace.get("layers.0.weights").data;
  const bytes = atob(film.frames.at(-1)!.attention[0]!);
  expect(bytes.length).toBe(weights.length);
  for (const [n, weight] of weights.entries())
    expect(Math.abs(bytes.charCodeAt(n) / 255 - weight)).toBeLessThan(0.003);
});

test("hostile words of a film are no markup in its strip", () => {
  const svg = filmSvg({
    ...film,
    title: "<script>alert(1)</script>",
    probes: [["<b>", ...film.probes[0]!.slice(1)], film.probes[1]!],
  });
  expect(svg).not.toContain("<script");
  expect(svg).not.toContain("<b>");
  expect(svg).toContain("&lt;b&gt;");
});
