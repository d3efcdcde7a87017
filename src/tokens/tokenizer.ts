import { InputError } from "../errors/errors.ts";
import { choiceOf, expectFlags, expectKeys } from "../errors/options.ts";
import { type Leading, makeExtractor, readAddedTokens } from "./added-tokens.ts";
import { cleanedUp, readDecoder } from "./decoders.ts";
import type { Definition } from "./definition.ts";
import {
  type BatchOptions,
  batchOptions,
  type EncodeOptions,
  encodeOptions,
  type PadOptions,
  padOptions,
  type StepwiseOptions,
  stepwiseOptions,
} from "./encode-options.ts";
import { type Normalizer, readNormalizer } from "./normalizers.ts";
import { joinSequences, readPostProcessor } from "./post-processors.ts";
import { readPreTokenizer } from "./pre-tokenizers.ts";
import { findSpecialTokens, type SpecialTokens } from "./special-tokens.ts";
import { atOnce, inSteps, type Steps } from "./steps.ts";
import { readModel } from "./subwords/read-model.ts";
import type { Vocabulary } from "./subwords/vocabulary.ts";
import { readPattern } from "./text/pattern.ts";
import { pieceEnd, pieceStart } from "./text/pieces.ts";
import { specialToken, type Token } from "./token.ts";
import { readSource, type TokenizerFiles, type TokenizerSource } from "./tokenizer-files.ts";
import { truncate } from "./truncate.ts";

export type { BatchOptions, EncodeOptions, PadOptions, StepwiseOptions } from "./encode-options.ts";
export type { SpecialToken, SpecialTokenRole, SpecialTokens } from "./special-tokens.ts";
export type { Token } from "./token.ts";
export type { TokenizerFiles } from "./tokenizer-files.ts";
export type { Truncation } from "./truncate.ts";

/** A text, or a pair, as tokens. */
export interface Encoding {
  readonly tokens: readonly Token[];
  readonly ids: readonly number[];
  /** Segment ids. */
  readonly types: readonly number[];
  /** How many tokens `maxLength` cut off. */
  readonly cut: number;
}

/** One input of a batch. */
export type BatchInput = string | { readonly text: string; readonly pair?: string };

/** Rows of one length: (B, T) each, padded on one side. */
export interface PaddedRows {
  readonly ids: readonly (readonly number[])[];
  /** 1 for a token, 0 for padding. */
  readonly mask: readonly (readonly number[])[];
  readonly types: readonly (readonly number[])[];
}

/** Inputs of one length. */
export interface BatchEncoding extends PaddedRows {
  /** Each input by itself, without padding. */
  readonly encodings: readonly Encoding[];
}

/** The languages of a tokenizer that has a token for each. */
export interface Translation {
  readonly codes: readonly string[];
  /** The language of the texts. */
  readonly source: string;
  /** The language that was asked for, and its token, with which what is written begins. */
  readonly target: string | undefined;
  readonly targetId: number | undefined;
  /** The id of a language's token; undefined for a code that there is none for. */
  idOf(code: string): number | undefined;
}

/** Text to tokens and back. */
export interface Tokenizer {
  /** How many tokens there are, added ones included. */
  readonly vocabularySize: number;
  readonly specialTokens: SpecialTokens;
  readonly paddingSide: "left" | "right";
  /** Whether segment ids go into the model where Python's class of this tokenizer prepares the inputs. */
  readonly givesTypes: boolean;
  /** The side of a text that is cut when it is too long. */
  readonly truncationSide: "left" | "right";
  /** The most tokens the model takes, where the files say so. */
  readonly maxLength: number | undefined;
  /** The tokens of a text, or of two, with their character offsets. */
  encode(text: string, options?: EncodeOptions): Encoding;
  /**
   * The same, with a pause for everything else about every 32,000 characters, in which `signal` may end it. Normalizing a text, and cutting
   * it into words, is one step each.
   */
  encodeInSteps(text: string, options?: StepwiseOptions): Promise<Encoding>;
  /** Padding has the id of the padding token, else of the end token, else 0; it lies on `paddingSide` if not said otherwise. */
  encodeBatch(inputs: readonly BatchInput[], options?: BatchOptions): BatchEncoding;
  /** Rows made as long as the longest, or as `length` says, on `paddingSide`. */
  pad(rows: readonly Pick<Encoding, "ids" | "types">[], options?: PadOptions): PaddedRows;
  /**
   * The text of some ids; blanks are cleaned up where the tokenizer's decoder or `clean_up_tokenization_spaces` says so. Special tokens are kept unless skipped; ids without
   * a token (models often have more rows than tokens) give nothing.
   */
  decode(ids: readonly number[], options?: { readonly skipSpecialTokens?: boolean }): string;
  /** The text of tokens by their spelling, by the tokenizer's decoder alone. */
  join(texts: readonly string[]): string;
  /** What the spelling of a word's later pieces begins with, in vocabularies that mark them: "##". */
  readonly continuingPrefix: string | undefined;
  /** The languages it has tokens for; undefined where it has none. */
  readonly languages?: Translation;
  /** How a text that a decoder writes is split, where that is otherwise: Python's `text_target`. */
  readonly target?: { encode(text: string): Encoding };
  /** The id of a token as the vocabulary spells it; undefined when it has none. */
  tokenToId(text: string): number | undefined;
  /** The token of an id as the vocabulary spells it; undefined for an id beyond it. */
  idToToken(id: number): string | undefined;
}

/** A tokenizer from a checkpoint's files. Throws TokenError that names the file and the key for what does not fit. */
export function createTokenizer(files: TokenizerFiles): Tokenizer {
  const source = readSource(files);
  const { definition, place, named, values, paddingSide, truncationSide } = source;
  const at = (key: string) => `${place}: ${key}`;
  const model = readModel(definition.model, at("model"));
  const ownSteps = readNormalizer(definition.normalizer, at("normalizer")) ?? ((source) => source);
  const lower = files.lowerCases ? readNormalizer({ type: "Lowercase" }, "lowerCases") : undefined;
  const normalize: Normalizer = lower ? (source) => ownSteps(lower(source)) : ownSteps;
  const preTokenize = readPreTokenizer(definition.pre_tokenizer, at("pre_tokenizer"));
  const processor = readPostProcessor(definition.post_processor, at("post_processor"));
  const decoder = readDecoder(definition.decoder, at("decoder"));
  const added = readAddedTokens(
    definition.added_tokens,
    model.vocabulary,
    normalize,
    at("added_tokens"),
  );
  const extract = makeExtractor(added, normalize, readLeading(definition, model));
  const addedIds = new Map(added.map((token) => [token.content, token.id]));
  const addedTexts = new Map(added.map((token) => [token.id, token.text]));
  const skipped = new Set(added.filter((token) => token.isSpecial).map((token) => token.content));
  const tokenToId = (text: string) => addedIds.get(text) ?? model.vocabulary.ids.get(text);
  const written = (definition.written as Vocabulary | undefined) ?? model.vocabulary;
  const idToToken = (id: number) => addedTexts.get(id) ?? written.texts[id];
  const specialTokens = findSpecialTokens(named, definition, model.unknown, tokenToId);
  // BPE writes its own blanks, so transformers leaves its texts alone.
  const cleansUp =
    values.clean_up_tokenization_spaces === true &&
    (definition.model as Definition).merges === undefined;
  const padding = {
    id: (specialTokens.pad ?? specialTokens.end)?.id ?? 0,
    type: isXlnet(values, files.modelType) ? 3 : 0,
  };

  const padRows = (
    rows: readonly Pick<Encoding, "ids" | "types">[],
    { paddingSide: side = paddingSide, length: least = 0 }: PadOptions,
  ): PaddedRows => {
    choiceOf(["left", "right"], side, "pad: paddingSide");
    const length = rows.reduce((most, { ids }) => Math.max(most, ids.length), least);
    const pad = (values: readonly number[], filler: number) => {
      const fill = new Array<number>(length - values.length).fill(filler);
      return side === "left" ? [...fill, ...values] : [...values, ...fill];
    };
    return {
      ids: rows.map(({ ids }) => pad(ids, padding.id)),
      mask: rows.map(({ ids }) => pad(new Array<number>(ids.length).fill(1), 0)),
      types: rows.map(({ types }) => pad(types, padding.type)),
    };
  };

  /** Encodes a text, and stops after each step to be called again. */
  function* encodeText(given: string, sequence: 0 | 1): Steps<Token[]> {
    const text = wellFormed(given);
    const tokens: Token[] = [];
    const rest = { sequence, special: false, type: sequence };
    let [word, since] = [0, 0];
    const parts = extract(text);
    yield;
    for (const part of parts) {
      if (part.addedId !== undefined) {
        const start = pieceStart(part, 0);
        const end = pieceEnd(part, part.text.length);
        tokens.push({ id: part.addedId, text: part.text, start, end, word: word++, ...rest });
        continue;
      }
      const pieces = preTokenize(part);
      for (const piece of pieces) {
        if (piece.text === "") continue;
        since += piece.text.length;
        if (since > stepLength) {
          yield;
          since = 0;
        }
        for (const { id, text, start, end } of model.split(piece.text)) {
          tokens.push({
            id,
            text,
            start: pieceStart(piece, start),
            end: pieceEnd(piece, end),
            word,
            ...rest,
          });
        }
        word++;
      }
    }
    return tokens;
  }

  function* encodeWhole(text: string, options: EncodeOptions): Steps<Encoding> {
    const { pair, addSpecialTokens = true, maxLength, truncation, onWarning } = options;
    const whole = [yield* encodeText(text, 0)];
    if (pair !== undefined) whole.push(yield* encodeText(pair, 1));
    expectFlags({ addSpecialTokens }, "encode");
    const room = roomFor(maxLength, addSpecialTokens ? processor.added(pair !== undefined) : 0);
    const { sequences, cut } = truncate(whole, room, truncationSide, truncation);
    const tokens = joinSequences(sequences, [text, pair ?? ""], processor, addSpecialTokens);
    if (cut > 0)
      onWarning?.(
        `tokens: the text has ${tokens.length + cut}, and maxLength is ${maxLength}: ${tokens.length} are kept, ${cut} are cut off. Give a shorter text or a larger maxLength`,
      );
    return {
      tokens,
      ids: tokens.map((token) => token.id),
      types: tokens.map((token) => token.type),
      cut,
    };
  }

  const encode = (text: string, options: EncodeOptions = {}): Encoding => {
    expectKeys(options, encodeOptions, "encode");
    return atOnce(encodeWhole(text, options));
  };

  return {
    vocabularySize: countTokens(model.vocabulary, addedTexts),
    specialTokens,
    paddingSide,
    givesTypes: readGivesTypes(values, files.modelType),
    truncationSide,
    maxLength: readMaxLength(values),
    continuingPrefix: model.continuingPrefix,
    encode,
    async encodeInSteps(text, options = {}) {
      expectKeys(options, stepwiseOptions, "encodeInSteps");
      return inSteps(encodeWhole(text, options), options.signal);
    },
    encodeBatch(inputs, given = {}) {
      expectKeys(given, batchOptions, "encodeBatch");
      const { paddingSide: side, onWarning, ...options } = given;
      const encodings = inputs.map((input, index) => {
        const { text, pair } = typeof input === "string" ? { text: input } : input;
        const own = (message: string) => onWarning?.(`text ${index}: ${message}`);
        return encode(text, { ...options, pair, onWarning: own });
      });
      return { encodings, ...padRows(encodings, { paddingSide: side }) };
    },
    pad(rows, options = {}) {
      expectKeys(options, padOptions, "pad");
      return padRows(rows, options);
    },
    decode(ids, options = {}) {
      expectKeys(options, { skipSpecialTokens: true }, "decode");
      const { skipSpecialTokens = false } = options;
      expectFlags({ skipSpecialTokens }, "decode");
      const texts = [...ids]
        .flatMap((id) => idToToken(id) ?? [])
        .filter((text) => !(skipSpecialTokens && skipped.has(text)));
      const text = decoder(texts).join("");
      return cleansUp ? cleanedUp(text) : text;
    },
    join: (texts) => decoder(texts).join(""),
    tokenToId,
    idToToken,
    languages: readLanguages(source, files, tokenToId),
    target: readTarget(source, files, { encode, tokenToId }),
  };
}

/** What a text may begin with, by the definition's own pattern. */
function readLeading(
  { leading }: Definition,
  { vocabulary, unknown }: ReturnType<typeof readModel>,
): Leading | undefined {
  if (leading === undefined) return undefined;
  const idOf = (text: string) => vocabulary.ids.get(text) ?? vocabulary.ids.get(unknown ?? "") ?? 0;
  return { pattern: readPattern(leading, "leading"), idOf };
}

function readLanguages(
  { languages, values }: TokenizerSource,
  { targetLanguage }: TokenizerFiles,
  tokenToId: Tokenizer["tokenToId"],
): Translation | undefined {
  if (!languages) return undefined;
  const { codes, token = (code: string) => code } = languages;
  const idOf = (code: string) => (codes.includes(code) ? tokenToId(token(code)) : undefined);
  return {
    codes,
    source: values.src_lang as string,
    target: targetLanguage,
    targetId: targetLanguage === undefined ? undefined : idOf(targetLanguage),
    idOf,
  };
}

/** How a decoder's texts are split where that is otherwise: by a model of their own, or with the token of their language. */
function readTarget(
  { target, languages, values }: TokenizerSource,
  files: TokenizerFiles,
  { encode, tokenToId }: Pick<Tokenizer, "encode" | "tokenToId">,
): Tokenizer["target"] {
  const source = languages && (languages.token?.(String(values.src_lang)) ?? values.src_lang);
  const ends = () => encode("").tokens.filter(({ text }) => text !== source);
  const around = (whole: Encoding, before: readonly Token[], behind: readonly Token[]) => {
    const tokens = [...before, ...whole.tokens, ...behind];
    return { ...whole, tokens, ids: tokens.map(({ id }) => id), types: tokens.map(() => 0) };
  };
  if (target) {
    const own = createTokenizer({ tokenizerJson: target, lowerCases: files.lowerCases });
    return { encode: (text) => around(own.encode(text, { addSpecialTokens: false }), [], ends()) };
  }
  const code = values.tgt_lang;
  if (!languages || typeof code !== "string") return undefined;
  const isBefore = languages.isBefore !== false && values.legacy_behaviour !== true;
  const text = languages.token?.(code) ?? code;
  return {
    encode(given) {
      const whole = encode(given, { addSpecialTokens: false });
      const language = [specialToken(tokenToId(text)!, text, 0)];
      return isBefore
        ? around(whole, language, ends())
        : around(whole, [], [...ends(), ...language]);
    },
  };
}

/** Characters of words between two pauses: a few milliseconds. */
const stepLength = 32_768;

function countTokens({ ids, texts }: Vocabulary, added: ReadonlyMap<number, string>): number {
  let count = ids.size;
  for (const id of added.keys()) if (texts[id] === undefined) count++;
  return count;
}

/** Lone halves of surrogate pairs become U+FFFD, as in any text that went through UTF-8. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

function roomFor(maxLength: number | undefined, added: number): number {
  if (maxLength === undefined) return Number.POSITIVE_INFINITY;
  if (Number.isInteger(maxLength) && maxLength >= added) return maxLength - added;
  throw new InputError(
    `maxLength must be a whole number from ${added} up (the special tokens need that many), got ${maxLength}.`,
  );
}

function isXlnet(config: Definition, modelType: string | undefined): boolean {
  const { tokenizer_class: named } = config;
  return typeof named === "string" ? /^XLNet/.test(named) : modelType === "xlnet";
}

/** As transformers 5 has it: what `model_input_names` says, else what the class does; the generic class gives none. */
function readGivesTypes(config: Definition, modelType: string | undefined): boolean {
  const { model_input_names: names, tokenizer_class: named } = config;
  if (Array.isArray(names)) return names.includes("token_type_ids");
  if (typeof named === "string") return /^(Bert|Electra|MobileBert)Tokenizer/.test(named);
  return ["bert", "mobilebert"].includes(modelType ?? "");
}

/** `model_max_length`; some files carry 10³⁰ for "no limit". */
function readMaxLength(config: Definition): number | undefined {
  const length = config.model_max_length;
  return typeof length === "number" && Number.isInteger(length) && length > 0 && length < 1e9
    ? length
    : undefined;
}
