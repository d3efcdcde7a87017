import { TokenError } from "../errors/errors.ts";
import { asItStands, buildTokenizer } from "./classes/build.ts";
import { chooseClass } from "./classes/choose.ts";
import { readSettings } from "./classes/settings.ts";
import { findVocabulary } from "./classes/vocabulary-files.ts";
import { asDefinition, type Definition } from "./definition.ts";
import { readSentencePiece } from "./sentence-piece-file.ts";

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
  const { values } = settings;
  const choice = chooseClass({
    tokenizerClass: values.tokenizer_class ?? files.tokenizerClass,
    modelType: files.modelType,
    tokenizerJson: json,
  });
  if (choice.isStrange && !json)
    throw new TokenError(
      `tokenizer_config.json: tokenizer_class ${JSON.stringify(choice.name)} is not one that heed can build from its vocabulary. ${choice.isOnlyInPython ? "Take its ids from Python (AutoTokenizer.from_pretrained(…)), and run the model on ids" : "Save it as tokenizer.json with Python (AutoTokenizer.from_pretrained(…).save_pretrained(…)), or take the tokenizer's files away and give ids"}`,
    );
  const pieces =
    json || !sentencePiece ? undefined : readSentencePiece(sentencePiece, "the .model file");
  const found = findVocabulary({ ...files, json, pieces }, choice.built, values);
  const built =
    "built" in found ? buildTokenizer(found, settings, json) : asItStands(found, settings);
  return {
    ...built,
    place: found.place,
    values,
    paddingSide: side(values.padding_side, json?.padding) ?? choice.paddingSide ?? "right",
    truncationSide: side(values.truncation_side, json?.truncation) ?? "right",
  };
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
