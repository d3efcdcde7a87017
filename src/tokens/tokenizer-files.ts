import { TokenError } from "../errors/errors.ts";
import { asDefinition, type Definition, readBoolean, readString } from "./definition.ts";
import { tokenNames } from "./special-tokens.ts";
import { readVocabulary } from "./subwords/vocabulary.ts";

/** What a checkpoint's folder holds for its tokenizer: JSON files parsed, text files as text. */
export interface TokenizerFiles {
  readonly tokenizerJson?: unknown;
  readonly tokenizerConfig?: unknown;
  readonly vocabTxt?: string;
  readonly vocabJson?: unknown;
  readonly mergesTxt?: string;
  readonly specialTokensMap?: unknown;
  /** Whether texts are lower-cased before the tokenizer's own steps. */
  readonly lowerCases?: boolean;
  /** config.json's model_type: which family vocab.json and merges.txt alone belong to. */
  readonly modelType?: string;
}

/** A tokenizer in tokenizer.json's terms, and what to call the file in messages. */
export interface TokenizerSource {
  readonly definition: Definition;
  readonly place: string;
}

/** tokenizer.json, or what it would say, made from the older files. Throws TokenError when there are none. */
export function readSource(files: TokenizerFiles): TokenizerSource {
  const { tokenizerJson, vocabTxt, vocabJson, mergesTxt } = files;
  if (tokenizerJson !== undefined) {
    return { definition: asDefinition(tokenizerJson, "tokenizer.json"), place: "tokenizer.json" };
  }
  if (vocabTxt !== undefined)
    return { definition: bertDefinition(vocabTxt, files), place: "vocab.txt" };
  if (vocabJson !== undefined && mergesTxt !== undefined) {
    return { definition: gpt2Definition(vocabJson, mergesTxt, files), place: "vocab.json" };
  }
  const found =
    vocabJson !== undefined
      ? "vocab.json alone"
      : mergesTxt !== undefined
        ? "merges.txt alone"
        : "none";
  throw new TokenError(
    `tokenizer: needs tokenizer.json, or vocab.txt, or vocab.json with merges.txt, got ${found}.`,
  );
}

function splitLines(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function addedToken(
  id: number | undefined,
  content: string,
  more: Definition = {},
): readonly Definition[] {
  return id === undefined ? [] : [{ id, content, special: true, normalized: false, ...more }];
}

/** What transformers' BertTokenizer makes of vocab.txt: a token a line, ids from 0. */
function bertDefinition(vocabTxt: string, files: TokenizerFiles): Definition {
  const config = asDefinition(files.tokenizerConfig ?? {}, "tokenizer_config.json");
  const names = tokenNames(files);
  const { pad = "[PAD]", unknown = "[UNK]", cls = "[CLS]", sep = "[SEP]", mask = "[MASK]" } = names;
  const ids = new Map(splitLines(vocabTxt).map((line, id) => [line, id]));
  for (const needed of [unknown, cls, sep]) {
    if (ids.has(needed)) continue;
    throw new TokenError(
      `vocab.txt must hold the special token ${needed}, but none of its ${ids.size} lines does. Is it a BERT vocabulary?`,
    );
  }
  const lowercase = readBoolean(config, "do_lower_case", "tokenizer_config.json", true);
  return {
    added_tokens: [pad, unknown, cls, sep, mask].flatMap((name) => addedToken(ids.get(name), name)),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: config.tokenize_chinese_chars ?? true,
      strip_accents: config.strip_accents ?? null,
      lowercase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: { type: "BertProcessing", cls: [cls, ids.get(cls)], sep: [sep, ids.get(sep)] },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: { type: "WordPiece", unk_token: unknown, vocab: Object.fromEntries(ids) },
  };
}

/** Families whose vocab.json and merges.txt are RoBERTa's. */
const robertaTypes = ["roberta", "longformer", "xlm-roberta", "camembert", "bart"];

/** What transformers' GPT2Tokenizer or RobertaTokenizer makes of vocab.json and merges.txt. */
function gpt2Definition(vocabJson: unknown, mergesTxt: string, files: TokenizerFiles): Definition {
  const place = "tokenizer_config.json";
  const config = asDefinition(files.tokenizerConfig ?? {}, place);
  const { ids } = readVocabulary(vocabJson, "vocab.json");
  const tokenizerClass = readString(config, "tokenizer_class", place, "");
  const isRoberta =
    robertaTypes.includes(files.modelType ?? "") || /^(Roberta|Longformer)/.test(tokenizerClass);
  const addsSpace = readBoolean(config, "add_prefix_space", place, false);
  const names = tokenNames(files);
  const lines = splitLines(mergesTxt);
  const merges = lines.filter(
    (line, i) => line !== "" && !(i === 0 && line.startsWith("#version")),
  );
  const {
    beginning = "<s>",
    end = "</s>",
    pad = "<pad>",
    unknown = "<unk>",
    mask = "<mask>",
  } = names;
  const { cls = beginning, sep = end } = names;
  const plainNames = isRoberta
    ? [beginning, pad, end, unknown, cls, sep]
    : [names.beginning, names.end, names.unknown, names.pad, "<|endoftext|>"];
  const added = new Set(plainNames.filter((name) => name !== undefined));
  const idOf = (name: string) => {
    const id = ids.get(name);
    if (id === undefined)
      throw new TokenError(`vocab.json must hold ${name}, but its ${ids.size} tokens lack it.`);
    return id;
  };
  return {
    added_tokens: [
      ...[...added].flatMap((name) => addedToken(ids.get(name), name, { normalized: true })),
      ...(isRoberta ? addedToken(ids.get(mask), mask, { lstrip: true }) : []),
    ],
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: addsSpace, trim_offsets: true },
    post_processor: isRoberta
      ? {
          type: "RobertaProcessing",
          sep: [sep, idOf(sep)],
          cls: [cls, idOf(cls)],
          trim_offsets: true,
          add_prefix_space: addsSpace,
        }
      : { type: "ByteLevel", add_prefix_space: true, trim_offsets: false },
    decoder: { type: "ByteLevel" },
    model: { type: "BPE", vocab: vocabJson, merges },
  };
}
