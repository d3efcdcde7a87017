import { InputError, StrangeTokenizerError, TokenError } from "../errors/errors.ts";
import { nearest } from "../errors/nearest.ts";
import { asItStands, buildTokenizer } from "./classes/build.ts";
import { type ClassChoice, chooseClass } from "./classes/choose.ts";
import type { BuiltOfPieces } from "./classes/own-pieces.ts";
import { readSettings, type Settings } from "./classes/settings.ts";
import type { Languages } from "./classes/tokenizer-class.ts";
import { findVocabulary } from "./classes/vocabulary-files.ts";
import { asDefinition, type Definition } from "./definition.ts";
import { readSentencePiece } from "./sentence-piece-file.ts";
import { readTiktoken, type TiktokenFile, tiktokenDefinition } from "./tiktoken-file.ts";

/** What a checkpoint's folder holds for its tokenizer: JSON files parsed, text files as text. */
export interface TokenizerFiles {
  readonly tokenizerJson?: unknown;
  readonly tokenizerConfig?: unknown;
  readonly vocabTxt?: string;
  readonly vocabJson?: unknown;
  readonly mergesTxt?: string;
  /** spiece.model, sentencepiece.bpe.model or tokenizer.model: a SentencePiece model. */
  readonly sentencePiece?: Uint8Array;
  readonly specialTokensMap?: unknown;
  /** source.spm and target.spm: Marian's SentencePiece models. */
  readonly sourcePieces?: Uint8Array;
  readonly targetPieces?: Uint8Array;
  readonly targetVocabJson?: unknown;
  /** The language of texts, and the one they are translated to, of tokenizers with a token for each: a code such as `fra_Latn`. */
  readonly sourceLanguage?: string;
  readonly targetLanguage?: string;
  /** Whether texts are lower-cased before the tokenizer's own steps. */
  readonly lowerCases?: boolean;
  /** added_tokens.json: ids by text. */
  readonly addedTokens?: unknown;
  /** config.json's model_type: which class the tokenizer has where no file names it. */
  readonly modelType?: string;
  /** config.json's tokenizer_class, which tokenizer_config.json's goes before. */
  readonly tokenizerClass?: unknown;
}

/** A tokenizer in tokenizer.json's terms, and what to call the file in messages. */
export interface TokenizerSource {
  readonly definition: Definition;
  readonly place: string;
  /** The tokens with a role, under tokenizer_config.json's keys: those of the files, else the class's own. */
  readonly named: Definition;
  /** tokenizer_config.json, with the keys of special_tokens_map.json. */
  readonly values: Definition;
  readonly paddingSide: "left" | "right";
  readonly truncationSide: "left" | "right";
  /** How texts that a decoder reads are split, where it is otherwise. */
  readonly target?: Definition;
  readonly languages?: Languages;
}

/**
 * The tokenizer that transformers' AutoTokenizer makes of the files: where they name a class that has its own way to normalize and
 * split, tokenizer.json gives it the vocabulary, the merges and the special tokens, and tokenizer_config.json says the rest; else
 * tokenizer.json stands as it is. Throws TokenError when there are no files, and for a class that heed cannot build.
 */
export function readSource(files: TokenizerFiles): TokenizerSource {
  const { tokenizerJson, sentencePiece } = files;
  const json =
    tokenizerJson === undefined ? undefined : asDefinition(tokenizerJson, "tokenizer.json");
  const settings = readSettings(files);
  const choice = chooseClass({
    tokenizerClass: settings.values.tokenizer_class ?? files.tokenizerClass,
    modelType: files.modelType,
    tokenizerJson: json,
  });
  const own = choice.ofPieces?.isThere(files) ? choice.ofPieces : undefined;
  const languages = own ? own.languages?.(settings.values) : choice.built?.languages;
  const values = withLanguages(settings.values, languages, files);
  const translated = { ...settings, values };
  const { built, place } = own
    ? placed(own.build(files, translated))
    : buildOf(files, translated, { json, sentencePiece, choice });
  return {
    ...built,
    place,
    values,
    languages,
    paddingSide: side(values.padding_side, json?.padding) ?? choice.paddingSide ?? "right",
    truncationSide: side(values.truncation_side, json?.truncation) ?? "right",
  };
}

/** Whether the files name a class that runs SentencePiece itself, so that they are more than one reads of others. */
export function needsOwnPieces(files: TokenizerFiles): boolean {
  const { values } = readSettings(files);
  const named = values.tokenizer_class ?? files.tokenizerClass;
  const { modelType } = files;
  return (
    chooseClass({ tokenizerClass: named, modelType, tokenizerJson: undefined }).ofPieces !==
    undefined
  );
}

const placed = (built: BuiltOfPieces) => ({ built, place: built.place });

/** The tokenizer of a class that stands in a tokenizer.json, or of files that belong to no class. */
function buildOf(
  files: TokenizerFiles,
  settings: Settings,
  {
    json,
    sentencePiece,
    choice,
  }: {
    readonly json: Definition | undefined;
    readonly sentencePiece: Uint8Array | undefined;
    readonly choice: ClassChoice;
  },
) {
  if (choice.ofPieces && !json)
    throw new TokenError(
      `tokenizer: ${choice.name} is made of ${choice.ofPieces.needs}, and not all of them are there. Fetch what is missing beside config.json, or take the tokenizer's files away and give ids`,
    );
  if (choice.isStrange && !json)
    throw new StrangeTokenizerError(
      `${whoNames(files, settings)} ${JSON.stringify(choice.name)} is not one that heed can build from its vocabulary. ${choice.whyNot ?? "Save it as tokenizer.json with Python (AutoTokenizer.from_pretrained(…, use_fast=True).save_pretrained(…)), or run the model on ids"}`,
    );
  const ranks = json || !sentencePiece ? undefined : readTiktoken(sentencePiece);
  const pieces =
    json || !sentencePiece || ranks
      ? undefined
      : readSentencePiece(sentencePiece, "the .model file");
  if (ranks) return ofTiktoken(ranks, settings, choice);
  const found = findVocabulary({ ...files, json, pieces }, choice.built, settings.values);
  const built =
    "built" in found ? buildTokenizer(found, settings, json) : asItStands(found, settings);
  return { built, place: found.place };
}

/** The field that a tokenizer's class comes from. */
function whoNames({ modelType, tokenizerClass }: TokenizerFiles, { values }: Settings): string {
  if (typeof values.tokenizer_class === "string") return "tokenizer_config.json: tokenizer_class";
  if (typeof tokenizerClass === "string") return "config.json: tokenizer_class";
  return `config.json: model_type ${JSON.stringify(modelType)} goes with a class that no file names, and`;
}

/** A tiktoken file's tokenizer, whose pattern transformers knows for Llama 3's kind alone. */
function ofTiktoken(ranks: TiktokenFile, settings: Settings, choice: ClassChoice) {
  if (choice.built && choice.name !== "LlamaTokenizer")
    throw new TokenError(
      `tokenizer.model is a tiktoken file, which says nothing of how texts are cut, and ${choice.name} is not a class that heed knows the cuts of. Save it as tokenizer.json with Python (AutoTokenizer.from_pretrained(…, use_fast=True).save_pretrained(…))`,
    );
  const { json, listed } = tiktokenDefinition(ranks, settings);
  const found = { place: "tokenizer.model", json };
  return { built: asItStands(found, { ...settings, listed }), place: found.place };
}

/** The settings with the languages that were asked for. Throws InputError for a language that the tokenizer has no token for. */
function withLanguages(
  values: Definition,
  languages: Languages | undefined,
  { sourceLanguage, targetLanguage }: TokenizerFiles,
): Definition {
  const asked = sourceLanguage ?? targetLanguage;
  if (asked === undefined && !languages) return values;
  if (!languages)
    throw new InputError(
      `load: the tokenizer has no tokens for languages, so it takes no ${sourceLanguage === undefined ? "targetLanguage (--target-language)" : "sourceLanguage (--source-language)"}. A Marian model that translates to several takes the language at the text's beginning: ">>fra<< …"`,
    );
  const check = (code: unknown, place: string) => {
    if (code === undefined || code === null || languages.codes.includes(code as string)) return;
    const message = `${place}: ${JSON.stringify(code)} is no language that the tokenizer has a token for${typeof code === "string" ? nearest(code, languages.codes) : ""}`;
    throw code === sourceLanguage || code === targetLanguage
      ? new InputError(message)
      : new TokenError(message);
  };
  const source = sourceLanguage ?? values.src_lang;
  const target = targetLanguage ?? values.tgt_lang;
  check(
    source,
    sourceLanguage === undefined ? "tokenizer_config.json: src_lang" : "load: sourceLanguage",
  );
  check(
    target,
    targetLanguage === undefined ? "tokenizer_config.json: tgt_lang" : "load: targetLanguage",
  );
  return { ...values, src_lang: source ?? languages.source, tgt_lang: target };
}

/** The side that tokenizer_config.json names, else the one that tokenizer.json pads or cuts on. */
function side(named: unknown, block: unknown): "left" | "right" | undefined {
  const { direction } = (block ?? {}) as { readonly direction?: unknown };
  for (const told of [named, direction]) {
    const lower = typeof told === "string" ? told.toLowerCase() : undefined;
    if (lower === "left" || lower === "right") return lower;
  }
  return undefined;
}
