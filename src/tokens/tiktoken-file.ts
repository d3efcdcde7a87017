import { TokenError } from "../errors/errors.ts";
import type { Settings } from "./classes/settings.ts";
import { type Definition, mostNumbered } from "./definition.ts";
import { nameOf } from "./special-tokens.ts";
import { byteCharacters } from "./text/byte-level.ts";

/** The tokens of a tiktoken file, spelt in GPT-2's alphabet, with their ids. */
export type TiktokenFile = ReadonlyMap<string, number>;

/** Words as GPT-4 and Llama 3 cut them, digits in threes. */
const words =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Every cut of a token is looked up, so long ones take long: published ones have at most 128 bytes. */
const LONGEST_TOKEN = 1024;

/** The tokens of a file that holds the base64 of a token's bytes and its id a line; undefined for a file that does not begin so. */
export function readTiktoken(bytes: Uint8Array): TiktokenFile | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  if (!/^[A-Za-z0-9+/]+={0,2} \d+\r?\n/.test(start)) return undefined;
  const ids = new Map<string, number>();
  for (const [index, line] of new TextDecoder().decode(bytes).split("\n").entries()) {
    if (line.trim() === "") continue;
    const [, text, id] = /^([A-Za-z0-9+/]+={0,2}) (\d+)\s*$/.exec(line) ?? [];
    if (text === undefined)
      throw new TokenError(
        `tokenizer.model: line ${index + 1} must be a token in base64 and its id, got ${JSON.stringify(line.slice(0, 40))}. Is the file complete?`,
      );
    ids.set(spelt(text, `tokenizer.model: line ${index + 1}`), Number(id));
  }
  return ids;
}

/** A token's bytes in GPT-2's alphabet. */
function spelt(base64: string, place: string): string {
  let bytes: string;
  try {
    bytes = atob(base64);
  } catch {
    throw new TokenError(
      `${place} must be a token in base64, got ${JSON.stringify(base64.slice(0, 40))}. Is the file complete?`,
    );
  }
  if (bytes.length > LONGEST_TOKEN)
    throw new TokenError(
      `${place} holds a token of ${bytes.length} bytes; heed reads up to ${LONGEST_TOKEN}`,
    );
  return Array.from(bytes, (c) => byteCharacters[c.charCodeAt(0)]).join("");
}

/** The tokenizer of a tiktoken file and its special tokens, as transformers makes it: what a file says of neither stands in tokenizer_config.json. */
export function tiktokenDefinition(
  ids: TiktokenFile,
  { values, listed }: Settings,
): { readonly json: Definition; readonly listed: readonly Definition[] } {
  return {
    json: {
      model: { type: "BPE", vocab: ids, merges: mergesOf(ids), ignore_merges: true },
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          { type: "Split", pattern: { Regex: words }, behavior: "Isolated", invert: false },
          { type: "ByteLevel", add_prefix_space: false, use_regex: false },
        ],
      },
      decoder: { type: "ByteLevel" },
      post_processor: { type: "ByteLevel", trim_offsets: false },
      added_tokens: beside(ids, values),
    },
    listed,
  };
}

/** Special tokens by id, with a reserved one in each gap, then those that have no id. */
function beside(ids: TiktokenFile, values: Definition): Definition[] {
  const decoder = (values.added_tokens_decoder ?? {}) as Record<string, unknown>;
  const texts = new Map(
    Object.entries(decoder).map(([id, token]) => [Number(id), nameOf(token) ?? ""] as const),
  );
  const most = Math.max(-1, ...texts.keys());
  if (most - ids.size > mostNumbered)
    throw new TokenError(
      `tokenizer_config.json.added_tokens_decoder has the id ${most}, and tokenizer.model ${ids.size} tokens: at most ${mostNumbered} may lie between`,
    );
  const named = Array.from(
    { length: Math.max(0, most + 1 - ids.size) },
    (_, place) => texts.get(ids.size + place) ?? `<|reserved_token_${ids.size + place}|>`,
  );
  const extra = Array.isArray(values.extra_special_tokens) ? values.extra_special_tokens : [];
  const all = [...new Set([...named, ...extra.flatMap((token) => nameOf(token) ?? [])])];
  return all.map((content, place) => ({
    content,
    id: ids.size + place,
    special: true,
    normalized: false,
  }));
}

/** Every way to cut a token into two tokens, lowest id of the whole first, then of the left part. */
function mergesOf(ids: TiktokenFile): (readonly [string, string])[] {
  const merges: (readonly [string, string])[] = [];
  for (const [text] of [...ids].sort((a, b) => a[1] - b[1])) {
    const cuts: (readonly [string, string])[] = [];
    for (let at = 1; at < text.length; at++) {
      const [left, right] = [text.slice(0, at), text.slice(at)];
      if (ids.has(left) && ids.has(right)) cuts.push([left, right]);
    }
    cuts.sort((a, b) => ids.get(a[0])! - ids.get(b[0])! || ids.get(a[1])! - ids.get(b[1])!);
    merges.push(...cuts);
  }
  return merges;
}
