import { TokenError } from "../errors/errors.ts";
import { expectFlags } from "../errors/options.ts";
import {
  asDefinition,
  checkNesting,
  type Definition,
  isIndex,
  mismatch,
  readBoolean,
  readerOf,
  readInteger,
  readList,
  readString,
} from "./definition.ts";
import { byteCharacters } from "./text/byte-level.ts";
import { codePointSet } from "./text/unicode.ts";
import { specialToken, type Token } from "./token.ts";

/** The encoded texts: one, or two for a pair. */
type Sequences = readonly (readonly Token[])[];

/** What puts special tokens around one text or two, and sets segment ids. */
export interface PostProcessor {
  /** How many tokens it puts in. */
  added(isPair: boolean): number;
  /** Works on the texts themselves before anything is put in. */
  prepare?(sequences: Sequences, texts: readonly string[]): Sequences;
  /** Joins the texts; undefined leaves them as they are. */
  join?(sequences: Sequences, addsSpecialTokens: boolean): Token[];
}

const plain: PostProcessor = { added: () => 0 };

const readers: Readonly<Record<string, (from: Definition, place: string) => PostProcessor>> = {
  TemplateProcessing: readTemplate,
  BertProcessing: readBert,
  RobertaProcessing: readRoberta,
  ByteLevel(from, place) {
    if (!readBoolean(from, "trim_offsets", place, true)) return plain;
    const keepsFirst = readBoolean(from, "add_prefix_space", place, true);
    return {
      ...plain,
      prepare: (sequences, texts) =>
        sequences.map((tokens, i) => trimmed(tokens, texts[i]!, keepsFirst)),
    };
  },
  Sequence(from, place) {
    const steps = readList(from, "processors", place).flatMap((step, i) =>
      step === null ? [] : [readStep(step, `${place}.processors[${i}]`)],
    );
    return {
      added: (isPair) => steps.reduce((count, step) => count + step.added(isPair), 0),
      prepare: (sequences, texts) =>
        steps.reduce((now, step) => step.prepare?.(now, texts) ?? now, sequences),
      join: steps.findLast((step) => step.join)?.join,
    };
  },
};

/** A post-processor of tokenizer.json; null puts nothing in. Throws TokenError for what does not fit. */
export function readPostProcessor(value: unknown, place: string): PostProcessor {
  if (value === undefined || value === null) return plain;
  checkNesting(value, "processors", place);
  return readStep(value, place);
}

function readStep(value: unknown, place: string): PostProcessor {
  const from = asDefinition(value, place);
  return readerOf(readers, from.type, place)(from, place);
}

/** One text or two as one list of tokens. */
export function joinSequences(
  sequences: Sequences,
  texts: readonly string[],
  { prepare, join }: PostProcessor,
  addsSpecialTokens: boolean,
): readonly Token[] {
  expectFlags({ addSpecialTokens: addsSpecialTokens }, "encode");
  const prepared = prepare?.(sequences, texts) ?? sequences;
  if (join) return join(prepared, addsSpecialTokens);
  return prepared.length === 1 ? prepared[0]! : prepared.flat();
}

function typed(tokens: readonly Token[], type: number): readonly Token[] {
  return tokens.every((token) => token.type === type)
    ? tokens
    : tokens.map((token) => ({ ...token, type }));
}

type TemplatePart =
  | { readonly sequence: 0 | 1; readonly type: number }
  | { readonly tokens: readonly Token[] };

/** The most tokens and texts of one template. */
const mostParts = 1024;

function readTemplate(from: Definition, place: string): PostProcessor {
  const specials = asDefinition(from.special_tokens ?? {}, `${place}.special_tokens`);
  const single = readTemplateParts(from, "single", specials, place);
  const pair = readTemplateParts(from, "pair", specials, place);
  // A field of heed's own: a text that ends with what would be put in behind it gets no other (SiglipTokenizer).
  const isOnce = readBoolean(from, "once", place, false);
  const count = (parts: readonly TemplatePart[]) =>
    parts.reduce((total, part) => total + ("tokens" in part ? part.tokens.length : 0), 0);
  return {
    added: (isPair) => count(isPair ? pair : single),
    join: (sequences, addsSpecialTokens) =>
      (sequences.length > 1 ? pair : single).flatMap((part, place, parts) => {
        if ("tokens" in part) {
          const before = parts[place - 1];
          const last =
            before && "sequence" in before ? sequences[before.sequence]?.at(-1) : undefined;
          const isThere = isOnce && last !== undefined && last.id === part.tokens[0]?.id;
          return addsSpecialTokens && !isThere ? part.tokens : [];
        }
        return typed(sequences[part.sequence] ?? [], part.type);
      }),
  };
}

function readTemplateParts(
  from: Definition,
  key: string,
  specials: Definition,
  place: string,
): readonly TemplatePart[] {
  const list = readList(from, key, place);
  let count = 0;
  const counted = (more: number) => {
    count += more;
    if (count <= mostParts) return;
    throw new TokenError(
      `${place}.${key} puts in more than ${mostParts} tokens and texts, the most that heed takes. Is the file damaged?`,
    );
  };
  return list.map((entry, index): TemplatePart => {
    const here = `${place}.${key}[${index}]`;
    const { Sequence: sequence, SpecialToken: special } = asDefinition(entry, here);
    const part = asDefinition(sequence ?? special, here);
    const type = readInteger(part, "type_id", here, 0);
    const id = readString(part, "id", here);
    if (sequence !== undefined) {
      counted(1);
      if (id !== "A" && id !== "B") throw mismatch(`${here}.id`, '"A" or "B"', id);
      return { sequence: id === "A" ? 0 : 1, type };
    }
    const listed = asDefinition(specials[id], `${place}.special_tokens[${JSON.stringify(id)}]`);
    const texts = readList(listed, "tokens", here);
    const ids = readList(listed, "ids", here);
    counted(ids.length + 1);
    const tokens = ids.map((token, i) => {
      if (!isIndex(token))
        throw mismatch(`${place}.special_tokens.${id}.ids`, "whole numbers", token);
      const text = texts[i] ?? id;
      if (typeof text !== "string")
        throw mismatch(`${place}.special_tokens.${id}.tokens[${i}]`, "a string", text);
      return specialToken(token, text, type);
    });
    return { tokens };
  });
}

function readBert(from: Definition, place: string): PostProcessor {
  const first = readNamedToken(from, "cls", place);
  const end = readNamedToken(from, "sep", place);
  return {
    added: (isPair) => (isPair ? 3 : 2),
    join: ([one = [], two], addsSpecialTokens) => {
      if (!addsSpecialTokens) return [...one, ...(two ?? [])];
      const start = [specialToken(...first, 0), ...one, specialToken(...end, 0)];
      return two ? [...start, ...two, specialToken(...end, 1)] : start;
    },
  };
}

function readRoberta(from: Definition, place: string): PostProcessor {
  const first = readNamedToken(from, "cls", place);
  const end = readNamedToken(from, "sep", place);
  const trims = readBoolean(from, "trim_offsets", place, true);
  const keepsFirst = readBoolean(from, "add_prefix_space", place, true);
  const stop = specialToken(...end, 0);
  return {
    added: (isPair) => (isPair ? 4 : 2),
    prepare: (sequences, texts) =>
      sequences.map((tokens, i) =>
        typed(trims ? trimmed(tokens, texts[i]!, keepsFirst) : tokens, 0),
      ),
    join: ([one = [], two], addsSpecialTokens) => {
      if (!addsSpecialTokens) return [...one, ...(two ?? [])];
      const start = [specialToken(...first, 0), ...one, stop];
      return two ? [...start, stop, ...two, stop] : start;
    },
  };
}

function readNamedToken(from: Definition, key: string, place: string): readonly [number, string] {
  const [text, id] = readList(from, key, place);
  if (typeof text !== "string" || !isIndex(id))
    throw mismatch(`${place}.${key}`, "a token and its id", from[key]);
  return [id, text];
}

/**
 * Offsets without the white space at both ends, a character of the text for each blank of the token, as the Rust library
 * counts. A single blank at the start of the text may have been put in, so it takes nothing off.
 */
function trimmed(tokens: readonly Token[], text: string, keepsFirst: boolean): readonly Token[] {
  return tokens.map((token, index) => {
    const blanks = countBlanks(token.text);
    const isPutIn = blanks === 1 && keepsFirst && (index === 0 || token.start === 0);
    const leading = isPutIn ? 0 : blanks;
    const trailing = countBlanks([...token.text].reverse().join(""));
    if (leading === 0 && trailing === 0) return token;
    const start = Math.min(stepForward(text, token.start, leading), token.end);
    const end = stepBack(text, token.end, trailing) ?? token.end;
    return { ...token, start, end: Math.max(end, start) };
  });
}

function countBlanks(text: string): number {
  const whiteSpace = codePointSet("whiteSpace");
  let count = 0;
  while (text[count] === byteCharacters[0x20] || whiteSpace.has(text.charCodeAt(count))) count++;
  return count;
}

function stepForward(text: string, unit: number, count: number): number {
  let at = unit;
  for (let i = 0; i < count; i++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return at;
}

/** The unit `count` characters before another; undefined when there are not so many. */
function stepBack(text: string, unit: number, count: number): number | undefined {
  let at = unit;
  for (let i = 0; i < count; i++) {
    if (at <= 0) return undefined;
    at -= at > 1 && text.codePointAt(at - 2)! > 0xffff ? 2 : 1;
  }
  return at;
}
