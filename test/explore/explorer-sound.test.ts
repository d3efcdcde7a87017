import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { runExperiment, Subject } from "../../src/analysis/index.ts";
import { Explorer } from "../../src/explore/index.ts";
import { InputError, load, readAudio } from "../../src/index.ts";

const folder = fileURLToPath(new URL("../golden/hub-whisper", import.meta.url));
const model = await load(folder);
const explorer = new Explorer(model);
afterAll(() => explorer.dispose());

const sound = await readAudio(`${folder}/sound.wav`);
/** What the model hears at once. */
const beginning = { samples: sound.samples.slice(0, 16000), sampleRate: 16000 };
const input = { sound: "sound.wav" };

test("a sound that was handed over is seen with what the model was given of it", async () => {
  await expect(explorer.see({ input })).rejects.toThrow(/not here.*keepSound/);
  await explorer.keepSound("sound.wav", sound);
  expect(explorer.said.readsSound).toBe(true);
  const seen = await explorer.see({ input });
  const { features, ...facts } = seen.sound!;
  expect(facts).toEqual({
    ...{ melBins: 80, frames: 100, heard: 100, secondsPerToken: 0.02, seconds: 2.2 },
  });
  const run = await model.run(sound, { read: ["encoder.layers.1.weights"] });
  expect(features).toEqual(run.inputs.features!.data);
  expect(seen.queries).toHaveLength(50);
  expect(seen.queries[49]!.text).toBe("0.98 s");
  const own = await explorer.weights(seen.run, { layer: 1, head: 1 });
  expect(own).toEqual(run.trace.get("encoder.layers.1.weights").select(0, 1).data);
});

test("a shorter sound says where it ends, and its middle is looked at first", async () => {
  const short = { samples: sound.samples.slice(0, 8000), sampleRate: 16000 };
  await explorer.keepSound("short.wav", short);
  const seen = await explorer.see({ input: { sound: "short.wav" } });
  expect(seen.sound).toMatchObject({ heard: 50, seconds: 0.5 });
  expect(seen.start.query).toBe(12);
});

test("what is said comes with its words' times, and becomes the tokens that were written", async () => {
  const heard = await explorer.hear("sound.wav");
  const said = await model.transcribe(beginning, { timestamps: "words" });
  expect(heard.text).toBe(said.text);
  expect(heard.words).toEqual(said.words);
  expect(heard.language).toBe(said.language);
  const { ids } = said.generations[0]!.rows[0]!;
  const { inputs } = await model.run({ ...beginning, target: heard.written }, { read: [] });
  expect(heard.isSameTokens).toBe(true);
  expect([...inputs.decoder!.ids]).toEqual(ids);
});

test("words look at moments: cross-attention, its steps, what comes next, and what a cut does", async () => {
  const { written } = await explorer.hear("sound.wav");
  const asked = { input, decoder: written, stack: "decoder.cross." as const };
  const seen = await explorer.see(asked);
  expect(seen.isSelf).toBe(false);
  expect([seen.queries.length, seen.keys.length]).toEqual([32, 50]);
  const target = { ...beginning, target: written };
  const { trace } = await model.run(target, { read: ["decoder.layers.*.cross.weights", "logits"] });
  const row = trace.get("decoder.layers.1.cross.weights").select(0, 0, 7).data;
  const rows = await explorer.rows(seen.run, 7);
  expect(rows.slice((2 * 1 + 0) * 50, (2 * 1 + 1) * 50)).toEqual(row);
  const [saying] = await explorer.says(seen.run);
  expect(saying!.of).toBe("next word");
  const question = { head: { layer: 1, head: 0 }, word: 7, to: 3 };
  const { weight } = (await explorer.explain(seen.run, question)) as unknown as { weight?: number };
  expect(weight ?? row[3]).toBeCloseTo(row[3]!, 6);
  const cut = { kind: "cut", stack: "cross", query: 7, key: 3, heads: ["L1H0"] } as const;
  const changed = await explorer.see({ ...asked, changes: [cut] });
  expect((await explorer.rows(changed.run, 7))[2 * 50 + 3]).toBe(0);
  const effect = await explorer.effect({ ...asked, changes: [cut] }, { word: 7 });
  const result = await runExperiment(
    new Subject(model, target),
    { do: { kind: "patch", interventions: [cut] }, word: 7, seed: 0 },
    { foretell: true },
  );
  if (result.kind !== "patch") throw new Error("changes are no grid");
  expect(effect).toEqual(result.effect);
});

test("another sound of the same name takes its place; what is no sound, or hears nothing, is refused", async () => {
  await explorer.keepSound("one.wav", beginning);
  const before = await explorer.see({ input: { sound: "one.wav" } });
  const quiet = { samples: new Float32Array(16000), sampleRate: 16000 };
  await explorer.keepSound("one.wav", quiet);
  const after = await explorer.see({ input: { sound: "one.wav" } });
  expect(after.weights![0]).not.toEqual(before.weights![0]);
  await expect(explorer.rows(before.run, 0)).rejects.toThrow(InputError);
  const wrong = { samples: [0], sampleRate: 16000 } as never;
  await expect(explorer.keepSound("a.wav", wrong)).rejects.toThrow("Float32Array");
  const rate = { ...beginning, sampleRate: 8000 };
  await explorer.keepSound("rate.wav", rate);
  await expect(explorer.see({ input: { sound: "rate.wav" } })).rejects.toThrow("8000 samples");
});
