import { InputError } from "../../errors/errors.ts";
import { expectKeys, type KeysOf } from "../../errors/options.ts";
import { short } from "../../errors/visible.ts";
import { keepWarnings } from "../../errors/warnings.ts";
import { labelNames, type Outputs } from "../../families/family.ts";
import type { Inputs } from "../../families/inputs.ts";
import { type LogitScore, logitScore } from "../../families/sentence/logit-score.ts";
import { type TorchActivation, torchActivation } from "../../families/sentence/torch-activation.ts";
import type { TextToken } from "../../probe/words.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import type { Program } from "../../tensor/program.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { lostRoles, messageForm, pairMessages } from "./messages.ts";
import { eachRow, promptOf, type RowText, type TextReader } from "./text-rows.ts";

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

const scorePairsOptions: KeysOf<ScorePairsOptions> = {
  activation: true,
  prompt: true,
  promptName: true,
  maxLength: true,
  batchSize: true,
  signal: true,
  onWarning: true,
};

/** Scores of pairs. */
export interface PairScores {
  /** (pairs, labels), in the order the pairs were given. */
  readonly scores: Tensor;
  /** Names of the labels; a cross-encoder with one gives how well two texts belong together. */
  readonly labels: readonly string[];
  /** What was done to the logits: "sigmoid", "softmax", "linear" for nothing, …; of what transformers has no name for, the class of torch.nn: "Softplus". */
  readonly activation: string;
  /** How pairs are read and scored, in words. */
  readonly how: string;
  readonly tokens: readonly (readonly TextToken[])[];
  readonly warnings: readonly string[];
}

/**
 * What a cross-encoder says of pairs of texts, as sentence-transformers' `CrossEncoder.predict` gives it: by a head for classes, or by how
 * much likelier a language model writes one word than another behind the pair. Throws InputError for a model that does neither,
 * ConfigError for an activation heed lacks.
 */
export async function scorePairs(
  model: TextReader,
  pairs: readonly TextPair[],
  options: ScorePairsOptions = {},
): Promise<PairScores> {
  expectKeys(options, scorePairsOptions, "scorePairs");
  expectPairs(pairs);
  const scorer = scorerOf(model);
  const { warnings, warn } = keepWarnings(options.onWarning ?? model.onWarning);
  const labels = scorer ? ["score"] : labelNames(model.config);
  const activation = activationOf(model, options.activation, labels.length, warn);
  const prompt = promptOf(model.sentences.settings, options, "scorePairs");
  const texts = await pairTexts(model, pairs, prompt, warn);
  const rows = await eachRow(
    model,
    texts,
    (outputs, inputs, program) =>
      activation.apply(scorer?.score(outputs, inputs, program) ?? outputs.logits!), // (B, labels)
    { ...options, paddingSide: scorer && "left", warn },
  );
  const data = Float32Array.from(rows.flatMap(({ numbers }) => [...numbers]));
  return {
    scores: new Tensor([rows.length, labels.length], data),
    labels,
    activation: activation.fused ?? (activation.name === "Softmax" ? "softmax" : activation.name),
    how: `${scorer?.how ?? "by its head"}${texts[0]?.end ? ", each pair a chat in its template" : ""}`,
    tokens: rows.map(({ tokens }) => tokens),
    warnings,
  };
}

/** What is done to the logits: asked for, or named by one of the files that CrossEncoder looks into, in its order. */
function activationOf(
  { label, config, sentences }: TextReader,
  asked: ScorePairsOptions["activation"],
  labels: number,
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
  const usual = `torch.nn.${labels === 1 ? "Sigmoid" : "Identity"}`;
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

/** What goes into the model for each pair: both texts, or a chat that the template writes of them. */
async function pairTexts(
  model: TextReader,
  pairs: readonly TextPair[],
  prompt: string,
  warn: (message: string) => void,
): Promise<RowText[]> {
  const form = messageForm(model);
  if (form) {
    const lost = await lostRoles(model, form);
    if (lost === undefined) return pairMessages(model, pairs, prompt, form);
    // A checkpoint's own files may ask for messages; one that nobody saved so is read as texts where its template has no place for pairs.
    if (model.sentences.modules)
      throw new InputError(
        `scorePairs: ${model.label}: its files ask for pairs as messages of the roles query and document, and ${lost}. Give it a chat template that writes both (chat_template.jinja)`,
      );
    warn(
      `${model.label}: its chat template writes no messages of the roles query and document, so pairs are read as two texts; sentence-transformers 6 refuses them`,
    );
  }
  return pairs.map(([text, pair]) => ({ text: prompt + text, pair }));
}

/** A language model's way to score. */
interface Scorer {
  readonly how: string;
  readonly score: (outputs: Outputs, inputs: Inputs, program: Program) => LazyTensor;
}

/** How a language model scores, by the words it would write next; undefined for a head that scores. Throws InputError for a model that does neither. */
function scorerOf(model: TextReader): Scorer | undefined {
  const { label, network, sentences } = model;
  const { modules, settings } = sentences;
  const other = modules?.find((kind) => kind !== "Transformer" && kind !== "LogitScore");
  if (settings.modelType === "CrossEncoder" && (other ?? settings.refused) !== undefined)
    throw new InputError(
      `scorePairs: ${label}: ${other === undefined ? settings.refused : `modules.json asks for a module ${other}, which heed does not have in a cross-encoder`}`,
    );
  if (network.task === "sequence classification") return undefined;
  const words = sentences.logitScore ?? yesOrNo(model);
  const { readout } = network;
  if (network.task !== "language modeling" || !network.isCausal || !readout || !words)
    throw new InputError(
      `scorePairs: ${label} has a head for ${network.task}${network.isCausal ? ' and its tokenizer has no words "yes" and "no"' : ""}; pairs are scored by one for sequence classification, or by a language model's "yes" and "no". Try cross-encoder/ms-marco-MiniLM-L6-v2`,
    );
  const { vocabulary } = network.dimensions;
  for (const id of [words.trueId, words.falseId ?? 0])
    if (id >= vocabulary)
      throw new InputError(
        `scorePairs: ${label}: its LogitScore reads the logit of token ${id}, and its vocabulary has ids 0 to ${vocabulary - 1}`,
      );
  const named = (id: number) =>
    JSON.stringify(short(model.tokenizer?.idToToken(id) ?? `token ${id}`));
  const less = words.falseId === undefined ? "" : ` less that of ${named(words.falseId)}`;
  return {
    how: `by the logit of ${named(words.trueId)}${less} behind the pair`,
    score: (outputs, inputs, program) => logitScore(outputs, readout, inputs, words, program),
  };
}

/** The words that sentence-transformers takes where a language model was not saved as a cross-encoder. */
function yesOrNo({ tokenizer, sentences }: TextReader): LogitScore | undefined {
  if (sentences.modules) return undefined;
  const [trueId, falseId] = ["yes", "no"].map((word) => tokenizer?.tokenToId(word));
  return trueId === undefined || falseId === undefined ? undefined : { trueId, falseId };
}

function expectPairs(pairs: readonly TextPair[]): void {
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === "string");
  if (!Array.isArray(pairs) || pairs.length === 0 || !pairs.every(isPair))
    throw new InputError(
      'scorePairs: needs a list of pairs, [["a question", "an answer"], …], at least one',
    );
}
