/** What is done to scores before the next token is chosen, whether by chance or not. Names are those of transformers, in camelCase. */
export interface ProcessorOptions {
  /** Logits of tokens that are there already are divided by this where positive, multiplied where negative (Keskar et al. 2019). */
  readonly repetitionPenalty?: number;
  /** The same over what an encoder read (of a decoder: the prompt), the other way round: above 1 its tokens become likelier. */
  readonly encoderRepetitionPenalty?: number;
  /** Taken from the logit of every token written before, as OpenAI and vLLM define it; the prompt does not count. */
  readonly presencePenalty?: number;
  /** Taken from it once for each time it was written, as OpenAI and vLLM define it. */
  readonly frequencyPenalty?: number;
  /** No sequence of so many tokens comes twice; 0 for any. */
  readonly noRepeatNgramSize?: number;
  /** No sequence of so many tokens is written that the encoder read. */
  readonly encoderNoRepeatNgramSize?: number;
  /** Sequences of ids that are never written. */
  readonly badWordsIds?: readonly (readonly number[])[];
  /** What is added to the logit of the last id of a sequence, where its other ids stand before it. */
  readonly sequenceBias?: readonly (readonly [readonly number[], number])[];
  /** No end before the text has so many tokens, the prompt's included. */
  readonly minLength?: number;
  /** No end before so many tokens are written. */
  readonly minNewTokens?: number;
  /** The id that is written first, behind a decoder's first token. */
  readonly forcedBosTokenId?: number;
  /** The id, or ids, written last where a text gets as long as it may. */
  readonly forcedEosTokenId?: number | readonly number[];
  /** `[n, factor]`: from n tokens on, ends become likelier by that factor for each token. */
  readonly exponentialDecayLengthPenalty?: readonly [number, number];
  /** Ids that are never written. */
  readonly suppressTokens?: readonly number[];
  /** Ids that are not written first. */
  readonly beginSuppressTokens?: readonly number[];
  /** Logits that are no finite numbers become 0, or the largest there are. */
  readonly removeInvalidValues?: boolean;
  /** The probabilities that are left sum to 1 again; of weight for beams only. */
  readonly renormalizeLogits?: boolean;
}

/** Whether chance chooses, and among what. */
export interface SamplingOptions extends Pick<ProcessorOptions, "repetitionPenalty"> {
  /** Whether chance chooses; without it, it does where one of the options below is given, or generation_config.json says so. */
  readonly doSample?: boolean;
  /** What the logits are divided by before the softmax; 1 where nothing is said, 0 for the likeliest token. */
  readonly temperature?: number;
  /** Only the k likeliest tokens, and those exactly as likely as the k-th; 0 for all. 50 with `doSample` where nothing is said, as in transformers. */
  readonly topK?: number;
  /** Only the likeliest tokens that together have this probability; from 0 (one token) to 1 (all). */
  readonly topP?: number;
  /** Only tokens at least this share as likely as the likeliest. */
  readonly minP?: number;
  /** Only the likeliest tokens that together have this share of the entropy, of the first hundred (Potraghloo et al. 2025). */
  readonly topH?: number;
  /** Only tokens about as surprising as expected, that together have this probability (Meister et al. 2022). */
  readonly typicalP?: number;
  /** Only tokens with at least this probability. */
  readonly epsilonCutoff?: number;
  /** The same, less strict where many tokens are likely (Hewitt et al. 2022). */
  readonly etaCutoff?: number;
  /** The same seed chooses the same tokens: a whole number from 0 to 2³² − 1. */
  readonly seed?: number;
}

/** Several texts at once, and how they are compared. */
export interface BeamOptions {
  /** Texts that are followed at once, of which the likeliest is given; 1 for no search. */
  readonly numBeams?: number;
  /** A text's log-probability is divided by its new tokens to this power: above 0 longer texts are preferred. */
  readonly lengthPenalty?: number;
  /** Whether a search ends as soon as it has as many texts as beams; "never" goes on until none can become better. */
  readonly earlyStopping?: boolean | "never";
  /** How many texts are given for each prompt. */
  readonly numReturnSequences?: number;
}

/** How long a text becomes. */
export interface LengthOptions {
  /** The most tokens to write behind each prompt; where neither it, maxLength nor generation_config.json says it, 40. */
  readonly maxNewTokens?: number;
  /** The most tokens of a text, its prompt's included; maxNewTokens comes before it. */
  readonly maxLength?: number;
  /** Texts that end a row where they are met; they are no part of its text. */
  readonly stop?: readonly string[];
  /** Ids that end a row, instead of those the checkpoint names; [] for none. */
  readonly endIds?: readonly number[];
}

/** Everything that decides what is written; what is left out comes from generation_config.json, as transformers takes it. */
export interface WritingOptions
  extends ProcessorOptions,
    SamplingOptions,
    BeamOptions,
    LengthOptions {}

interface Rule {
  holds(value: unknown): boolean;
  /** "it must be …" */
  readonly says: string;
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);
const isId = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
const isIds = (value: unknown): value is number[] => Array.isArray(value) && value.every(isId);
const wholeFrom = (least: number): Rule => ({
  holds: (value) => Number.isInteger(value) && (value as number) >= least,
  says: `a whole number from ${least}`,
});
const share: Rule = {
  holds: (value) => isNumber(value) && value >= 0 && value <= 1,
  says: "a number from 0 to 1",
};
const aboveZero: Rule = {
  holds: (value) => isNumber(value) && value > 0,
  says: "a number above 0",
};
const number: Rule = { holds: isNumber, says: "a number" };
const yesOrNo: Rule = { holds: (value) => typeof value === "boolean", says: "true or false" };
const ids: Rule = { holds: isIds, says: "a list of ids" };
const aboveZeroToOne: Rule = {
  holds: (value) => isNumber(value) && value > 0 && value <= 1,
  says: "a number above 0, up to 1",
};

/** What each option may be, by name. */
export const optionRules: Readonly<Record<keyof WritingOptions, Rule>> = {
  maxNewTokens: wholeFrom(1),
  maxLength: wholeFrom(1),
  stop: {
    holds: (value) =>
      Array.isArray(value) && value.every((text) => typeof text === "string" && text !== ""),
    says: "a list of texts, none of them empty",
  },
  endIds: { holds: isIds, says: "a list of ids; [] for none" },
  repetitionPenalty: aboveZero,
  encoderRepetitionPenalty: aboveZero,
  presencePenalty: number,
  frequencyPenalty: number,
  noRepeatNgramSize: wholeFrom(0),
  encoderNoRepeatNgramSize: wholeFrom(0),
  badWordsIds: {
    holds: (value) => Array.isArray(value) && value.every((word) => isIds(word) && word.length > 0),
    says: "a list of lists of ids, none of them empty",
  },
  sequenceBias: {
    holds: (value) =>
      Array.isArray(value) &&
      value.every(
        (one) =>
          Array.isArray(one) &&
          one.length === 2 &&
          isIds(one[0]) &&
          one[0].length > 0 &&
          isNumber(one[1]),
      ),
    says: "a list of [ids, what is added]",
  },
  minLength: wholeFrom(0),
  minNewTokens: wholeFrom(0),
  forcedBosTokenId: { holds: isId, says: "an id" },
  forcedEosTokenId: { holds: (value) => isId(value) || isIds(value), says: "an id, or ids" },
  exponentialDecayLengthPenalty: {
    holds: (value) => Array.isArray(value) && value.length === 2 && value.every(isNumber),
    says: "two numbers: tokens, and a factor",
  },
  suppressTokens: ids,
  beginSuppressTokens: ids,
  removeInvalidValues: yesOrNo,
  renormalizeLogits: yesOrNo,
  doSample: yesOrNo,
  temperature: {
    holds: (value) => isNumber(value) && value >= 0,
    says: "a number from 0",
  },
  topK: { ...wholeFrom(0), says: "a whole number from 1, or 0 for all" },
  topP: share,
  minP: share,
  topH: aboveZeroToOne,
  typicalP: aboveZeroToOne,
  epsilonCutoff: share,
  etaCutoff: share,
  seed: {
    holds: (value) => isId(value) && value < 2 ** 32,
    says: "a whole number from 0 to 2³² − 1",
  },
  numBeams: wholeFrom(1),
  lengthPenalty: number,
  earlyStopping: {
    holds: (value) => typeof value === "boolean" || value === "never",
    says: 'true, false or "never"',
  },
  numReturnSequences: wholeFrom(1),
};
