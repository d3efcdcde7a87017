import { parseJson } from "../checkpoint/json/strict-json.ts";
import { TokenError } from "../errors/errors.ts";
import { asDefinition, type Definition, readString } from "../tokens/definition.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";

/** One value in which a tokenizer and a case file disagree. */
export interface CaseDifference {
  /** Which file of cases: "cases" or "decode". */
  readonly file: "cases" | "decode";
  /** The line, counted from 1. */
  readonly line: number;
  readonly field: string;
  /** What was encoded, or the ids that were decoded. */
  readonly text: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** How many lines were checked, how many agree in every field, and each difference. */
export interface CaseReport {
  readonly total: number;
  readonly agreeing: number;
  readonly differences: readonly CaseDifference[];
}

/** The contents of a folder's case files, one JSON object a line. */
export interface CaseTexts {
  readonly cases?: string;
  readonly decode?: string;
}

/** Encodes and decodes every case and compares ids, tokens, offsets, texts, segments, special tokens and decodings. */
export function verifyCases(
  makeTokenizer: () => Tokenizer,
  { cases = "", decode = "" }: CaseTexts,
): CaseReport {
  const tokenizer = makeTokenizer();
  const differences: CaseDifference[] = [];
  let total = 0;
  let agreeing = 0;
  const check = (
    file: "cases" | "decode",
    text: string,
    compare: (from: Definition) => Comparison,
  ) => {
    for (const [index, line] of text.split("\n").entries()) {
      if (line.trim() === "") continue;
      total++;
      const place = `${file}.jsonl line ${index + 1}`;
      const { label, pairs } = compare(parseLine(line, place));
      const wrong = pairs.filter(
        ({ expected, got }) => JSON.stringify(expected) !== JSON.stringify(got),
      );
      if (wrong.length === 0) agreeing++;
      for (const difference of wrong)
        differences.push({ file, line: index + 1, text: label, ...difference });
    }
  };
  check("cases", cases, (from) => compareEncoding(tokenizer, from));
  check("decode", decode, (from) => compareDecoding(tokenizer, from));
  if (total === 0)
    throw new TokenError("verify: the case files hold no case. Is the folder the right one?");
  return { total, agreeing, differences };
}

interface Comparison {
  readonly label: string;
  readonly pairs: readonly {
    readonly field: string;
    readonly expected: unknown;
    readonly got: unknown;
  }[];
}

function parseLine(line: string, place: string): Definition {
  try {
    return asDefinition(parseJson(line, place), place);
  } catch (cause) {
    if (cause instanceof TokenError) throw cause;
    throw new TokenError(`${place} must be one JSON object: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function compareEncoding(tokenizer: Tokenizer, from: Definition): Comparison {
  const text = readString(from, "text", "cases.jsonl");
  const pair = typeof from.pair === "string" ? from.pair : undefined;
  const { tokens, ids, types } = tokenizer.encode(text, {
    pair,
    addSpecialTokens: from.add_special_tokens !== false,
  });
  const got: Readonly<Record<string, unknown>> = {
    ids,
    tokens: tokens.map((token) => token.text),
    offsets_utf16: tokens.map(({ start, end }) => [start, end]),
    sequence_ids: tokens.map((token) => token.sequence),
    type_ids: types,
    special_mask: tokens.map((token) => Number(token.special)),
    word_ids: tokens.map((token) => token.word),
    decoded: tokenizer.decode(ids, { skipSpecialTokens: true }),
  };
  const fields = Object.keys(got).filter((field) => from[field] !== undefined);
  return {
    label: pair === undefined ? text : `${text} + ${pair}`,
    pairs: fields.map((field) => ({ field, expected: from[field], got: got[field] })),
  };
}

function compareDecoding(tokenizer: Tokenizer, from: Definition): Comparison {
  const { ids } = from;
  if (!Array.isArray(ids))
    throw new TokenError(`decode.jsonl: ids is ${JSON.stringify(ids)}, needs a list of ids`);
  const got = tokenizer.decode(ids, { skipSpecialTokens: from.skip_special_tokens !== false });
  return {
    label: `[${ids.join(", ")}]`,
    pairs: [{ field: "decoded", expected: from.decoded, got }],
  };
}

/** A variant of a tokenizer.json: a merge patch, and which cases it must pass. */
export interface Variant {
  readonly note: string;
  readonly tokenizerJson: unknown;
  /** The case file's path, as seen from the variant. */
  readonly cases: string;
}

/** Applies a variant's RFC 7396 patch, in which "$null" stands for null and "$charsmap" for the file's own charsmap. */
export function applyVariant(tokenizerJson: unknown, variantText: string): Variant {
  const variant = parseLine(variantText, "variant");
  const charsmap = findCharsmap(tokenizerJson);
  return {
    note: readString(variant, "note", "variant", ""),
    tokenizerJson: mergePatch(tokenizerJson, fillIn(variant.patch, charsmap)),
    cases: readString(variant, "cases", "variant"),
  };
}

const nullMark = Symbol("a null that stays");

function fillIn(patch: unknown, charsmap: string | undefined): unknown {
  if (patch === "$null") return nullMark;
  if (patch === "$charsmap") return charsmap;
  if (Array.isArray(patch)) return patch.map((part) => unmark(fillIn(part, charsmap)));
  if (typeof patch !== "object" || patch === null) return patch;
  return Object.fromEntries(
    Object.entries(patch).map(([key, value]) => [key, fillIn(value, charsmap)]),
  );
}

function unmark(value: unknown): unknown {
  return value === nullMark ? null : value;
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return unmark(patch);
  const isObject = typeof target === "object" && target !== null && !Array.isArray(target);
  const merged: Record<string, unknown> = isObject ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

function findCharsmap(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const own = (value as Definition).precompiled_charsmap;
  if (typeof own === "string") return own;
  const inner = (value as Definition).normalizer ?? (value as Definition).normalizers;
  for (const part of Array.isArray(inner) ? inner : [inner]) {
    const found = findCharsmap(part);
    if (found !== undefined) return found;
  }
  return undefined;
}
