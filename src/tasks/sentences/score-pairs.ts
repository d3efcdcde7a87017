import { InputError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import { keepWarnings } from "../../errors/warnings.ts";
import { labelCount, labelNames } from "../../families/family.ts";
import { type TorchActivation, torchActivation } from "../../families/sentence/torch-activation.ts";
import type { TextToken } from "../../probe/words.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { eachRow, promptOf, type TextReader } from "./text-rows.ts";

/** Two texts that are scored together: a question and an answer, say. */
export type TextPair = readonly [text: string, pair: string];

/** How pairs of texts are scored; what the checkpoint says where nothing is given. */
export interface ScorePairsOptions {
  /** What is done to the logits; what the checkpoint says if not given, else sigmoid for one label and nothing for several. */
  readonly activation?: "none" | "sigmoid" | "softmax";
  /** A text put before the first of each two. */
  readonly prompt?: string;
  /** The same by its name in config_sentence_transformers.json. */
  readonly promptName?: string;
  /** The most tokens of a pair; the longer text is cut first. */
  readonly maxLength?: number;
  /** Pairs computed at once; 32 if not given. */
  readonly batchSize?: number;
  /** Stops between layers. */
  readonly signal?: AbortSignal;
  /** Told of warnings, such as a pair that is cut, instead of `load`'s own listener. */
  readonly onWarning?: (message: string) => void;
}

const scorePairsOptions = Object.keys({
  activation: true,
  prompt: true,
  promptName: true,
  maxLength: true,
  batchSize: true,
  signal: true,
  onWarning: true,
} satisfies Record<keyof ScorePairsOptions, true>);

/** Scores of pairs. */
export interface PairScores {
  /** (pairs, labels), in the order the pairs were given. */
  readonly scores: Tensor;
  /** Names of the labels; a cross-encoder with one gives how well two texts belong together. */
  readonly labels: readonly string[];
  /** What was done to the logits: "sigmoid", "softmax", "linear" for nothing, …; of what transformers has no name for, the class of torch.nn: "Softplus". */
  readonly activation: string;
  readonly tokens: readonly (readonly TextToken[])[];
  readonly warnings: readonly string[];
}

/**
 * What a cross-encoder says of pairs of texts, as sentence-transformers' `CrossEncoder.predict` gives it. Throws InputError for a
 * model that does not classify texts, ConfigError for an activation heed lacks.
 */
export async function scorePairs(
  model: TextReader,
  pairs: readonly TextPair[],
  options: ScorePairsOptions = {},
): Promise<PairScores> {
  expectKeys(options, scorePairsOptions, "scorePairs");
  expectPairs(pairs);
  expectScorer(model);
  const { warnings, warn } = keepWarnings(options.onWarning ?? model.onWarning);
  const activation = activationOf(model, options.activation, warn);
  const prompt = promptOf(model.sentences.settings, options, "scorePairs");
  const rows = await eachRow(
    model,
    pairs.map(([text, pair]) => ({ text: prompt + text, pair })),
    ({ logits }) => activation.apply(logits!), // (B, labels)
    { ...options, warn },
  );
  const labels = labelNames(model.config);
  const data = Float32Array.from(rows.flatMap(({ numbers }) => [...numbers]));
  return {
    scores: new Tensor([rows.length, labels.length], data),
    labels,
    activation: activation.fused ?? (activation.name === "Softmax" ? "softmax" : activation.name),
    tokens: rows.map(({ tokens }) => tokens),
    warnings,
  };
}

/** What is done to the logits: asked for, or named by one of the files that CrossEncoder looks into, in its order. */
function activationOf(
  { label, config, sentences }: TextReader,
  asked: ScorePairsOptions["activation"],
  warn: (message: string) => void,
): TorchActivation {
  if (asked !== undefined) {
    if (!["none", "sigmoid", "softmax"].includes(asked))
      throw new InputError(
        `scorePairs: activation is ${JSON.stringify(asked)}; it can be none, sigmoid or softmax`,
      );
    return torchActivation(
      `torch.nn.${{ none: "Identity", sigmoid: "Sigmoid", softmax: "Softmax" }[asked]}`,
      "scorePairs",
    );
  }
  const { settings, modules } = sentences;
  const own = (config.sentence_transformers ?? {}) as { readonly activation_fn?: unknown };
  const named = [
    modules && settings.modelType === "CrossEncoder"
      ? (["config_sentence_transformers.json", settings.activation] as const)
      : (["", undefined] as const),
    [
      "config.json",
      "activation_fn" in own ? own.activation_fn : config.sbert_ce_default_activation_function,
    ] as const,
  ].find(([, path]) => path !== undefined && path !== null);
  const usual = `torch.nn.${labelCount(config) === 1 ? "Sigmoid" : "Identity"}`;
  const [file, path] = named ?? ["", usual];
  // Code that comes with a checkpoint is run by nobody who was not asked.
  if (typeof path === "string" && !path.startsWith("torch.")) {
    warn(
      `${label}: ${file} names the activation ${JSON.stringify(path)}, which is code of its own; ${usual} is taken, as in sentence-transformers`,
    );
    return torchActivation(usual, label);
  }
  return torchActivation(path, `${label}: ${file}`);
}

function expectScorer({ label, network, sentences }: TextReader): void {
  const { modules, settings } = sentences;
  const other = modules?.find((kind) => kind !== "Transformer");
  if (settings.modelType === "CrossEncoder" && other !== undefined)
    throw new InputError(
      `scorePairs: ${label}: modules.json asks for a module ${other}, which heed does not have in a cross-encoder`,
    );
  if (network.task !== "sequence classification")
    throw new InputError(
      `scorePairs: ${label} has a head for ${network.task}, and pairs are scored by one for sequence classification. Try cross-encoder/ms-marco-MiniLM-L6-v2`,
    );
}

function expectPairs(pairs: readonly TextPair[]): void {
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === "string");
  if (!Array.isArray(pairs) || pairs.length === 0 || !pairs.every(isPair))
    throw new InputError(
      'scorePairs: needs a list of pairs, [["a question", "an answer"], …], at least one',
    );
}
