import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { backendFor } from "../../../backends/choose.node.ts";
import { memorySource } from "../../../checkpoint/memory.ts";
import { InputError } from "../../../errors/errors.ts";
import { nearest } from "../../../errors/nearest.ts";
import { openSource } from "../../../load.node.ts";
import { loadFrom, type Model } from "../../../model.ts";
import type { Batch } from "../../../training/batch.ts";
import { configOf } from "../../../training/model-shape.ts";
import { type ModelFiles, newModel } from "../../../training/new-model.ts";
import { type Probe, type TrainingTask, taskNamed } from "../../../training/tasks/task.ts";
import { trainingTasks } from "../../../training/tasks/tasks.ts";
import { textIds, textTokenizer } from "../../../training/text-tokenizer.ts";
import { textBatches } from "../../../training/texts.ts";
import { taskBatch, taskFamily, taskModel } from "../../../training/train-task.ts";
import { namedModel } from "../../loading.ts";
import { warn } from "../../terminal/warnings.ts";
import type { TrainingSettings } from "./settings.ts";

/** What a training is of: a model, batches, and what its film looks at. */
export interface TrainingJob {
  readonly model: Model;
  /** Files beside config.json and the weights: the tokenizer's. */
  readonly others: ModelFiles;
  readonly title: string;
  readonly steps: number;
  readonly rate: number;
  readonly chance?: number;
  readonly guess?: string;
  readonly probes: readonly Probe[];
  readonly patterns?: readonly string[];
  batch(step: number): Batch;
  heldOut(): readonly Batch[];
}

/** Examples by which a model is measured while it learns. */
const heldOutExamples = 256;
const mostHeldOutWindows = 32;
/** What texts are learned with where nothing is said. */
const forTexts = {
  layers: 2,
  heads: 4,
  width: 128,
  positions: 128,
  steps: 1000,
  batch: 16,
  rate: 2e-3,
};
const usualVocabulary = 1024;
const probeLetters = 60;

/** Opens what a training is of; `files` are those of a model that was begun, whose training goes on. */
export async function openJob(
  settings: TrainingSettings,
  files?: ModelFiles,
): Promise<TrainingJob> {
  const [first, ...more] = settings.what;
  const isTask = trainingTasks.some(({ name }) => name === first);
  if (isTask && more.length > 0)
    throw new InputError(
      `train: ${first} is a task, and ${more.join(", ")} ${more.length > 1 ? "stand" : "stands"} behind it. Give one task, or files of texts`,
    );
  return isTask
    ? taskJob(taskNamed(first!, trainingTasks), settings, files)
    : textJob(settings, files);
}

async function taskJob(
  task: TrainingTask,
  settings: TrainingSettings,
  files: ModelFiles | undefined,
): Promise<TrainingJob> {
  const { seed, shape, recipe } = settings;
  if (
    settings.model !== undefined ||
    settings.length !== undefined ||
    settings.vocabulary !== undefined
  )
    throw new InputError(
      `train: --model, --length and --vocabulary are for texts; the task ${task.name} has words and a model of its own`,
    );
  const family = taskFamily(task, shape.family);
  const own = files ?? (await taskModel(task, { shape, seed }));
  const model = await opened(own, `${task.name} (${family})`, settings);
  const { steps, rate, batch: count } = { ...task.recipe, ...recipe };
  return {
    model,
    others: othersOf(own),
    title: `${task.name}: ${task.what}`,
    steps,
    rate,
    chance: task.chance,
    guess: task.guess,
    probes: task.probes,
    patterns: task.patterns,
    batch: (step) => taskBatch(task, { family, seed, number: step, count }),
    heldOut: () => [
      taskBatch(task, { family, seed, number: 0, count: heldOutExamples, split: "held out" }),
    ],
  };
}

async function textJob(
  settings: TrainingSettings,
  files: ModelFiles | undefined,
): Promise<TrainingJob> {
  const { seed, shape, recipe, vocabulary = usualVocabulary } = settings;
  const texts = await readTexts(settings.what);
  const { family = "gpt2" } = shape;
  const own = files ?? (await firstFiles(texts, { ...settings, vocabulary }));
  const model = own
    ? await opened(own, `texts (${family})`, settings)
    : await loadFrom(
        await openSource(await namedModel(settings.model)),
        await backendFor({ backend: settings.backend as never, dtype: "f32", onWarning: warn }),
        { onWarning: warn },
      );
  const { steps, rate, batch: count } = { ...forTexts, ...recipe };
  const length = Math.min(settings.length ?? 64, model.longest ?? Number.POSITIVE_INFINITY);
  const batches = textBatches(model, texts, { length, seed });
  const held = batches.heldOutBatch(mostHeldOutWindows);
  return {
    model,
    others: own ? othersOf(own) : await tokenizerFiles(settings.model!),
    title: `${settings.what.length === 1 ? settings.what[0] : `${settings.what.length} texts`}, ${batches.tokens.toLocaleString("en-US")} tokens`,
    steps,
    rate,
    probes: [{ text: firstWords(texts[0]!) }],
    batch: (step) => batches.batch(step, count),
    heldOut: () => (held ? [held] : []),
  };
}

/** A new model with a tokenizer of its own; undefined where a trained one is taken. */
async function firstFiles(
  texts: readonly string[],
  { model, shape, seed, vocabulary }: TrainingSettings & { readonly vocabulary: number },
): Promise<ModelFiles | undefined> {
  if (model !== undefined) return undefined;
  const { layers, heads, width, positions } = forTexts;
  const others = textTokenizer(texts, { size: vocabulary });
  const { model: bpe } = JSON.parse(new TextDecoder().decode(others["tokenizer.json"]!)) as {
    readonly model: { readonly vocab: object };
  };
  const whole = { layers, heads, width, positions, ...shape };
  const size = Object.keys(bpe.vocab).length;
  return newModel(configOf(whole, size, { end: textIds.end, padding: textIds.padding }), {
    seed,
    others,
  });
}

async function opened(
  files: ModelFiles,
  label: string,
  { backend }: TrainingSettings,
): Promise<Model> {
  return loadFrom(
    memorySource(files, label),
    await backendFor({ backend: backend as never, dtype: "f32", onWarning: warn }),
    { onWarning: warn },
  );
}

function othersOf(files: ModelFiles): ModelFiles {
  const own = [
    "config.json",
    "model.safetensors",
    "training.safetensors",
    "training.json",
    "film.json",
  ];
  return Object.fromEntries(Object.entries(files).filter(([name]) => !own.includes(name)));
}

/** What may lie beside a model's weights for its texts. */
const tokenizerNames = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "vocab.txt",
  "spiece.model",
  "tokenizer.model",
  "sentencepiece.bpe.model",
  "generation_config.json",
];

/** The tokenizer's files of a model, as they are. */
async function tokenizerFiles(model: string): Promise<ModelFiles> {
  const source = await openSource(await namedModel(model));
  try {
    const files: Record<string, Uint8Array> = {};
    for (const name of tokenizerNames) {
      const size = await source.size(name);
      if (size !== undefined) files[name] = await source.read(name, 0, size);
    }
    return files;
  } finally {
    await source.close();
  }
}

async function readTexts(files: readonly string[]): Promise<string[]> {
  const texts: string[] = [];
  for (const file of files) {
    if (!existsSync(file)) {
      const names = trainingTasks.map(({ name }) => name);
      throw new InputError(
        `train: "${file}" is no task and no file of text${nearest(file, names)}. Tasks: ${names.join(", ")}`,
      );
    }
    const text = await readFile(file, "utf8").catch((error: Error) => {
      throw new InputError(`train: ${file} cannot be read (${error.message})`);
    });
    if (text.includes("\0")) throw new InputError(`train: ${file} is no text (it holds NUL)`);
    texts.push(text);
  }
  return texts;
}

/** The first words of a text, as many as a picture has room for. */
function firstWords(text: string): string {
  const start = text.trimStart().slice(0, probeLetters);
  return start.replace(/\s+\S*$/, "") || start;
}
