import { TokenError } from "../../errors/errors.ts";
import { type Definition, readBoolean } from "../definition.ts";
import { readSentencePiece, type SentencePieceModel } from "../sentence-piece-file.ts";
import { nameOf } from "../special-tokens.ts";
import { readVocabulary, type Vocabulary } from "../subwords/vocabulary.ts";
import { m2m100Languages } from "./languages.ts";
import { exactPieces, piecesDecoder } from "./pieces.ts";
import { addedTokens, type Settings } from "./settings.ts";
import { type Languages, namesOf, template, tokensOf } from "./tokenizer-class.ts";

/** Files of the classes that run SentencePiece itself: a model for each side, and ids of their own. */
export interface PieceFiles {
  readonly sentencePiece?: Uint8Array;
  readonly sourcePieces?: Uint8Array;
  readonly targetPieces?: Uint8Array;
  readonly vocabJson?: unknown;
  readonly targetVocabJson?: unknown;
}

/** A tokenizer in tokenizer.json's terms, and what is put in or found beside it. */
export interface BuiltOfPieces {
  readonly definition: Definition;
  readonly named: Definition;
  /** How what a decoder reads is split. */
  readonly target?: Definition;
  readonly place: string;
}

/** A class of transformers that has no tokenizer.json: SentencePiece splits, and a table of its own gives the ids. */
export interface PieceClass {
  readonly tokens: Definition;
  readonly languages?: (values: Definition) => Languages;
  /** The files it is made of; undefined when they are not all there. */
  readonly isThere: (files: PieceFiles) => boolean;
  readonly needs: string;
  build(files: PieceFiles, settings: Settings): BuiltOfPieces;
}

const ends = { eos_token: "</s>", unk_token: "<unk>", pad_token: "<pad>" };

/** MarianTokenizer: a SentencePiece model for each language; a text may begin with the language it is to be translated to (`>>fra<<`). */
export const marian: PieceClass = {
  tokens: ends,
  isThere: ({ sourcePieces, targetPieces, vocabJson }) =>
    sourcePieces !== undefined && targetPieces !== undefined && vocabJson !== undefined,
  needs: "source.spm, target.spm and vocab.json",
  build(files, settings) {
    const { values } = settings;
    const isApart = readBoolean(values, "separate_vocabs", "tokenizer_config.json", false);
    if (isApart && files.targetVocabJson === undefined)
      throw new TokenError(
        "tokenizer_config.json: separate_vocabs is true, so target_vocab.json is needed, and it is not there. Is the folder complete?",
      );
    const source = readSentencePiece(files.sourcePieces!, "source.spm");
    const target = readSentencePiece(files.targetPieces!, "target.spm");
    const vocabulary = readVocabulary(files.vocabJson, "vocab.json");
    const written = isApart
      ? readVocabulary(files.targetVocabJson, "target_vocab.json")
      : vocabulary;
    const named = tokensOf(values, marian.tokens);
    const { eos_token: end = "</s>", unk_token: unknown = "<unk>" } = namesOf(
      values,
      marian.tokens,
    );
    const common = {
      added_tokens: addedTokens(settings, Object.values(named), listOf(values), {
        listed: [],
        vocabulary: vocabulary.ids,
      }),
      leading: { Regex: ">>[^]*?<<" },
      post_processor: template(`$A ${end}`, `$A:0 $B:1 ${end}:1`, (text) =>
        vocabulary.ids.get(text),
      ),
    };
    const special = specialOf(common.added_tokens);
    return {
      named,
      place: "source.spm and vocab.json",
      definition: {
        ...exactPieces(source),
        ...common,
        model: numbered(source, vocabulary, unknown),
        // Python spells what is read and what is written by the source's model, unless each has a table of its own.
        decoder: piecesDecoder(isApart ? target : source, { special, after: " ", spells: true }),
        written: isApart ? written : undefined,
      },
      target: { ...exactPieces(target), ...common, model: numbered(target, written, unknown) },
    };
  },
};

/** M2M100Tokenizer: one SentencePiece model and ids of its own; the source language comes before a text. */
export const m2m100: PieceClass = {
  tokens: { ...ends, bos_token: "<s>", sep_token: "</s>" },
  languages: (values) => ({
    codes: m2m100Languages[codesOf(values)] ?? [],
    source: "en",
    token: (code) => `__${code}__`,
  }),
  isThere: ({ sentencePiece, vocabJson }) => sentencePiece !== undefined && vocabJson !== undefined,
  needs: "vocab.json and sentencepiece.bpe.model",
  build(files, settings) {
    const { values } = settings;
    const codes = m2m100Languages[codesOf(values)];
    if (!codes)
      throw new TokenError(
        `tokenizer_config.json: language_codes is ${JSON.stringify(values.language_codes)}; heed knows ${Object.keys(m2m100Languages).join(" and ")}. Give the languages' ids yourself, and run the model on ids`,
      );
    const file = readSentencePiece(files.sentencePiece!, "sentencepiece.bpe.model");
    const own = readVocabulary(files.vocabJson, "vocab.json");
    // Languages come after the table, which has as many ids as tokens.
    const ids = new Map(own.ids);
    for (const [place, code] of codes.entries()) ids.set(`__${code}__`, own.ids.size + place);
    const named = tokensOf(values, m2m100.tokens);
    const { eos_token: end = "</s>", unk_token: unknown = "<unk>" } = namesOf(
      values,
      m2m100.tokens,
    );
    const added = addedTokens(settings, Object.values(named), listOf(values), {
      listed: [],
      vocabulary: ids,
    });
    const source = `__${typeof values.src_lang === "string" ? values.src_lang : "en"}__`;
    return {
      named,
      place: "sentencepiece.bpe.model and vocab.json",
      definition: {
        ...exactPieces(file),
        added_tokens: added,
        model: numbered(file, readVocabulary(ids, "vocab.json"), unknown),
        decoder: piecesDecoder(file, { special: specialOf(added) }),
        post_processor: template(`${source} $A ${end}`, `${source}:0 $A:0 $B:1 ${end}:1`, (text) =>
          ids.get(text),
        ),
      },
    };
  },
};

const siglipToken = (content: string) => ({
  content,
  lstrip: true,
  rstrip: true,
  normalized: false,
  special: true,
});

/** SiglipTokenizer: lower case without ASCII's punctuation, and one blank between words; an end comes after a text. */
export const siglip: PieceClass = {
  tokens: {
    eos_token: siglipToken("</s>"),
    unk_token: siglipToken("<unk>"),
    pad_token: siglipToken("</s>"),
  },
  isThere: ({ sentencePiece }) => sentencePiece !== undefined,
  needs: "spiece.model",
  build(files, settings) {
    const { values } = settings;
    const file = readSentencePiece(files.sentencePiece!, "spiece.model");
    const ids = new Map(file.pieces.map(({ text }, id) => [text, id]));
    const flagged = Object.fromEntries(
      Object.entries(values).map(([key, value]) =>
        typeof value === "string" && key in siglip.tokens
          ? [key, siglipToken(value)]
          : [key, value],
      ),
    );
    const named = tokensOf(flagged, siglip.tokens);
    const { eos_token: end = "</s>", unk_token: unknown = "<unk>" } = namesOf(
      values,
      siglip.tokens,
    );
    const isLower = readBoolean(values, "do_lower_case", "tokenizer_config.json", true);
    const replace = (pattern: string, content: string) => ({
      type: "Replace",
      pattern: { Regex: pattern },
      content,
    });
    const added = addedTokens(settings, Object.values(named), listOf(values), {
      listed: [],
      vocabulary: ids,
    });
    const { normalizers } = exactPieces(file).normalizer as {
      readonly normalizers: readonly Definition[];
    };
    return {
      named,
      place: "spiece.model",
      definition: {
        added_tokens: added,
        normalizer: {
          type: "Sequence",
          normalizers: [
            replace("▁", " "),
            // The sign before the first word stands before the text is tidied, so a blank there stays.
            { type: "Prepend", prepend: "▁", first: true },
            ...(isLower ? [replace("(?<=\\p{L})Σ(?!\\p{L})", "ς"), { type: "Lowercase" }] : []),
            replace("[!-/:-@\\[-`{-~]", ""),
            replace("[\\s\\x1c-\\x1f\\x85]+", " "),
            { type: "Strip", strip_left: true, strip_right: true },
            // The sign is there already, and with a token before it, so that it is no blank at the start.
            ...normalizers
              .filter(({ content }) => content !== "▁▁")
              .map((step) => (isTrimming(step) ? replace(" +(?![^])", "") : step)),
          ],
        },
        pre_tokenizer: null,
        model: numbered(file, readVocabulary(ids, "spiece.model"), unknown),
        decoder: piecesDecoder(file, { special: specialOf(added), before: " " }),
        post_processor: {
          ...template(`$A ${end}`, `$A ${end} $B ${end}`, (text) => ids.get(text)),
          once: true,
        },
      },
    };
  },
};

function isTrimming({ content, pattern }: Definition): boolean {
  return content === "" && JSON.stringify(pattern).includes("(?<![^])");
}

function codesOf({ language_codes: codes }: Definition): string {
  return typeof codes === "string" ? codes : "m2m100";
}

function listOf({ extra_special_tokens, additional_special_tokens }: Definition): unknown[] {
  const extra = extra_special_tokens ?? additional_special_tokens;
  return Array.isArray(extra) ? extra : [];
}

function specialOf(added: readonly Definition[]): string[] {
  return added.filter(({ special }) => special === true).flatMap((token) => nameOf(token) ?? []);
}

/** The pieces of a model under the ids of a table. */
function numbered(file: SentencePieceModel, { ids }: Vocabulary, unknown: string): Definition {
  return { type: "Numbered", model: exactPieces(file).model, vocab: ids, unk_token: unknown };
}
