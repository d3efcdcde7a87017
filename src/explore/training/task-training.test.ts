import { MessageChannel } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { load } from "../../load.node.ts";
import type { Film } from "../../training/film/film.ts";
import type { Port } from "../../worker/messages.ts";
import { trainInWorker } from "./ask-worker.ts";
import type { Training, TrainingTold } from "./questions.ts";
import { serveTraining } from "./serve.ts";

const { port1, port2 } = new MessageChannel();
const asked = { task: "previous", seed: 3, steps: 5 };
let training: Training;

beforeAll(async () => {
  serveTraining(load as never, port2 as unknown as Port);
  training = await trainInWorker(port1 as unknown as Port, asked);
});
afterAll(async () => {
  await training.dispose();
  port1.close();
});

test("a training says what it is before its first step", () => {
  expect(training.said).toMatchObject({ task: "previous", seed: 3, steps: 5, family: "gpt2" });
  expect(training.said.parameters).toBeGreaterThan(1000);
});

test("stopped and told to go on it comes to the numbers of one that was never stopped", async () => {
  const stop = new AbortController();
  const films: Film[] = [];
  const resting = training.train({
    signal: stop.signal,
    onFilm: (film) => {
      films.push(film);
      stop.abort();
    },
  });
  await expect(resting).rejects.toThrow(/abort/i);
  const told: TrainingTold[] = [];
  const done = await training.train({ onTold: (one) => told.push(one) });
  expect(done.step).toBe(5);
  expect(told.length).toBeGreaterThan(0);
  expect(done.milliseconds).toBeGreaterThan(0);

  const other = await trainInWorker(port1 as unknown as Port, asked);
  await other.train();
  expect(await training.film()).toEqual(await other.film());
  expect(films[0]!.frames[0]!.step).toBe(0);
  const [own, others] = [await training.files(), await other.files()];
  expect(Object.keys(own).sort()).toContain("tokenizer.json");
  expect(own["model.safetensors"]).toEqual(others["model.safetensors"]);
  await other.dispose();
});

test("a question is answered beside what is right; a head that is cut changes the answer's numbers", async () => {
  const answer = await training.ask({ number: 1 });
  expect(answer.words).toHaveLength(12);
  for (const { place, right, choices } of answer.answers) {
    expect(right).toBe(answer.words[place - 1]);
    expect(choices.length).toBe(3);
    expect(choices[0]!.share).toBeGreaterThanOrEqual(choices[1]!.share);
  }
  expect(answer.isHeldOut).toBe(true);
  expect((await training.ask({ number: 1 })).answers).toEqual(answer.answers);
  expect((await training.ask({ number: 1 }, { layer: 0, head: 1 })).answers).not.toEqual(
    answer.answers,
  );
});

test("heads are cut one after another, and what is still right is counted", async () => {
  const parts: number[] = [];
  const { whole, without, answers } = await training.needed({ onPart: (done) => parts.push(done) });
  const last = (await training.film()).frames.at(-1)!;
  expect(whole).toBeCloseTo(last.accuracy, 3);
  expect(without).toHaveLength(2);
  expect(answers).toBe(256 * 11);
  expect(parts).toEqual([1, 2, 3]);
});

test("a task that is not there, and words that it does not ask for, are refused", async () => {
  const port = port1 as unknown as Port;
  await expect(trainInWorker(port, { task: "wrold", seed: 1 })).rejects.toThrow(/world/);
  await expect(trainInWorker(port, { task: "world", seed: 0.5 })).rejects.toThrow(/whole number/);
  await expect(training.ask({ chosen: {} })).rejects.toThrow(/drawn/);
});

test("of the world a reader's own question has its right answer", async () => {
  const world = await trainInWorker(port1 as unknown as Port, { task: "world", seed: 1, steps: 1 });
  const ask = (adjective: string) =>
    world.ask({ chosen: { animal: "cat", thing: "mat", adjective } });
  const tired = await ask("tired");
  expect(tired.words.join(" ")).toContain("the cat sat on the mat because it was tired .");
  expect(tired.answers.map(({ right }) => right)).toEqual(["cat"]);
  expect((await ask("dirty")).answers[0]!.right).toBe("mat");
  await expect(ask("green")).rejects.toThrow(/adjective is "green"/);
  await world.dispose();
});
