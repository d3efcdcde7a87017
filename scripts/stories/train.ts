/**
 * Trains the language model that comes with heed on stories of its own grammar, and writes it with its tokenizer, its film and its figures:
 *
 *     npx tsx scripts/stories/train.ts                  # models/heed-stories
 *     npx tsx scripts/stories/train.ts --quick FOLDER   # a smaller one, in a minute, to try the script
 *     npx tsx scripts/stories/train.ts --from=2 FOLDER  # the second part alone, behind the first, which the folder holds
 *
 * Stopped (Ctrl-C) or broken off, it goes on where it stood when it is started again.
 */
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { backendFor } from "../../src/backends/choose.node.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { parseSafetensors } from "../../src/checkpoint/safetensors.ts";
import { loadFrom, type Model } from "../../src/model.ts";
import {
  type Batch,
  configOf,
  evaluated,
  type Film,
  Filming,
  type ModelFiles,
  newModel,
  type Probe,
  runTraining,
  textIds,
  textTokenizer,
} from "../../src/training/index.ts";
import { placeQuestions, storiesOf, storyBatch } from "./lessons.ts";
import { meanWeights } from "./mean-weights.ts";
import { quick, recipe } from "./recipe.ts";
import { type Story, storyText } from "./story.ts";

const longest = 300;
const generation = { eos_token_id: textIds.end, pad_token_id: textIds.padding };
/** Stories that the tokenizer is made of. */
const tokenizerStories = 3000;

/** Sentences whose attention is filmed, each ending where an answer is due, with the word it is. */
const probeTexts: readonly (readonly [text: string, answer: string])[] = [
  [
    "Mia was a small grey cat. Tom was a big brown dog. Mia was in the garden. Tom was in the garden. Mia found a red ball in the garden. Mia gave the ball to Tom. Who had the ball?",
    "Tom",
  ],
  [
    "Ben was a shy white fox. Lily was a kind black hen. Ben was by the river. The fox sat on the log because it was tired. The hen lay on the rug because it was dirty. Who was tired? The",
    "fox",
  ],
];

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const own = words.includes("--quick") ? quick : recipe;
  const from = /^--from=(\d+)$/.exec(words.find((word) => word.startsWith("--from=")) ?? "")?.[1];
  const folder =
    words.find((word) => !word.startsWith("--")) ??
    fileURLToPath(new URL("../../models/heed-stories", import.meta.url));
  await mkdir(folder, { recursive: true });
  const stopped = own.parts.findIndex((_, n) => existsSync(join(folder, stateFile(n))));
  const first = stopped >= 0 ? stopped : Number(from ?? 1) - 1;
  const isBegun = stopped >= 0 || first > 0;
  const files = isBegun ? await keptFiles(folder) : await firstFiles(own);
  const model = await opened(files);
  const film = filming(model, own, isBegun ? await keptFilm(folder) : undefined);
  for (let n = first; n < own.parts.length; n++)
    await learnPart(n, own, { model, film, folder, tokenizerFiles: tokenizerOf(files) });
  await model.dispose();
}

async function opened(files: ModelFiles): Promise<Model> {
  return loadFrom(memorySource(files, "heed-stories"), await backendFor({ dtype: "f32" }));
}

function filming(model: Model, { seed, parts }: typeof recipe, before?: Film): Filming {
  return new Filming(
    model,
    {
      title: "heed-stories: a language model learns little stories",
      seed,
      steps: parts.reduce((sum, { steps }) => sum + steps, 0),
      probes: probeTexts.map(([text, answer]) => probeOf(model, text, answer)),
      patterns: ["previous", "duplicate", "induction"],
    },
    before,
  );
}

/** What a part of the training goes on with. */
interface Learning {
  readonly model: Model;
  readonly film: Filming;
  readonly folder: string;
  readonly tokenizerFiles: ModelFiles;
}

/** One part of the training, from where it stood. */
async function learnPart(
  n: number,
  own: typeof recipe,
  { model, film, folder, tokenizerFiles }: Learning,
): Promise<void> {
  const { seed, parts, batch, beta2, evaluateEvery, heldOut } = own;
  const {
    steps,
    over = steps,
    lessons,
    cast,
    places,
    repeated,
    averaged = 1,
    frames,
    ...rates
  } = parts[n]!;
  const tokenizer = model.tokenizer!;
  const apart = storyBatch(tokenizer, storiesOf(seed, 0, heldOut, { isHeldOut: true }), longest);
  const asked = placeQuestions(
    tokenizer,
    storiesOf(seed, 2, heldOut, { isHeldOut: true }),
    longest,
  );
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error("stopped: started again, it goes on"));
  process.once("SIGINT", stop);
  const trainer = await model.trainer({ steps: over, ...rates, beta2 });
  const state = join(folder, stateFile(n));
  if (existsSync(state)) await trainer.restore(await readFile(state));
  const started = performance.now();
  const first = trainer.step;
  const before = parts.slice(0, n).reduce((sum, part) => sum + part.steps, 0);
  const alike = alikeStories(seed, batch, { cast, hasLessons: lessons === "half" });
  const found = await runTraining({
    trainer,
    steps,
    before,
    batch: (step) => {
      const own =
        lessons === "all"
          ? storiesOf(seed, before + step, batch, { isLesson: true })
          : alike(before + step);
      return storyBatch(tokenizer, own, longest, { places, repeated });
    },
    heldOut: () => [apart],
    evaluateEvery,
    film,
    frames,
    saveEvery: evaluateEvery,
    save: async () => {
      await write(folder, {
        ...tokenizerFiles,
        ...(await model.files()),
        "generation_config.json": json(generation),
        "film.json": json(film.film()),
        [stateFile(n)]: await trainer.state(),
      });
      const isAveraged = averaged > 1 && trainer.step > steps - averaged * evaluateEvery;
      if (isAveraged && trainer.step % evaluateEvery === 0)
        await copyFile(join(folder, weights), join(folder, weightsAt(trainer.step)));
      // Where somebody is is what so small a model finds hardest: how it stands with that is seen on the way.
      const right: string[] = [];
      for (const [count, questions] of asked) {
        const { right: good, answers } = await trainer.evaluate(questions);
        right.push(`${count} ${(good / answers).toFixed(2)}`);
      }
      console.log(`step ${before + trainer.step}  places right, of so many: ${right.join(", ")}`);
    },
    signal: stopping.signal,
    onProgress: ({ step, loss, evaluation, isEvaluated, gradientNorm }) => {
      if (!isEvaluated && step > 3) return;
      const each = (performance.now() - started) / (step - first);
      console.log(
        `step ${before + step}  loss ${loss.toFixed(3)}  gradient ${gradientNorm.toFixed(2)}  answers right ${evaluation?.accuracy.toFixed(3) ?? "-"}  ${Math.round(each)} ms a step`,
      );
    },
  });
  process.off("SIGINT", stop);
  trainer.release();
  console.log(
    `held-out loss ${found?.loss.toFixed(4)}, tokens of answers right ${found?.accuracy.toFixed(4)}`,
  );
  if (averaged > 1) await average(own, n, { folder, apart });
  // The state is for going on with an unfinished training alone.
  await rm(state);
}

/** Puts the mean of the last weights of a part in their place, says how it does, and films it where it is the end. */
async function average(
  own: typeof recipe,
  n: number,
  { folder, apart }: { readonly folder: string; readonly apart: Batch },
): Promise<void> {
  const { parts, evaluateEvery } = own;
  const { steps, averaged = 1 } = parts[n]!;
  const kept = Array.from({ length: averaged }, (_, back) =>
    join(folder, weightsAt(steps - back * evaluateEvery)),
  );
  const mean = meanWeights(await Promise.all(kept.map((file) => readFile(file))));
  await write(folder, { [weights]: mean });
  const model = await opened(await keptFiles(folder));
  const trainer = await model.trainer({ steps: 1 });
  const found = (await evaluated(trainer, [apart]))!;
  trainer.release();
  if (n === parts.length - 1) {
    const step = parts.reduce((sum, part) => sum + part.steps, 0);
    const film = filming(model, own, await keptFilm(folder));
    await film.frame({ step, ...found });
    await write(folder, { "film.json": json(film.film()) });
  }
  await model.dispose();
  for (const file of kept) await rm(file);
  console.log(
    `the mean of ${averaged}: held-out loss ${found.loss.toFixed(4)}, tokens of answers right ${found.accuracy.toFixed(4)}`,
  );
}

/** Stories for a step, or half stories and half lessons, which are as long as one another: those of four steps are told at once, and the shortest come first. */
function alikeStories(
  seed: number,
  batch: number,
  { cast, hasLessons }: { readonly cast?: number; readonly hasLessons: boolean },
): (step: number) => Story[] {
  let [told, all]: [number, Story[]] = [-1, []];
  return (step) => {
    const four = Math.floor(step / 4);
    if (four !== told) {
      const stories = storiesOf(seed, 4 * four, hasLessons ? 2 * batch : 4 * batch);
      const lessons = hasLessons
        ? storiesOf(seed + 1, four, 2 * batch, { isLesson: true, cast })
        : [];
      told = four;
      all = [...stories, ...lessons].toSorted(
        (one, other) => storyText(one).length - storyText(other).length,
      );
    }
    return all.slice((step % 4) * batch, ((step % 4) + 1) * batch);
  };
}

const weights = "model.safetensors";

/** The file that keeps the weights of a step until they are averaged. */
function weightsAt(step: number): string {
  return `at-${step}.safetensors`;
}

/** The file that holds how far a part has come. */
function stateFile(part: number): string {
  return `training-${part + 1}.safetensors`;
}

async function firstFiles({ seed, shape, vocabulary }: typeof recipe): Promise<ModelFiles> {
  const texts = storiesOf(seed, 1_000_000, tokenizerStories).map(storyText);
  const others = textTokenizer(texts, { size: vocabulary, addPrefixSpace: true });
  const { model } = JSON.parse(new TextDecoder().decode(others["tokenizer.json"]!)) as {
    readonly model: { readonly vocab: object };
  };
  const ids = { end: textIds.end, padding: textIds.padding };
  // The usual 0.02 is that of wide models: in a narrow one names begin so alike that they are long not told apart.
  const config = {
    ...configOf(shape, Object.keys(model.vocab).length, ids),
    initializer_range: shape.width ** -0.5,
  };
  return withBeginnings(await newModel(config, { seed, others }), shape);
}

/** How often a wave of a pair of columns turns in a token: from half a turn to one in 600 tokens. */
function turn(pair: number, width: number): number {
  return 3 * 300 ** ((-2 * pair) / width);
}

/** How sharply the heads of layer 0 look back at first. */
const sharpness = 1.9;

/**
 * The same files with what so small a model would not come to in its time. Positions begin as sine waves (Vaswani et al. 2017, 3.5) of the length
 * that vectors of words begin with; and the heads of layer 0 begin by looking one, two, three and four tokens back: a head's W^K takes up the waves
 * that turn fastest, its W^Q the same ones, turned back. So every token knows at once what stands before it; all of it is learned from there.
 */
function withBeginnings(files: ModelFiles, { width, heads }: typeof recipe.shape): ModelFiles {
  const bytes = Uint8Array.from(files["model.safetensors"]!);
  const { entries } = parseSafetensors(bytes, "model.safetensors");
  const numbersOf = (name: string) => {
    const { start, end } = entries.find((entry) => entry.name === name)!;
    return new Float32Array(bytes.buffer, start, (end - start) / 4);
  };
  const waves = numbersOf("transformer.wpe.weight");
  for (let place = 0; place < waves.length; place++) {
    const [position, column] = [Math.floor(place / width), place % width];
    const angle = position * turn(column >> 1, width);
    waves[place] = Math.sqrt(2 / width) * (column % 2 === 0 ? Math.sin(angle) : Math.cos(angle));
  }
  // A row has the queries, the keys and the values that one number of the stream gives.
  const joined = numbersOf("transformer.h.0.attn.c_attn.weight");
  const headWidth = width / heads;
  for (let row = 0; row < width; row++)
    for (let column = 0; column < width; column++) {
      const back = 1 + Math.floor(column / headWidth);
      const [pair, own] = [(column % headWidth) >> 1, column % 2];
      const angle = back * turn(pair, width);
      const isOfPair = row >> 1 === pair;
      const isSame = row % 2 === own;
      const turned = isSame ? Math.cos(angle) : own === 0 ? -Math.sin(angle) : Math.sin(angle);
      joined[3 * width * row + column] = isOfPair ? sharpness * turned : 0;
      joined[3 * width * row + width + column] = isOfPair && isSame ? sharpness : 0;
    }
  return { ...files, "model.safetensors": bytes };
}

async function keptFilm(folder: string): Promise<Film> {
  return JSON.parse(await readFile(join(folder, "film.json"), "utf8")) as Film;
}

async function keptFiles(folder: string): Promise<ModelFiles> {
  const files: Record<string, Uint8Array> = {};
  for (const name of [
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
  ])
    files[name] = await readFile(join(folder, name));
  return files;
}

function tokenizerOf(files: ModelFiles): ModelFiles {
  return Object.fromEntries(Object.entries(files).filter(([name]) => name.startsWith("tokenizer")));
}

/** A probe with the link from its last token to the one behind the word that answers: there a head of layer 0 has brought that word along. */
function probeOf({ tokenizer }: Model, text: string, answer: string): Probe {
  const { tokens } = tokenizer!.encode(text);
  const place = tokens.findLastIndex(({ start, end }) => text.slice(start, end).trim() === answer);
  const name = "question → behind the answer";
  return { text, links: place < 0 ? [] : [{ name, query: tokens.length - 1, key: place + 1 }] };
}

async function write(folder: string, files: ModelFiles): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}

await main();
