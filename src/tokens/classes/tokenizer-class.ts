import type { Definition } from "../definition.ts";
import { nameOf, roleKeys } from "../special-tokens.ts";

/** What a tokenizer's files hold of its model: what a class is built from. */
export interface Vocabulary {
  /** WordPiece and BPE: ids by text. */
  readonly ids: ReadonlyMap<string, number>;
  /** Unigram: texts with their log-probabilities, by id. */
  readonly scored: readonly (readonly [string, number])[];
  /** BPE: pairs, or texts with a blank between two. */
  readonly merges: readonly unknown[];
  /** SentencePiece's character map as base64, where there is one. */
  readonly charsmap: string | undefined;
  /** The id of the unknown token that a SentencePiece file gives. */
  readonly unknownId: number | undefined;
}

/** What a class builds a tokenizer of. */
export interface Material {
  readonly vocabulary: Vocabulary;
  /** The keys of tokenizer_config.json and special_tokens_map.json. */
  readonly values: Definition;
  /** The texts of the named tokens: of the files, else the class's own. */
  readonly names: Readonly<Record<string, string | undefined>>;
  readonly idOf: (text: string) => number | undefined;
  /** The post-processor of tokenizer.json, where there is that file. */
  readonly postProcessor: unknown;
}

/** The languages that a class translates between: each has a token. */
export interface Languages {
  readonly codes: readonly string[];
  /** The language of texts where no file names one. */
  readonly source: string;
  /** The token of a language, where it is not its code. */
  readonly token?: (code: string) => string;
  /** False where what is written begins with its language as the start, not behind one. */
  readonly isBefore?: boolean;
}

/** A tokenizer class of transformers: how it makes a tokenizer of a vocabulary, whatever else tokenizer.json says. */
export interface TokenizerClass {
  readonly model: "WordPiece" | "BPE" | "Unigram";
  /** Its named tokens, where no file names them: by key, as text or with flags. */
  readonly tokens: Definition;
  /** Tokens it adds where the files give no additional_special_tokens. */
  readonly extra?: (values: Definition) => readonly string[];
  /** Whether it adds them beside those that the files give. */
  readonly keepsExtra?: true;
  readonly languages?: Languages;
  /** BPE: the texts of its ids, of those of a SentencePiece file, where they are in another order. */
  readonly idsFromPieces?: (
    texts: readonly string[],
    names: Readonly<Record<string, string | undefined>>,
  ) => readonly string[];
  /** Where it pads when nothing is said. */
  readonly paddingSide?: "left";
  /** The vocabulary as its ids have it, of the pieces of a SentencePiece file. */
  readonly fromPieces?: (
    pieces: readonly (readonly [string, number])[],
    names: Readonly<Record<string, string | undefined>>,
    values: Definition,
  ) => readonly (readonly [string, number])[];
  /** model, normalizer, pre_tokenizer, decoder and post_processor in tokenizer.json's terms. */
  build(material: Material): Definition;
}

/** A template of special tokens and the texts A and B, each with its segment, as `"[CLS]:0 $A:0 [SEP]:0"`. */
export function template(
  single: string,
  pair: string,
  idOf: (text: string) => number | undefined,
): Definition {
  const specials: Record<string, Definition> = {};
  const parts = (text: string) =>
    text
      .split(" ")
      .filter((part) => part !== "")
      .map((part) => {
        const [, id = part, type = "0"] = /^(.+):(\d)$/.exec(part) ?? [];
        if (id.startsWith("$")) return { Sequence: { id: id.slice(1), type_id: Number(type) } };
        specials[id] = { id, ids: [idOf(id)], tokens: [id] };
        return { SpecialToken: { id, type_id: Number(type) } };
      });
  return {
    type: "TemplateProcessing",
    single: parts(single),
    pair: parts(pair),
    special_tokens: specials,
  };
}

/** The named tokens of a tokenizer as its files or its class give them, by key: a key that is null in a file names none. */
export function tokensOf(values: Definition, own: Definition | undefined): Definition {
  return Object.fromEntries(
    roleKeys.map((key) => [key, values[key] === undefined ? own?.[key] : values[key]]),
  );
}

/** The texts of those tokens. */
export function namesOf(
  values: Definition,
  own: Definition | undefined,
): Readonly<Record<string, string | undefined>> {
  const tokens = tokensOf(values, own);
  return Object.fromEntries(roleKeys.map((key) => [key, nameOf(tokens[key])]));
}
