import { extname } from "node:path";
import { InputError } from "../../../errors/errors.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { Filming, frameSteps } from "../../../training/film/filming.ts";
import { jsonFile, type ModelFiles } from "../../../training/new-model.ts";
import { runTraining } from "../../../training/run-training.ts";
import type { Trainer } from "../../../training/trainer.ts";
import { endPhase } from "../../loading.ts";
import { modelJson } from "../../model-json.ts";
import { deliver, json, writeOut } from "../../output.ts";
import { warn } from "../../terminal/warnings.ts";
import { drawnFilm, type FilmFormat, filmFormats } from "./drawn-film.ts";
import { expectEmpty, type KeptTraining, keptTraining, writeFiles } from "./folder.ts";
import { openJob, type TrainingJob } from "./job.ts";
import { trainingProgress } from "./progress.ts";
import { type TrainedReport, trainingText } from "./report.ts";
import { settingsOf, type TrainingSettings, type TrainOptions } from "./settings.ts";

/** Frames of a film where nothing is said. */
const usualFrames = 24;
const evaluations = 20;

/** `heed train TASK` or `heed train FILES`: a small model learns, with its film, and is kept in a folder that everyone opens. */
export async function train(what: readonly string[], options: TrainOptions): Promise<void> {
  const { out, film: filmFile } = options;
  const kept = options.resume ? await resumed(what, options) : undefined;
  const settings = kept?.settings ?? settingsOf(what, options);
  if (settings.what.length === 0)
    throw new InputError("train: name a task, or files of texts: heed train world");
  if (out === "-")
    throw new InputError(
      "--out -: what is kept of a training is a folder, which stdout cannot be. Name one",
    );
  if (out !== undefined && !kept) await expectEmpty(out);
  const filmFormat = filmFile === undefined ? undefined : filmFormatOf(filmFile);
  endPhase("start");
  const job = await openJob(settings, kept?.files);
  endPhase("load");
  const { model, steps, rate } = job;
  const { only, lowRank, warmup, seed } = settings;
  const trainer = await model.trainer({
    steps,
    rate,
    ...(warmup !== undefined && { warmup }),
    ...(only && { train: only }),
    ...(lowRank !== undefined && { lowRank: { rank: lowRank, seed } }),
  });
  if (kept) await trainer.restore(kept.state);
  if (trainer.step >= steps)
    warn(`--resume: all ${steps} steps of this training are done, and nothing more is learned`);
  const { title, chance, guess, probes, patterns } = job;
  const frames = frameSteps(steps, settings.frames ?? usualFrames);
  const film = new Filming(
    model,
    { title, seed, steps, chance, guess, probes, patterns },
    kept?.film,
  );
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once("SIGINT", stop);
  const progress = trainingProgress(job);
  const started = performance.now();
  const first = trainer.step;
  try {
    const found = await runTraining({
      trainer,
      steps,
      batch: job.batch,
      heldOut: job.heldOut,
      evaluateEvery: Math.max(1, Math.ceil(steps / evaluations)),
      film,
      frames: isFilmed(filmFile, out) ? frames : [0, steps],
      saveEvery: settings.saveEvery,
      ...(out !== undefined && { save: () => save(out, { job, settings, trainer, film }) }),
      signal: stopping.signal,
      onProgress: progress.show,
    }).catch((error: unknown) => {
      // Only now is it known how far it came: the step that was under way was still made.
      if (error !== stopping.signal.reason) throw error;
      throw new InputError(stoppedText(trainer, steps, out));
    });
    progress.end();
    endPhase("run");
    const seconds = (performance.now() - started) / 1000;
    const done = { job, settings, trainer, film: film.film(), found, seconds, first, out };
    await writeOut(options.json ? `${json(reportJson(done))}\n` : trainingText(done));
    if (filmFile !== undefined && filmFormat !== undefined)
      await deliver(
        await drawnFilm(film.film(), filmFormat, { theme: options.theme }),
        { out: filmFile },
        filmFormat,
      );
  } finally {
    progress.end();
    process.off("SIGINT", stop);
    trainer.release();
    await model.dispose();
  }
}

/** Frames on the way are for a film, or for whoever goes on with what is kept. */
function isFilmed(film: string | undefined, out: string | undefined): boolean {
  return film !== undefined || out !== undefined;
}

async function resumed(what: readonly string[], options: TrainOptions): Promise<KeptTraining> {
  const { out, resume: _, film: __, json: ___, theme: ____, ...others } = options;
  if (out === undefined)
    throw new InputError("--resume: name with --out the folder of the training to go on with");
  const idle = Object.keys(others).find((name) => name in settingNames);
  if (what.length > 0 || idle !== undefined)
    throw new InputError(
      `--resume: ${idle === undefined ? what.join(" ") : `--${idle.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`} does nothing: a training goes on as it was begun`,
    );
  return keptTraining(out);
}

const settingNames: Readonly<Record<string, true>> = {
  family: true,
  layers: true,
  heads: true,
  width: true,
  feedForward: true,
  positions: true,
  steps: true,
  batch: true,
  rate: true,
  warmup: true,
  seed: true,
  model: true,
  length: true,
  vocabulary: true,
  only: true,
  lowRank: true,
  frames: true,
  saveEvery: true,
  backend: true,
};

function stoppedText(trainer: Trainer, steps: number, out: string | undefined): string {
  return `train: stopped after step ${trainer.step} of ${steps}. ${
    out === undefined
      ? "Nothing is kept: --out names a folder that keeps it"
      : `Go on with: heed train --resume --out ${out}`
  }`;
}

interface Saving {
  readonly job: TrainingJob;
  readonly settings: TrainingSettings;
  readonly trainer: Trainer;
  readonly film: Filming;
}

async function save(folder: string, { job, settings, trainer, film }: Saving): Promise<void> {
  const files: ModelFiles = {
    ...job.others,
    ...(await job.model.files()),
    "training.safetensors": await trainer.state(),
    "training.json": jsonFile(settings),
    "film.json": new TextEncoder().encode(`${JSON.stringify(film.film())}\n`),
  };
  await writeFiles(folder, files);
}

function filmFormatOf(file: string): FilmFormat {
  const ending = extname(file).slice(1).toLowerCase();
  const format = ending === "htm" ? "html" : filmFormats.find((one) => one === ending);
  if (!format)
    throw new InputError(
      `--film ${file}: a film is ${filmFormats.join(", ")}. End the name in .html for one with a slider`,
    );
  return format;
}

function reportJson({ job, settings, trainer, film, found, seconds, first, out }: TrainedReport) {
  const last = film.frames.at(-1);
  return {
    model: modelJson(job.model, {}),
    of: job.title,
    seed: settings.seed,
    steps: trainer.step,
    firstStep: first,
    seconds: Math.round(seconds * 10) / 10,
    trained: trainer.trained,
    parameters: job.model.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    heldOut: found ?? null,
    chance: job.chance ?? null,
    guess: job.guess ?? null,
    heads: (last?.heads ?? []).map(({ scores }, place) => ({
      head: `L${Math.floor(place / film.model.heads)}H${place % film.model.heads}`,
      scores: Object.fromEntries(film.measures.map(({ name }, n) => [name, scores[n]])),
    })),
    curve: film.curve,
    out: out ?? null,
  };
}
