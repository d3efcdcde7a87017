import { InputError } from "../../../errors/errors.ts";
import {
  type ModelShape,
  type TrainedFamily,
  trainedFamilies,
} from "../../../training/model-shape.ts";

/** What `heed train` was asked for; kept beside the model, so that it can be gone on with. */
export interface TrainingSettings {
  /** A task's name, or files of texts. */
  readonly what: readonly string[];
  readonly seed: number;
  readonly shape: Partial<ModelShape>;
  readonly recipe: { readonly steps?: number; readonly batch?: number; readonly rate?: number };
  readonly warmup?: number;
  /** A trained model to begin from. */
  readonly model?: string;
  /** Tokens of a window of texts. */
  readonly length?: number;
  /** Tokens of a tokenizer that is made of the texts. */
  readonly vocabulary?: number;
  readonly only?: readonly string[];
  readonly lowRank?: number;
  readonly frames?: number;
  readonly saveEvery?: number;
  readonly backend?: string;
}

/** Options as the command line has them. */
export interface TrainOptions {
  readonly out?: string;
  readonly resume?: boolean;
  readonly film?: string;
  readonly json?: boolean;
  readonly theme?: "light" | "dark" | "auto";
  readonly family?: string;
  readonly layers?: string;
  readonly heads?: string;
  readonly width?: string | number;
  readonly feedForward?: string;
  readonly positions?: string;
  readonly steps?: string;
  readonly batch?: string;
  readonly rate?: string;
  readonly warmup?: string;
  readonly seed?: string;
  readonly model?: string;
  readonly length?: string;
  readonly vocabulary?: string;
  readonly only?: readonly string[];
  readonly lowRank?: string;
  readonly frames?: string;
  readonly saveEvery?: string;
  readonly backend?: string;
}

/** What the options say. Throws InputError for one that is no number, or of no family. */
export function settingsOf(what: readonly string[], options: TrainOptions): TrainingSettings {
  const { family } = options;
  if (family !== undefined && !(trainedFamilies as readonly string[]).includes(family))
    throw new InputError(
      `--family ${family}: heed makes new models of ${trainedFamilies.join(", ")}. A trained one of another family learns on with --model`,
    );
  const shape = defined({
    family: family as TrainedFamily | undefined,
    layers: whole("--layers", options.layers),
    heads: whole("--heads", options.heads),
    width: whole("--width", options.width),
    feedForward: whole("--feed-forward", options.feedForward),
    positions: whole("--positions", options.positions),
  });
  if (options.model !== undefined && Object.keys(shape).length > 0)
    throw new InputError(
      `--${Object.keys(shape)[0]!.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} does nothing with --model: a trained model has the shape it has`,
    );
  if (options.model !== undefined && options.vocabulary !== undefined)
    throw new InputError("--vocabulary does nothing with --model: it has a tokenizer");
  if (options.only && options.lowRank !== undefined)
    throw new InputError(
      "--only and --low-rank both say what is trained. Give one: --low-rank trains narrow matrices beside W^Q and W^V",
    );
  return defined({
    what,
    seed: whole("--seed", options.seed, 0) ?? 0,
    shape,
    recipe: defined({
      steps: whole("--steps", options.steps),
      batch: whole("--batch", options.batch),
      rate: positive("--rate", options.rate),
    }),
    warmup: whole("--warmup", options.warmup, 0),
    model: options.model,
    length: whole("--length", options.length, 2),
    vocabulary: whole("--vocabulary", options.vocabulary),
    only: options.only,
    lowRank: whole("--low-rank", options.lowRank),
    frames: whole("--frames", options.frames, 2),
    saveEvery: whole("--save-every", options.saveEvery),
    backend: options.backend,
  });
}

function defined<T extends object>(options: T): T {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as T;
}

function whole(option: string, text: string | number | undefined, least = 1): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new InputError(`${option} ${text}: needs a whole number of at least ${least}`);
  return value;
}

function positive(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value)))
    throw new InputError(`${option} ${text}: needs a number above 0, such as 0.001`);
  return value;
}
