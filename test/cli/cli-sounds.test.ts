import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { attentionEntropy, attentionMaps } from "../../src/analysis/index.ts";
import { readAudio } from "../../src/audio/read-audio.node.ts";
import { load } from "../../src/load.node.ts";
import type { Patch } from "../../src/probe/patch.ts";
import { refused, written } from "../support/command-line.ts";
import { editedFolder, type FileTensor } from "../support/edited-folder.ts";
import { goldenFolder } from "../support/small-models.ts";

const folder = mkdtempSync(join(tmpdir(), "heed-sounds-"));
afterAll(() => rmSync(folder, { recursive: true }));
const sound = join(folder, "sound.wav");
cpSync(join(goldenFolder("hub-whisper"), "sound.wav"), sound);

function random(shape: readonly number[], seed: number): FileTensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const data = Float32Array.from({ length: size }, (_, place) => Math.sin(place * 7 + seed));
  return { dtype: "F32", shape, bytes: new Uint8Array(data.buffer) };
}

/** Whisper's encoder with a head for three labels. */
const classifier = editedFolder("hub-whisper", {
  config: (config) => ({
    ...config,
    architectures: ["WhisperForAudioClassification"],
    classifier_proj_size: 6,
    id2label: { 0: "en", 1: "fr", 2: "de" },
  }),
  tensors: (tensors) => {
    const encoder = [...tensors].flatMap(([name, tensor]) =>
      /\bencoder\./.test(name) ? [[name.replace(/^model\./, ""), tensor] as const] : [],
    );
    const width = tensors.get("model.encoder.layer_norm.weight")!.shape[0]!;
    return new Map([
      ...encoder,
      ["projector.weight", random([6, width], 1)],
      ["projector.bias", random([6], 2)],
      ["classifier.weight", random([3, 6], 3)],
      ["classifier.bias", random([3], 4)],
    ]);
  },
});
const model = ["--model", classifier];

test("heed classify gives the labels of a sound, and their shares", async () => {
  const whole = await load(classifier);
  const { output } = await whole.run(await readAudio(sound));
  const powers = Array.from(output.logits!.data, Math.exp);
  const total = powers.reduce((sum, power) => sum + power, 0);
  const expected = ["en", "fr", "de"]
    .map((name, place) => ({ name, score: powers[place]! / total }))
    .sort((a, b) => b.score - a.score);
  const {
    sound: file,
    task,
    scoreFunction,
    classified,
  } = JSON.parse(await written("classify", sound, ...model, "--json"));
  expect([file, task, scoreFunction]).toEqual(["sound.wav", "audio classification", "softmax"]);
  for (const [place, { name, score }] of classified[0].predictions.entries()) {
    expect(name).toBe(expected[place]!.name);
    expect(score).toBeCloseTo(expected[place]!.score, 6);
  }
  const printed = await written("classify", sound, ...model, "--top-k", "1");
  expect(printed).toMatch(new RegExp(`sound.wav\\n ${expected[0]!.name} `));
  expect(printed).not.toContain(` ${expected[1]!.name} `);
  await whole.dispose();
});

test("a sound that heed does not decode is told how to be made one, and texts' options are refused", async () => {
  const song = join(folder, "song.mp3");
  writeFileSync(song, "ID3 and more");
  expect(await refused("classify", song, ...model)).toContain("Convert it: ffmpeg -i");
  expect(await refused("classify", join(folder, "none.mp3"), ...model)).toContain(
    "there is no such file",
  );
  expect(await refused("classify", sound, ...model, "--ids", "1,2")).toContain(
    "a sound is read whole, and alone",
  );
});

test("an experiment's file names a sound and what was written of it", async () => {
  const file = join(folder, "experiment.json");
  const experiment = {
    ...{ heed: "experiment", version: 1, seed: 0 },
    model: { name: goldenFolder("hub-whisper") },
    input: { sound, target: "hello there" },
    do: { kind: "matter", stack: "cross", by: "cut", to: 0, controls: 0 },
  };
  writeFileSync(file, JSON.stringify(experiment));
  // Without a word the first token's look is cut.
  expect(await written("run", file)).toContain('How much "0" looks at "0" in every head');
  const found = JSON.parse(await written("run", file, "--json"));
  expect(found.experiment.input).toEqual({ ...experiment.input, sound: "sound.wav" });
  expect(found.rows).toHaveLength(4);
});

test("patch and matter take sounds: the run of a sound beside what the decoder has written", async () => {
  const whisper = ["--model", goldenFolder("hub-whisper")];
  const decoder = ["--decoder", "hello", "--stack", "cross"];
  const saved = join(folder, "experiment.json");
  const one = [...decoder, "--zero", "L1H1", "--controls", "0", "--json", ...whisper];
  const patched = JSON.parse(await written("patch", sound, ...one, "--save", saved));
  expect(patched.experiment.input).toEqual({ sound: "sound.wav", target: "hello" });
  const model = await load(goldenFolder("hub-whisper"));
  const input = { ...(await readAudio(sound)), target: "hello" };
  const run = async (patch?: Patch[]) => {
    const { output } = await model.run(input, { ...(patch && { patch }) });
    const row = output.logits!.select(0, output.logits!.shape[1]! - 1).data;
    const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
    const { token, minus } = patched.experiment.metrics[0];
    expect(Number.isFinite(total)).toBe(true);
    return row[token]! - row[minus]!;
  };
  const [{ before, after }] = patched.metrics;
  expect(before).toBeCloseTo(await run(), 4);
  const mixed = "decoder.layers.1.cross.mixed";
  expect(after).toBeCloseTo(await run([{ site: mixed, head: 1, zero: true }]), 4);
  const again = JSON.parse(await written("run", saved, "--json"));
  expect(again.metrics).toEqual(patched.metrics);
  const asked = ["--word", "hello", "--controls", "3", "--json", ...decoder, ...whisper];
  const { rows } = JSON.parse(await written("matter", sound, ...asked));
  expect(rows).toHaveLength(4);
  const { layer, head, tokens, weight, effects } = rows[0];
  const weights = `decoder.layers.${layer}.cross.weights`;
  const plain = await model.run(input, { read: [weights] });
  const looking = plain.decoderTokens![0]!.flatMap(({ special }, place) =>
    special ? [] : [place],
  );
  const mean = looking.reduce(
    (sum, t) => sum + plain.trace.get(weights).at(0, head, t, tokens[0]),
    0,
  );
  expect(weight).toBeCloseTo(mean / looking.length, 5);
  const scores = `decoder.layers.${layer}.cross.scores`;
  const cut = await run([{ site: scores, head, query: looking, key: tokens, cut: true }]);
  expect(effects[0]).toBeCloseTo(Math.abs(cut - before), 4);
  const moments = ["--word", "0.02 s", "--controls", "0", ...whisper];
  expect(await written("matter", sound, ...moments)).toContain('from "0.02 s" to another moment');
  expect(await refused("matter", sound, ...whisper)).toContain('--word "0.02 s"');
  expect(await refused("patch", sound, "--zero", "L0H0")).toContain("Sound is for models such as");
  expect(await refused("patch", "hello", "--zero", "L0H0", ...whisper)).toContain("reads sound");
  expect(await refused("patch", sound, "--ids", "1", "--zero", "L0H0", ...whisper)).toContain(
    "a sound is read alone",
  );
  await model.dispose();
});

test("what looks at a run takes a sound as it takes a text", async () => {
  const whisper = ["--model", goldenFolder("hub-whisper"), "--json"];
  const decoder = ["--decoder", "hello", "--stack", "cross"];
  const found = async (...args: readonly string[]) =>
    JSON.parse(await written(...args, ...whisper));
  const model = await load(goldenFolder("hub-whisper"));
  const input = { ...(await readAudio(sound)), target: "hello" };
  const read = ["decoder.layers.*.cross.weights"];
  const maps = attentionMaps(await model.run(input, { read }), { stack: "cross" });
  const { heads } = await found("measure", sound, ...decoder);
  const entropy = attentionEntropy(maps).values;
  expect(heads.map(({ value }: { value: number }) => value)).toEqual([...entropy]);
  const looked = await found(sound, "--word", "hello", "--head", "L1H0", ...decoder);
  expect([looked.word.label, looked.head]).toEqual(["hello", "L1H0"]);
  expect(looked.weights).toHaveLength(50);
  for (const args of [
    ["show", "L1H0", sound, "--word", "hello", ...decoder],
    ["heads", sound, ...decoder],
    ["rollout", sound],
    ["norms", sound, ...decoder],
    ["zeroing", sound, "--decoder", "hello", "--stack", "decoder"],
    ["lens", sound, "--decoder", "hello"],
    ["attribute", sound, "--decoder", "hello"],
    ["stream", sound, "--word", "0.02 s", "--layer", "1"],
    ["explain", sound, "--word", "hello", "--head", "L1H0", ...decoder],
    ["saliency", sound],
    ["relevance", sound],
  ])
    expect(Object.keys(await found(...args)), args[0]).not.toHaveLength(0);
  for (const args of [
    [sound],
    ["show", sound],
    ["rollout", sound],
    ["zeroing", sound],
    ["explain", sound, "--head", "L1H0"],
  ]) {
    const json = await found(...args);
    expect([json.sound, json.texts], args[0]).toEqual(["sound.wav", undefined]);
  }
  expect(await refused("heads", sound)).toContain("Sound is for models such as whisper");
  expect(await refused("lens", sound, "--lines", ...whisper)).toContain("a sound is read alone");
  expect(await refused("norms", "hello", ...whisper)).toContain("reads sound, not texts");
  await model.dispose();
});

test("what a model hears is moments in what is said of it, and what it writes is words", async () => {
  const whisper = ["--model", goldenFolder("hub-whisper")];
  const said = async (...args: string[]) =>
    (await written(...args, ...whisper)).replace(/\s+/g, " ");
  expect(await said("norms", sound)).toContain("How much each head gives a moment");
  expect(await said("zeroing", sound)).toContain("Whose values each moment (rows) needs");
  expect(await said("rollout", sound)).toContain("goes into each moment (rows)");
  expect(await said("patch", sound, "--zero", "--grid", "positions")).toMatch(/^.*Each moment's/);
  const explained = await said("explain", sound, "--head", "L0H0");
  expect(explained).toContain("Every moment of the sound is a list of numbers");
  expect(explained).toContain("what it is (moment)");
  expect(explained).not.toMatch(/each word|every word|token ·|· token|norm\(token/i);
  // Options keep their names, and what the decoder writes next is a word.
  for (const args of [
    [sound],
    ["show", "L0H1", sound],
    ["measure", sound, "--of", "drawn"],
    ["norms", sound, "--head", "L0H1"],
    ["flow", sound],
    ["saliency", sound],
    ["saliency", sound, "--method", "input-times-gradient"],
    ["relevance", sound],
    ["stream", sound],
    ["circuit", "L0H1"],
    ["patch", sound, "--cut", "0.10 s->0.30 s"],
  ])
    expect(
      (await said(...args)).replace(/--words?(-only)?|Next word|decoder reads word/g, ""),
      args.join(" "),
    ).not.toMatch(/\bwords?\b/i);
  expect(await said("saliency", sound)).toMatch(/ moment ‖gradient‖/);
  expect(await said("flow", sound)).toMatch(/moment most then then/);
  const cross = ["--decoder", "hello", "--stack", "cross"];
  expect(await said(sound, ...cross)).toMatch(
    / word looks most at weight in head hello → 0\.\d\d s /,
  );
  const decoder = ["--decoder", "hello", "--stack", "decoder"];
  expect(await said("zeroing", sound, ...decoder)).toContain("Whose values each word (rows) needs");
});

test("what heads do over a sound, and their measures, are of moments", async () => {
  const whisper = ["--model", goldenFolder("hub-whisper")];
  const said = async (...args: string[]) =>
    (await written(...args, ...whisper)).replace(/\s+/g, " ");
  const heads = await said("heads", sound, "--least", "0.01");
  expect(heads).toContain("This is one sound: what a head does here it may not do in another.");
  expect(heads).toMatch(/looks at the moment (before|after)|moments (back|ahead)|first moment/);
  expect(heads).not.toMatch(/rare|word|token|--random/i);
  expect(await refused("heads", sound, "--of", "rare", ...whisper)).toContain(
    "--of rare: the sound has previous, next, itself",
  );
  // What the decoder writes is words again.
  const decoder = ["--decoder", "hello", "--stack", "decoder"];
  expect(await said("heads", sound, ...decoder)).toMatch(
    /--words-only leaves .* one sound:.*Rare:/,
  );
  expect(await said("measure", sound, "--of", "distance")).toContain("mean distance in moments");
  for (const of of ["distance", "confidence"])
    expect(await said("measure", sound, "--of", of)).not.toMatch(/word|token/i);
  for (const of of ["classes", "sentences"])
    expect(await refused("measure", sound, "--of", of, ...whisper)).toContain(
      `--of ${of} is of words, and a sound has moments`,
    );
  for (const command of ["measure", "heads"])
    expect(await refused(command, sound, "--words-only", ...whisper)).toContain(
      "--words-only does nothing with moments of a sound",
    );
  expect(await said("patch", sound, "--mean", "L0", "--controls", "0")).toContain(
    "set to the mean over the sound's own moments",
  );
  const cross = ["--decoder", "hello", "--stack", "cross", "--word", "hello", "--controls", "1"];
  const matter = await said("matter", sound, ...cross);
  expect(matter).toContain('look from "hello" to a moment of the encoder\'s, and what cutting it');
  expect(matter).not.toContain("1 − cosine");
  expect(await said("zeroing", sound, "--word", "0.10 s")).toContain(" layer most then then 0 L0 ");
});
