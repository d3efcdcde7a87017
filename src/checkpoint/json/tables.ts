import { endOfString } from "./strings.ts";

/** An object in raw JSON text that holds nothing but numbers under very many names, and what it holds in the file's order. */
export interface TableInText {
  /** Its brace, and the position after its closing one. */
  readonly start: number;
  readonly end: number;
  readonly numbers: ReadonlyMap<string, number>;
}

/** From so many names on an object is slow: each becomes a property of its own, looked up again by whoever lists them. */
const FEWEST_IN_TABLE = 1000;
/** Numbers of so few digits are exact when they are put together digit by digit. */
const EXACT_DIGITS = 15;
const [QUOTE, COMMA, ZERO, NINE, COLON, CLOSING] = [0x22, 0x2c, 0x30, 0x39, 0x3a, 0x7d];
const SPACE = 0x20;
/** What a name is not as it is written, or must not hold at all. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON refuses.
const odd = /[\\\u0000-\u001f]/;
const whitespace = /[ \t\r\n]*/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/**
 * The table whose brace is at `start`, read in one pass. Undefined where it is none, as soon as that shows: not valid JSON, fewer names than a
 * table has or more than `most`, one of them twice, or something else than a number under one.
 */
export function tableAt(json: string, start: number, most: number): TableInText | undefined {
  const numbers = new Map<string, number>();
  let code = CLOSING;
  let at = start;
  /** The next character that is no whitespace, from `from` on. */
  const look = (from: number) => {
    at = from;
    code = json.charCodeAt(at);
    if (code > SPACE) return;
    whitespace.lastIndex = at;
    whitespace.test(json);
    at = whitespace.lastIndex;
    code = json.charCodeAt(at);
  };
  for (let names = 1; names <= most; names++) {
    look(at + 1);
    if (code !== QUOTE) return undefined;
    let close = json.indexOf('"', at + 1);
    let name = json.slice(at + 1, close);
    if (odd.test(name)) {
      close = endOfString(json, at) - 1;
      const read = jsonOf(json.slice(at, close + 1));
      if (typeof read !== "string") return undefined;
      name = read;
    }
    look(close + 1);
    if (close < 0 || code !== COLON) return undefined;
    look(at + 1);
    const first = at;
    let value = 0;
    for (; code >= ZERO && code <= NINE; code = json.charCodeAt(++at))
      value = value * 10 + code - ZERO;
    const isWritten =
      at > first &&
      at - first <= EXACT_DIGITS &&
      (json.charCodeAt(first) !== ZERO || at === first + 1);
    if (!isWritten || (code !== COMMA && code !== CLOSING)) {
      number.lastIndex = first;
      if (!number.test(json)) return undefined;
      value = Number(json.slice(first, number.lastIndex));
      if (!Number.isFinite(value)) return undefined;
      look(number.lastIndex);
    }
    numbers.set(name, value);
    if (code === CLOSING) {
      const isTable = names >= FEWEST_IN_TABLE && numbers.size === names;
      return isTable ? { start, end: at + 1, numbers } : undefined;
    }
    if (code !== COMMA) return undefined;
  }
  return undefined;
}

const likeMarks = /"(table-*)"/g;

/** Raw JSON text with what stands in for each table, which `place` finds in its value. */
export function withoutTables(json: string, tables: readonly TableInText[]) {
  // Longer than whatever looks like it, found in one pass: a file may be full of those.
  let mark = "table";
  for (const [, found] of json.matchAll(likeMarks))
    if (found!.length >= mark.length) mark = `${found}-`;
  let text = "";
  let at = 0;
  for (const [n, { start, end }] of tables.entries()) {
    text += `${json.slice(at, start)}{"${mark}":${n}}`;
    at = end;
  }
  return { text: text + json.slice(at), mark };
}

/** A value with tables in the places of their marks; undefined where the marks are not each there once. */
export function place(
  value: unknown,
  mark: string,
  tables: readonly ReadonlyMap<string, number>[],
): unknown {
  const placed = new Set<unknown>();
  let isOdd = false;
  const inside = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Object.hasOwn(value, mark)) {
      const table = tables[Number((value as Record<string, unknown>)[mark])];
      isOdd ||= table === undefined || placed.has(table);
      placed.add(table);
      return table;
    }
    const parent = value as Record<string, unknown>;
    for (const key of Object.keys(parent)) {
      const child = parent[key];
      if (typeof child === "object" && child !== null) parent[key] = inside(child);
    }
    return value;
  };
  const whole = inside(value);
  return isOdd || placed.size !== tables.length ? undefined : whole;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
