import { TokenError } from "../../errors/errors.ts";
import type { Definition } from "../definition.ts";
import type { SentencePieceModel } from "../sentence-piece-file.ts";
import { readScores } from "../subwords/unigram.ts";
import { readVocabulary } from "../subwords/vocabulary.ts";
import { bert, mpnet } from "./bert.ts";
import { codeGen, gpt2, gptNeoX, qwen2, roberta } from "./byte-level.ts";
import { clip } from "./clip.ts";
import { mergesByIds } from "./pieces.ts";
import { namesOf, type TokenizerClass, type Vocabulary } from "./tokenizer-class.ts";

/** The files a vocabulary can lie in. */
interface VocabularyFiles {
  readonly json: Definition | undefined;
  readonly pieces: SentencePieceModel | undefined;
  readonly vocabTxt?: string;
  readonly vocabJson?: unknown;
  readonly mergesTxt?: string;
  readonly modelType?: string;
}

/** A vocabulary and the class that is built of it; or a whole definition, or a SentencePiece model that belongs to no class. */
export type Found =
  | {
      readonly place: string;
      readonly built: TokenizerClass;
      readonly vocabulary: Vocabulary;
      readonly pieces?: SentencePieceModel;
    }
  | { readonly place: string; readonly json: Definition }
  | { readonly place: string; readonly pieces: SentencePieceModel };

const none = { ids: new Map(), scored: [], merges: [], charsmap: undefined, unknownId: undefined };

/** The vocabulary for a class, or for the class that the files there are belong to. Throws TokenError when there is none. */
export function findVocabulary(
  files: VocabularyFiles,
  built: TokenizerClass | undefined,
  values: Definition,
): Found {
  const { json, pieces, vocabTxt, vocabJson, mergesTxt } = files;
  if (json) {
    const vocabulary = built && readJsonVocabulary(json, built);
    const place = "tokenizer.json";
    return vocabulary ? { place, built, vocabulary } : { place, json };
  }
  const isByteLevel = built !== undefined && fromMerges.includes(built);
  const isWordPiece = built?.model === "WordPiece";
  const takesPieces = built !== undefined && !isWordPiece && !isByteLevel;
  if (takesPieces && pieces)
    return { place: "the .model file", built, vocabulary: ofPieces(pieces, built, values), pieces };
  if (vocabTxt !== undefined && !(isByteLevel && vocabJson !== undefined))
    return ofVocabTxt(vocabTxt, built === mpnet ? mpnet : bert, values);
  if (vocabJson !== undefined && mergesTxt !== undefined) {
    const { ids } = readVocabulary(vocabJson, "vocab.json");
    const isRoberta = built === roberta || robertaTypes.includes(files.modelType ?? "");
    return {
      place: "vocab.json",
      built: isRoberta ? roberta : isByteLevel ? built : gpt2,
      vocabulary: { ...none, ids, merges: mergeLines(mergesTxt) },
    };
  }
  if (pieces) return { place: "the .model file", pieces };
  const found =
    vocabJson !== undefined
      ? "vocab.json alone"
      : mergesTxt !== undefined
        ? "merges.txt alone"
        : "none";
  throw new TokenError(
    `tokenizer: needs tokenizer.json, or vocab.txt, or vocab.json with merges.txt, got ${found}. A SentencePiece model (spiece.model, tokenizer.model) does as well.`,
  );
}

/** Classes whose vocabulary lies in vocab.json and merges.txt. */
const fromMerges: readonly TokenizerClass[] = [gpt2, roberta, qwen2, gptNeoX, codeGen, clip];

/** Families whose vocab.json and merges.txt are RoBERTa's. */
const robertaTypes = ["roberta", "longformer", "xlm-roberta", "camembert", "bart"];

/** The vocabulary of a tokenizer.json, where its model is of the class's kind. */
function readJsonVocabulary(json: Definition, built: TokenizerClass): Vocabulary | undefined {
  const model = (json.model ?? {}) as Definition;
  const { vocab } = model;
  const kind =
    model.type ??
    (Array.isArray(vocab) ? "Unigram" : model.merges === undefined ? "WordPiece" : "BPE");
  if (kind !== built.model) return undefined;
  const charsmap = findCharsmap(json.normalizer);
  if (kind === "Unigram") {
    if (!Array.isArray(vocab)) return undefined;
    readScores(vocab, "tokenizer.json: model.vocab");
    return { ...none, scored: vocab, charsmap };
  }
  const { ids } = readVocabulary(vocab, "tokenizer.json: model.vocab");
  return { ...none, ids, merges: Array.isArray(model.merges) ? model.merges : [] };
}

function findCharsmap(normalizer: unknown): string | undefined {
  const { type, normalizers, precompiled_charsmap: charsmap } = (normalizer ?? {}) as Definition;
  if (type === "Precompiled" && typeof charsmap === "string") return charsmap;
  if (type !== "Sequence" || !Array.isArray(normalizers)) return undefined;
  return normalizers
    .map((step) => (step?.type === "Precompiled" ? findCharsmap(step) : undefined))
    .find((found) => found !== undefined);
}

function ofPieces(file: SentencePieceModel, built: TokenizerClass, values: Definition): Vocabulary {
  const pieces = file.pieces.map(({ text, score }) => [text, score] as const);
  if (built.model !== "Unigram") {
    const texts = pieces.map(([text]) => text);
    const inFile = new Map(texts.map((text, id) => [text, id]));
    const ordered = built.idsFromPieces?.(texts, namesOf(values, built.tokens)) ?? texts;
    const ids = new Map(ordered.map((text, id) => [text, id]));
    return { ...none, ids, merges: mergesByIds(inFile), charsmap: file.charsmap };
  }
  return {
    ...none,
    scored: built.fromPieces?.(pieces, namesOf(values, built.tokens), values) ?? pieces,
    charsmap: file.charsmap,
    unknownId: file.unknownId,
  };
}

/** vocab.txt: a token a line, ids from 0. */
function ofVocabTxt(vocabTxt: string, built: TokenizerClass, values: Definition): Found {
  const ids = new Map(splitLines(vocabTxt).map((line, id) => [line.trimEnd(), id]));
  const names = namesOf(values, built.tokens);
  for (const key of ["unk_token", "cls_token", "sep_token"]) {
    const needed = names[key];
    if (needed === undefined || ids.has(needed)) continue;
    throw new TokenError(
      `vocab.txt must hold the special token ${needed}, but none of its ${ids.size} lines does. Is it a BERT vocabulary?`,
    );
  }
  return { place: "vocab.txt", built, vocabulary: { ...none, ids } };
}

function mergeLines(mergesTxt: string): string[] {
  return splitLines(mergesTxt).filter(
    (line, i) => line !== "" && !(i === 0 && line.startsWith("#version")),
  );
}

function splitLines(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
