import { InputError } from "../errors/errors.ts";
import { expectFlags, expectKeys, type KeysOf } from "../errors/options.ts";
import type { Network } from "../families/family.ts";
import { targetTokens } from "../models/inputs/target-inputs.ts";
import type { TensorInput, TextInput } from "../models/inputs.ts";
import type { LoadedModel, RunOptions } from "../models/loaded-model.ts";
import type { Run } from "../models/run.ts";
import { textTokens } from "../probe/text-tokens.ts";
import type { TextToken } from "../probe/words.ts";

/** How a text is scored. */
export interface ScoreOptions extends Pick<RunOptions, "signal" | "onWarning"> {
  /** Models that fill masks: each token is hidden in turn and scored by all others (Salazar et al. 2020), with a pass for each token. */
  readonly pseudo?: boolean;
}

/** One token of a scored text. */
export interface TokenScore {
  readonly token: TextToken;
  /** Natural logarithm of its probability; undefined for what nothing stands before, and for special tokens around a text. */
  readonly logProbability: number | undefined;
  /** −log₂ of its probability: bits. */
  readonly surprisal: number | undefined;
}

/** How probable a text is. */
export interface TextScore {
  readonly tokens: readonly TokenScore[];
  /** Tokens that have a probability. */
  readonly count: number;
  /** Sum of their logarithms. */
  readonly logProbability: number;
  /** e to the negative mean of the logarithms. */
  readonly perplexity: number;
  /** Mean surprisal: bits a token. */
  readonly bits: number;
  readonly warnings: readonly string[];
}

const scoreOptions: KeysOf<ScoreOptions> = {
  pseudo: true,
  signal: true,
  onWarning: true,
};

/** Rows that are run at once where each token is hidden in turn. */
const atOnce = 16;

/** What is scored: a text or a row of ids; with a target, or decoderIds behind the one a decoder begins with, that beside it. */
export type ScoreInput =
  | TextInput
  | readonly number[]
  | Required<Pick<TensorInput, "ids" | "decoderIds">>;

/**
 * The log-probability of every token of a text, or of a row of ids, given those before it; with `pseudo` given all others. Encoder-decoders
 * score a target behind a text, its end included: the mean is what Python's `model(…, labels)` calls the loss. Throws InputError for models that
 * tell no probabilities of tokens, and for encoder-decoders without a target.
 */
export async function score(
  { model, network }: ScoredModel,
  input: ScoreInput,
  options: ScoreOptions = {},
): Promise<TextScore> {
  expectKeys(options, scoreOptions, "score");
  expectFlags({ pseudo: options.pseudo }, "score");
  const { pseudo = false, ...rest } = options;
  const isMasked = model.task === "masked language modeling";
  const isTranslator = model.generates && model.dimensions.decoderLayers !== undefined;
  if (pseudo && !isMasked)
    throw new InputError(
      `${model.label}: pseudo hides one token after the other, and this model fills no masks. Leave it out`,
    );
  if (!isTranslator && isObject(input) && ("decoderIds" in input || input.target !== undefined))
    throw new InputError(
      `${model.label} has no decoder beside an encoder, so it scores no target. Leave it out`,
    );
  if (!model.generates && !pseudo)
    throw new InputError(
      isMasked
        ? `${model.label} fills masks and tells no probability of a token by those before it. With pseudo: true (--pseudo) every token is hidden in turn`
        : `score: ${model.label} tells no probabilities of tokens. Some that do: openai-community/gpt2, HuggingFaceTB/SmolLM-135M`,
    );
  const { tokens, logs, warnings } = isTranslator
    ? await scoreTarget({ model, network }, input, rest)
    : pseudo
      ? await scoreHidden(model, input as ScoredText, rest)
      : await scoreInOrder(model, input as ScoredText, rest);
  const known = logs.filter((log) => log !== undefined);
  if (known.length === 0)
    throw new InputError("score: the text has one token, and nothing stands before it. Give more");
  const sum = known.reduce((total, log) => total + log, 0);
  return {
    tokens: tokens.map((token, place) => ({
      token,
      logProbability: logs[place],
      surprisal: logs[place] === undefined ? undefined : -logs[place] / Math.LN2,
    })),
    count: known.length,
    logProbability: sum,
    perplexity: Math.exp(-sum / known.length),
    bits: -sum / known.length / Math.LN2,
    warnings,
  };
}

/** A model, and what says how it reads targets. */
interface ScoredModel {
  readonly model: LoadedModel;
  readonly network: Network;
}

type ScoredText = TextInput | readonly number[];

function isObject(input: ScoreInput): input is Exclude<ScoreInput, string | readonly number[]> {
  return typeof input === "object" && !Array.isArray(input);
}

interface Scored {
  readonly tokens: readonly TextToken[];
  readonly logs: readonly (number | undefined)[];
  readonly warnings: readonly string[];
}

async function scoreInOrder(
  model: LoadedModel,
  input: TextInput | readonly number[],
  options: RunOptions,
): Promise<Scored> {
  const { tokens, output, warnings } = await model.run(asInput(input), options);
  const [row] = tokens as readonly [readonly TextToken[]];
  const V = output.logits!.shape[2]!;
  const logs = row.map(({ id }, place) =>
    place === 0
      ? undefined
      : logProbability(output.logits!.data.subarray((place - 1) * V, place * V), id),
  );
  return { tokens: row, logs, warnings };
}

/** Every token of a target behind those before it and the text, as transformers' `labels` are: what ends it counts. */
async function scoreTarget(
  { model, network }: ScoredModel,
  input: ScoreInput,
  options: RunOptions,
): Promise<Scored> {
  if (network.audio)
    throw new InputError(
      `score: ${model.label} reads sound, and a target is scored behind a text alone. The logits of what it says of a sound are a run's: model.run({ ...sound, target })`,
    );
  const target = isObject(input) && "text" in input ? input.target : undefined;
  const isGiven = isObject(input) && "decoderIds" in input && input.decoderIds.length === 1;
  if (target === undefined && !isGiven)
    throw new InputError(
      `score: ${model.label} writes a target behind a text, and none is given. Give it: { text, target }, or ids with decoderIds, one row of each (--decoder)`,
    );
  const first = await model.run(input as TextInput | TensorInput, options);
  const [read] = first.decoderTokens as readonly [readonly TextToken[]];
  const tokens =
    target === undefined
      ? read.slice(1)
      : textTokens(targetTokens(target, { network, tokenizer: model.tokenizer }), [target]);
  const ids = [read[0]!.id, ...tokens.slice(0, -1).map(({ id }) => id)];
  // Behind its end a target may have the token of its language, which a run does not read.
  const isRead = ids.length <= read.length;
  const { output, warnings } = isRead
    ? first
    : await model.run({ ids: rowsOf(first), decoderIds: [ids] }, options);
  const logs = tokens.map(({ id }, place) =>
    logProbability(output.logits!.select(0, place).data, id),
  );
  return { tokens, logs, warnings: isRead ? warnings : [...first.warnings, ...warnings] };
}

function rowsOf({ inputs }: Run): number[][] {
  return [[...inputs.ids!]];
}

async function scoreHidden(
  model: LoadedModel,
  input: TextInput | readonly number[],
  options: RunOptions,
): Promise<Scored> {
  const mask = model.tokenizer?.specialTokens.mask;
  if (!mask) throw new InputError(`score: ${model.label} has no tokenizer with a mask token`);
  const { tokens, inputs, warnings } = await model.run(asInput(input), {
    ...options,
    output: false,
  });
  const [row] = tokens as readonly [readonly TextToken[]];
  const places = [...row.keys()].filter((place) => !row[place]!.special);
  const logs = new Array<number | undefined>(row.length).fill(undefined);
  const ids = row.map(({ id }) => id);
  const types = inputs.types && [...inputs.types];
  for (let first = 0; first < places.length; first += atOnce) {
    const some = places.slice(first, first + atOnce);
    const hidden: TensorInput = {
      ids: some.map((place) => ids.with(place, mask.id)),
      types: types && some.map(() => types),
    };
    const { output } = await model.run(hidden, options);
    for (const [at, place] of some.entries())
      logs[place] = logProbability(output.logits!.select(at, place).data, ids[place]!);
  }
  return { tokens: row, logs, warnings };
}

function asInput(input: TextInput | readonly number[]) {
  return Array.isArray(input) ? [[...(input as readonly number[])]] : (input as TextInput);
}

/** The logarithm of an id's part of the softmax of logits (V). */
function logProbability(logits: Float32Array, id: number): number {
  let most = -Infinity;
  for (const logit of logits) if (logit > most) most = logit;
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - most);
  return logits[id]! - most - Math.log(total);
}
