import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AudioInput } from "../../src/audio/audio.ts";
import { readAudio } from "../../src/audio/read-audio.node.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import type { TranscribeOptions } from "../../src/tasks/transcribe.ts";

const folder = fileURLToPath(new URL("../golden/hub-whisper", import.meta.url));

/** What transformers made of the first seconds of the sound. */
interface Case {
  readonly seconds: number;
  readonly asked: { readonly language?: string; readonly task?: string; num_beams?: number };
  readonly timestamps: "none" | "segments" | "words";
  readonly text: string;
  readonly segments: readonly { start: number; end: number; ids: readonly number[] }[];
  readonly tokenSeconds?: readonly number[];
  readonly words?: readonly { text: string; timestamp: readonly [number, number] }[];
}
const { cases } = JSON.parse(readFileSync(`${folder}/speech.json`, "utf8")) as {
  readonly cases: readonly Case[];
};
const named = cases.map((one) => ({
  ...one,
  name: `${one.seconds} s, ${JSON.stringify(one.asked)}, ${one.timestamps}`,
}));

let model: Model;
let sound: AudioInput;
beforeAll(async () => {
  model = await load(folder, { backend: "reference" });
  sound = await readAudio(`${folder}/sound.wav`);
});
afterAll(() => model.dispose());

/** The first seconds of the sound. */
function first(seconds: number): AudioInput {
  return { ...sound, samples: sound.samples.subarray(0, Math.round(seconds * 16000)) };
}

describe("what is said equals what transformers writes", () => {
  test.each(named)("$name", async ({ seconds, asked, timestamps, ...expected }) => {
    const { num_beams: numBeams, language, task } = asked;
    const said = await model.transcribe(first(seconds), {
      timestamps,
      ...(language !== undefined && { language }),
      ...(task !== undefined && { task: task as "translate" }),
      ...(numBeams !== undefined && { numBeams }),
    });
    expect(said.text).toBe(expected.text);
    expect(said.seconds).toBeCloseTo(seconds, 6);
    expect(said.isLanguageDetected).toBe(language === undefined);
    if (timestamps === "none") return;
    expect(said.segments!.map(({ ids }) => ids)).toEqual(expected.segments.map(({ ids }) => ids));
    for (const [n, { start, end }] of expected.segments.entries()) {
      expect(said.segments![n]!.start).toBeCloseTo(start, 6);
      expect(said.segments![n]!.end).toBeCloseTo(end, 6);
    }
    if (timestamps !== "words" || asked.language === "ja") return;
    // Behind the end of the sound Python counts moments from the other end.
    const heard = (word: { readonly start: number }) => word.start < seconds;
    const words = expected.words!.map(({ text, timestamp: [start, end] }) => ({
      text,
      start,
      end,
    }));
    expect(said.words!.filter(heard)).toEqual(words.filter(heard));
  });
});

describe("what it is given", () => {
  test("sites are read beside it, and a sound runs with its text", async () => {
    const said = await model.transcribe(first(1), {
      language: "en",
      read: ["decoder.layers.1.cross.weights"],
    });
    const [generation] = said.generations as [(typeof said.generations)[number]];
    const weights = generation.trace.get("decoder.layers.1.cross.weights");
    expect(weights.shape.slice(0, 2)).toEqual([1, 2]);
    expect(weights.shape[3]).toBe(50);
    expect(generation.tokens[0]![3]!.surface).toBe("0.06 s");
    const ids = generation.rows[0]!.ids;
    const target = model.tokenizer!.decode(ids.slice(1));
    const run = await model.run({ ...first(1), target }, { read: ["encoder.final"] });
    expect(run.decoderTokens![0]!.map(({ id }) => id)).toEqual(ids);
    expect(run.trace.get("encoder.final").shape).toEqual([1, 50, 16]);
    expect(run.decoderTokens![0]![0]!.text).toBe("<|startoftranscript|>");
  });

  const refused: readonly (readonly [string, TranscribeOptions & object, string])[] = [
    ["a language nobody speaks", { language: "klingon" }, '"klingon" is no language Whisper knows'],
    [
      "one this checkpoint lacks",
      { language: "french" },
      'does not know "french". It knows de, en, ja',
    ],
    ["another kind of times", { timestamps: "lines" as "words" }, 'timestamps is "lines"'],
    ["an option that is none", { beams: 3 } as object, "beams"],
  ];
  test.each(refused)("%s is refused", async (_, options, why) => {
    await expect(model.transcribe(first(0.5), options)).rejects.toThrow(why);
  });

  test("texts, ids and masks are refused by name", async () => {
    await expect(model.run("the cat")).rejects.toThrow("reads sound, not texts");
    await expect(model.run([[1, 2]])).rejects.toThrow("the input needs features, or an audio");
    const rate = { samples: new Float32Array(4), sampleRate: 8000 };
    await expect(model.transcribe(rate)).rejects.toThrow("8000 samples a second");
    await expect(model.transcribe("x.wav" as never)).rejects.toThrow(
      "needs { samples, sampleRate }",
    );
  });
});

describe("what its files say", () => {
  const written: string[] = [];
  afterAll(() => {
    for (const path of written) rmSync(path, { recursive: true });
  });
  async function changed(file: string, fields: object): Promise<Model> {
    const path = mkdtempSync(`${tmpdir()}/heed-speech-`);
    written.push(path);
    cpSync(folder, path, { recursive: true });
    const own = JSON.parse(readFileSync(`${path}/${file}`, "utf8"));
    writeFileSync(`${path}/${file}`, JSON.stringify({ ...own, ...fields }));
    return load(path, { backend: "reference" });
  }

  const speech = "generation_config.json";
  test.each([
    [speech, { no_speech_threshold: 0.6 }, {}, "heed does not leave windows out"],
    [
      speech,
      { condition_on_prev_tokens: true },
      {},
      "heed does not go on from what was said before",
    ],
    [speech, { is_multilingual: false }, { language: "en" }, "knows English alone"],
    [speech, { alignment_heads: null }, { timestamps: "words" }, "has no alignment_heads"],
    [speech, { alignment_heads: [[2, 0]] }, { timestamps: "words" }, "names layer 2, head 0"],
    [
      speech,
      { no_timestamps_token_id: null },
      { timestamps: "segments" },
      "no no_timestamps_token_id",
    ],
    ["preprocessor_config.json", { dither: 1 }, {}, "heed adds no noise to sound"],
    [
      "preprocessor_config.json",
      { feature_size: 128 },
      {},
      "makes 128 x 100 numbers of sound, and the model reads 80 x 100",
    ],
  ] as const)("%s %j", async (file, fields, options, why) => {
    const other = await changed(file, fields);
    await expect(other.transcribe(first(0.5), options)).rejects.toThrow(why);
    await other.dispose();
  });
});

test("a run goes on only after one on the same sound", async () => {
  const after = await model.run(first(0.5), { reusable: true });
  await expect(model.run(first(0.25), { after })).rejects.toThrow("had other inputs");
});
