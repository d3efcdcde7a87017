/** Byte-level BPE as GPT-2 has it (Sennrich et al. 2016; Radford et al. 2019), its merges learned from texts. */
import { InputError } from "../errors/errors.ts";
import { expectFlags, expectKeys } from "../errors/options.ts";
import { jsonFile, type ModelFiles } from "./new-model.ts";

/** Ids of the special tokens of a text tokenizer. */
export const textIds = { end: 0, padding: 1, mask: 2 } as const;
const special = ["<|endoftext|>", "<|padding|>", "<|mask|>"] as const;

/** GPT-2's cut into words, each with the blank before it. */
const wordPattern = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** The letter that stands for each byte: printable ones for themselves, the others from U+0100 on. */
const letterOfByte: readonly string[] = (() => {
  let next = 0x100;
  const isPrinted = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrinted(byte) ? byte : next++),
  );
})();

/**
 * Files of a tokenizer for texts like these: bytes, and merges until it has `size` tokens or no pair stands there twice. Every text can be
 * written with it; with `addPrefixSpace` a text's first word is the token it is elsewhere. Of pairs that are as frequent the one that comes first in the alphabet is merged, so the same texts give the same files.
 */
export function textTokenizer(
  texts: Iterable<string>,
  options: { readonly size: number; readonly addPrefixSpace?: boolean },
): ModelFiles {
  expectKeys(options, { size: true, addPrefixSpace: true }, "textTokenizer");
  const { size, addPrefixSpace = false } = options;
  expectFlags({ addPrefixSpace }, "text tokenizer");
  const least = special.length + letterOfByte.length;
  if (!Number.isInteger(size) || size < least)
    throw new InputError(
      `text tokenizer: size is ${size}, needs a whole number of at least ${least}: ${special.length} special tokens and 256 bytes`,
    );
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const [word] of text.matchAll(wordPattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const merges = learnMerges(counts, size - least);
  const tokens = [...special, ...letterOfByte, ...merges.map(([a, b]) => a + b)];
  const vocab = Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id]));
  const byteLevel = { type: "ByteLevel", add_prefix_space: addPrefixSpace, trim_offsets: true };
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { ...byteLevel, use_regex: true },
    post_processor: null,
    decoder: { ...byteLevel, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges: merges.map(([a, b]) => `${a} ${b}`),
    },
  };
  const config = {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: special[0],
    eos_token: special[0],
    unk_token: special[0],
    pad_token: special[1],
    mask_token: special[2],
    clean_up_tokenization_spaces: false,
    model_max_length: 1_000_000,
  };
  return { "tokenizer.json": jsonFile(tokenizer), "tokenizer_config.json": jsonFile(config) };
}

interface CountedWord {
  letters: string[];
  readonly count: number;
}

function learnMerges(counts: ReadonlyMap<string, number>, most: number): [string, string][] {
  const encoder = new TextEncoder();
  const words: CountedWord[] = [...counts].map(([word, count]) => ({
    letters: Array.from(encoder.encode(word), (byte) => letterOfByte[byte]!),
    count,
  }));
  const pairs = new Map<string, number>();
  const places = new Map<string, Set<CountedWord>>();
  const note = (word: CountedWord, sign: 1 | -1) => {
    for (let place = 1; place < word.letters.length; place++) {
      const pair = `${word.letters[place - 1]} ${word.letters[place]}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + sign * word.count);
      if (sign < 0) continue;
      const own = places.get(pair) ?? new Set();
      own.add(word);
      places.set(pair, own);
    }
  };
  for (const word of words) note(word, 1);
  const merges: [string, string][] = [];
  while (merges.length < most) {
    let best = "";
    let times = 1;
    for (const [pair, count] of pairs)
      if (count > times || (count === times && count > 1 && pair < best)) {
        best = pair;
        times = count;
      }
    if (best === "") break;
    const [a, b] = best.split(" ") as [string, string];
    merges.push([a, b]);
    for (const word of places.get(best) ?? []) {
      note(word, -1);
      word.letters = merged(word.letters, a, b);
      note(word, 1);
    }
    pairs.delete(best);
    places.delete(best);
  }
  return merges;
}

function merged(letters: readonly string[], a: string, b: string): string[] {
  const result: string[] = [];
  for (let place = 0; place < letters.length; place++)
    if (letters[place] === a && letters[place + 1] === b) {
      result.push(a + b);
      place += 1;
    } else result.push(letters[place]!);
  return result;
}
