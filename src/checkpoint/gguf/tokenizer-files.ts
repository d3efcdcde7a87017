import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import type { GgufHeader, GgufValue } from "./header.ts";

type Files = Readonly<Record<string, string>>;
type Json = Readonly<Record<string, unknown>>;

const roles = { bos: "bos", eos: "eos", unk: "unknown", pad: "padding" } as const;

/** Kinds of tokens, as llama.cpp counts them. */
const CONTROL = 3;
const USER_DEFINED = 4;

/**
 * tokenizer.json and tokenizer_config.json of a file's metadata, as transformers builds them; none where it has no tokenizer. Throws
 * CheckpointError for tokenizers that heed does not build.
 */
export function tokenizerFiles({ metadata }: GgufHeader, place: string): Files {
  const get = (key: string) => metadata.get(`tokenizer.ggml.${key}`);
  const model = get("model");
  const tokens = get("tokens");
  if (model === undefined || tokens === undefined || model === "none") return {};
  if (!isTexts(tokens)) throw wrong(place, "tokens", "a list of texts");
  if (model !== "gpt2" && model !== "llama")
    throw new CheckpointError(
      `${place}: tokenizer.ggml.model is ${short(JSON.stringify(model))}; heed builds gpt2 (byte-level BPE) and llama (SentencePiece). Take the repository that the file was made from`,
    );
  const architecture = String(metadata.get("general.architecture"));
  const merges = get("merges");
  if (merges !== undefined && !isTexts(merges)) throw wrong(place, "merges", "a list of texts");
  const scores = get("scores");
  const kinds = get("token_type");
  const named: Record<string, string> = {};
  for (const [role, key] of Object.entries(roles)) {
    const id = get(`${key}_token_id`);
    if (typeof id !== "number") continue;
    const token = tokens[id];
    if (token === undefined)
      throw wrong(place, `${key}_token_id`, `below ${tokens.length}, the number of tokens`);
    named[`${role}_token`] = token;
  }
  const given: Given = {
    tokens,
    merges: merges?.map((merge) => merge.split(" ")),
    scores: isNumbers(scores) ? scores : [],
    pre: String(get("pre") ?? ""),
    hasPrefix: get("add_space_prefix") !== false,
    architecture,
  };
  const built = model === "gpt2" ? byteLevel(given) : sentencePieces(given);
  const ids = built.ids;
  const begins = get("add_bos_token") ?? model === "llama";
  const ends = get("add_eos_token") ?? false;
  const template = metadata.get("tokenizer.chat_template");
  const special = new Set(Object.values(named));
  const added = tokens.flatMap((content, id) => {
    const kind = isNumbers(kinds) ? kinds[id] : undefined;
    const isControl = kind === CONTROL && (model !== "gpt2" || isSpelled(content));
    const isSpecial = special.has(content) || isControl;
    if ((!isSpecial && kind !== USER_DEFINED) || ids.get(content) !== id) return [];
    return [
      {
        id,
        content,
        special: isSpecial,
        normalized: false,
        single_word: false,
        lstrip: false,
        rstrip: false,
      },
    ];
  });
  return {
    "tokenizer.json": JSON.stringify({
      ...built.json,
      added_tokens: added,
      post_processor: around(
        begins ? named.bos_token : undefined,
        ends ? named.eos_token : undefined,
        ids,
      ),
    }),
    "tokenizer_config.json": JSON.stringify({
      tokenizer_class: "PreTrainedTokenizerFast",
      clean_up_tokenization_spaces: false,
      ...named,
      ...(typeof template === "string" ? { chat_template: template } : {}),
    }),
  };
}

interface Given {
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly string[])[] | undefined;
  readonly scores: readonly number[];
  readonly pre: string;
  readonly hasPrefix: boolean;
  readonly architecture: string;
}

interface Built {
  readonly ids: ReadonlyMap<string, number>;
  readonly json: Json;
}

/** Every byte as the character that byte-level vocabularies write it as (GPT-2's bytes_to_unicode). */
const spelling = Array.from({ length: 256 }, (_, byte) => {
  const isPlain = (byte > 32 && byte < 127) || (byte > 160 && byte < 256 && byte !== 173);
  return isPlain ? String.fromCharCode(byte) : undefined;
});
let next = 256;
for (const [byte, text] of spelling.entries())
  if (text === undefined) spelling[byte] = String.fromCharCode(next++);
const alphabet = new Set(spelling);

function isSpelled(token: string): boolean {
  return [...token].every((character) => alphabet.has(character));
}

function byteLevel({ tokens, merges = [], pre }: Given): Built {
  const spelled = tokens.map((token) =>
    isSpelled(token)
      ? token
      : [...new TextEncoder().encode(token)].map((byte) => spelling[byte]).join(""),
  );
  const ids = new Map(spelled.map((token, id) => [token, id]));
  const split = splits[pre];
  const bytes = (uses: boolean) => ({
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: uses,
  });
  return {
    ids,
    json: {
      normalizer: null,
      pre_tokenizer: split
        ? {
            type: "Sequence",
            pretokenizers: [
              { type: "Split", pattern: { Regex: split }, behavior: "Isolated", invert: false },
              bytes(false),
            ],
          }
        : bytes(true),
      decoder: bytes(true),
      model: {
        type: "BPE",
        continuing_subword_prefix: "",
        end_of_word_suffix: "",
        fuse_unk: false,
        byte_fallback: false,
        vocab: Object.fromEntries(ids),
        merges,
      },
    },
  };
}

function sentencePieces({ tokens, merges, scores, hasPrefix, architecture }: Given): Built {
  const isGemma = /^gemma/.test(architecture);
  const isPhi = architecture === "phi3";
  const spelled = isGemma
    ? tokens.map((token) => (/^ +$/.test(token) ? "▁".repeat(token.length) : token))
    : tokens;
  const ids = new Map(spelled.map((token, id) => [token, id]));
  const order = isGemma ? spelled.map((_, id) => -id) : scores;
  const blank = { type: "Replace", pattern: { String: "▁" }, content: " " };
  const strips = !isGemma && hasPrefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : [];
  const filled = { type: "Replace", pattern: { String: " " }, content: "▁" };
  return {
    ids,
    json: {
      normalizer: isPhi
        ? { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, filled] }
        : isGemma
          ? filled
          : null,
      pre_tokenizer: isPhi
        ? null
        : isGemma
          ? {
              type: "Split",
              pattern: { String: " " },
              behavior: "MergedWithPrevious",
              invert: false,
            }
          : {
              type: "Metaspace",
              replacement: "▁",
              prepend_scheme: hasPrefix ? "first" : "never",
              split: false,
            },
      decoder: {
        type: "Sequence",
        decoders: [blank, { type: "ByteFallback" }, { type: "Fuse" }, ...strips],
      },
      model: {
        type: "BPE",
        unk_token: isGemma ? "<unk>" : null,
        fuse_unk: true,
        byte_fallback: true,
        vocab: Object.fromEntries(ids),
        merges: merges ?? mergesOf(ids, order),
      },
    },
  };
}

/** The merges that a vocabulary implies: every cut of a token into two, the best score first (transformers' generate_merges). */
function mergesOf(ids: ReadonlyMap<string, number>, scores: readonly number[]) {
  const merges: { readonly pair: readonly [string, string]; readonly key: readonly number[] }[] =
    [];
  for (const [token, id] of ids) {
    const characters = [...token];
    const own: {
      readonly pair: readonly [string, string];
      readonly at: readonly [number, number];
      readonly key: number[];
    }[] = [];
    let left = "";
    for (let cut = 1; cut < characters.length; cut++) {
      left += characters[cut - 1];
      const right = token.slice(left.length);
      const [first, second] = [ids.get(left), ids.get(right)];
      if (first === undefined || second === undefined) continue;
      own.push({
        pair: [left, right],
        at: [first, second],
        key: [scores[id] ?? 0, cut, characters.length - cut],
      });
    }
    own.sort((a, b) => a.at[0] - b.at[0] || a.at[1] - b.at[1]);
    merges.push(...own);
  }
  merges.sort((a, b) => b.key[0]! - a.key[0]! || b.key[1]! - a.key[1]! || b.key[2]! - a.key[2]!);
  return merges.map(({ pair }) => pair);
}

/** What stands before and behind a text. */
function around(
  first: string | undefined,
  last: string | undefined,
  ids: ReadonlyMap<string, number>,
) {
  const words = [first, last].filter((word) => word !== undefined && ids.has(word)) as string[];
  if (words.length === 0) return null;
  const token = (id: string | undefined, type: number) =>
    id !== undefined && ids.has(id) ? [{ SpecialToken: { id, type_id: type } }] : [];
  const text = (id: "A" | "B", type: number) => [
    ...token(first, type),
    { Sequence: { id, type_id: type } },
    ...token(last, type),
  ];
  return {
    type: "TemplateProcessing",
    single: text("A", 0),
    pair: [...text("A", 0), ...text("B", 1)],
    special_tokens: Object.fromEntries(
      words.map((word) => [word, { id: word, ids: [ids.get(word)], tokens: [word] }]),
    ),
  };
}

function isTexts(value: GgufValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isNumbers(value: GgufValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === "number");
}

function wrong(place: string, key: string, due: string): CheckpointError {
  return new CheckpointError(`${place}: tokenizer.ggml.${key} must be ${due}`);
}

const endings = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const behind = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const signs = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";
const llama3 = `${endings}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|${signs}|${behind}`;
const qwen2 = `${endings}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|${signs}|${behind}`;
const upper = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const lower = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
const before = "[^\\r\\n\\p{L}\\p{N}]?";
const cased = (end: string) =>
  `${before}${upper}*${lower}+${end}|${before}${upper}+${lower}*${end}`;
const slashed = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*";

/** How texts are split before merging, by tokenizer.ggml.pre; others as GPT-2's. */
const splits: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      "llama3",
      "llama-v3",
      "llama-bpe",
      "falcon3",
      "falcon-h1",
      "pixtral",
      "midm-2.0",
      "lfm2",
      "jina-v5-nano",
      "dbrx",
      "smaug-bpe",
    ].map((name) => [name, llama3]),
  ),
  ...Object.fromEntries(
    ["qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez"].map((name) => [name, qwen2]),
  ),
  ...Object.fromEntries(
    ["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"].map((name) => [
      name,
      `${cased(`${endings}?`)}|\\p{N}{1,3}|${slashed}|${behind}`,
    ]),
  ),
  tekken: `${cased("")}|\\p{N}|${slashed}|${behind}`,
};
