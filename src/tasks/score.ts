import { InputError } from "../errors/errors.ts";
import { expectFlags, expectKeys } from "../errors/options.ts";
import type { TensorInput, TextInput } from "../models/inputs.ts";
import type { LoadedModel, RunOptions } from "../models/loaded-model.ts";
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

const scoreOptions = Object.keys({
  pseudo: true,
  signal: true,
  onWarning: true,
} satisfies Record<keyof ScoreOptions, true>);

/** Rows that are run at once where each token is hidden in turn. */
const atOnce = 16;

/**
 * The log-probability of every token of a text, or of a row of ids, given those before it; with `pseudo` given all others. Throws InputError for
 * models that tell no probabilities of tokens.
 */
export async function score(
  model: LoadedModel,
  input: TextInput | readonly number[],
  options: ScoreOptions = {},
): Promise<TextScore> {
  expectKeys(options, scoreOptions, "score");
  expectFlags({ pseudo: options.pseudo }, "score");
  const { pseudo = false, ...rest } = options;
  const isMasked = model.task === "masked language modeling";
  const isWriter = model.generates && model.dimensions.decoderLayers === undefined;
  if (pseudo && !isMasked)
    throw new InputError(
      `${model.label}: pseudo hides one token after the other, and this model fills no masks. Leave it out`,
    );
  if (!isWriter && !pseudo)
    throw new InputError(
      isMasked
        ? `${model.label} fills masks and tells no probability of a token by those before it. With pseudo: true (--pseudo) every token is hidden in turn`
        : `score: ${model.label} tells no probabilities of tokens. Some that do: openai-community/gpt2, HuggingFaceTB/SmolLM-135M`,
    );
  const { tokens, logs, warnings } = pseudo
    ? await scoreHidden(model, input, rest)
    : await scoreInOrder(model, input, rest);
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
