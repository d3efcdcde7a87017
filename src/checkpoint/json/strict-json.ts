import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import { endOfString } from "./strings.ts";
import { place as placeTables, type TableInText, tableAt, withoutTables } from "./tables.ts";

/** Nested deeper than any checkpoint's file; serde_json, which the Rust safetensors uses, has the same limit. */
const DEEPEST = 128;

/** More names than any vocabulary or list of tensors has: millions of them in 100 MB would take gigabytes. */
const MOST_NAMES = 1_000_000;

/**
 * JSON text as a value, a leading byte order mark allowed. Throws CheckpointError for invalid JSON, a name given twice in one
 * object (JSON.parse would keep the last), a number beyond float64 (JSON.parse would make it Infinity) and deep nesting.
 */
export function parseJson(text: string, place: string): unknown {
  const json = withoutMark(text);
  return checked(json, countNames(json, place), place);
}

/**
 * The same, with objects of a thousand numbers and more (vocabularies) as a Map from their names: read in half the time, and in the order of the
 * file. Errors are those of `parseJson`.
 */
export function parseJsonTables(text: string, place: string): unknown {
  const json = withoutMark(text);
  const tables: TableInText[] = [];
  const names = countNames(json, place, tables);
  // Whatever is wrong with the text is said of all of it.
  return valueWithTables(json, names, tables) ?? checked(json, names, place);
}

function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function checked(json: string, names: number, place: string): unknown {
  const value = parsed(json, place);
  if (namesIn(value) !== names) {
    const twice = nameGivenTwice(json) ?? "";
    throw new CheckpointError(`${place}: "${short(twice)}" is given twice in one JSON object`);
  }
  return value;
}

/** Undefined where there are no tables, or the text is not as it should be. */
function valueWithTables(json: string, names: number, found: readonly TableInText[]): unknown {
  if (found.length === 0) return undefined;
  const { text, mark } = withoutTables(json, found);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const apart = found.reduce((sum, { numbers }) => sum + numbers.size, 0);
  if (namesIn(value) !== names - apart + found.length) return undefined;
  return placeTables(
    value,
    mark,
    found.map(({ numbers }) => numbers),
  );
}

function parsed(json: string, place: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    const hint = /\b(NaN|Infinity)\b/.test((error as Error).message)
      ? " (JSON has no NaN and no Infinity)"
      : "";
    throw new CheckpointError(
      `${place}: not valid JSON: ${short((error as Error).message, 200)}${hint}`,
      {
        cause: error,
      },
    );
  }
}

/** The same for UTF-8 bytes. */
export function parseJsonBytes(bytes: Uint8Array, place: string): unknown {
  return parseJson(decodeUtf8(bytes, place), place);
}

/** UTF-8 bytes as text without a byte order mark; throws CheckpointError for other encodings. */
export function decodeUtf8(bytes: Uint8Array, place: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CheckpointError(`${place}: not valid UTF-8 text`, { cause: error });
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What matters outside of strings. A regular expression, since a loop over characters is slow until it has been compiled. */
const landmark = /["{}[\]]|[0-9]{300}|[0-9.][eE]/g;
const number = /-?[0-9][0-9.eE+-]*/y;
const colon = /[ \t\r\n]*:/y;
const QUOTE = 0x22;

/**
 * One pass over the raw text: how many names its objects have. Refuses deep nesting, too many names and numbers beyond float64; text
 * that is no JSON at all is left to JSON.parse to refuse. Objects that are tables are added to `tables`.
 */
function countNames(json: string, place: string, tables?: TableInText[]): number {
  let depth = 0;
  let names = 0;
  const count = (found: number) => {
    names += found;
    if (names > MOST_NAMES)
      throw new CheckpointError(`${place}: JSON with more than ${MOST_NAMES} names`);
  };
  landmark.lastIndex = 0;
  while (landmark.test(json)) {
    const at = landmark.lastIndex - 1;
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(json, at);
      colon.lastIndex = end;
      if (colon.test(json)) count(1);
      landmark.lastIndex = end;
    } else if (json[at] === "{" || json[at] === "[") {
      if (++depth > DEEPEST)
        throw new CheckpointError(`${place}: JSON nested more than ${DEEPEST} deep`);
      const table = tables && json[at] === "{" ? tableAt(json, at, MOST_NAMES) : undefined;
      if (table === undefined) continue;
      tables!.push(table);
      count(table.numbers.size);
      landmark.lastIndex = table.end - 1;
    } else if (json[at] === "}" || json[at] === "]") {
      depth--;
    } else landmark.lastIndex = endOfNumber(json, at, place);
  }
  return names;
}

/** The end of the number that has a character at `inside`; throws CheckpointError where it is beyond float64. */
function endOfNumber(json: string, inside: number, place: string): number {
  let start = inside;
  while (start > 0 && /[0-9.eE+-]/.test(json[start - 1]!)) start--;
  number.lastIndex = start;
  const digits = number.exec(json)?.[0];
  if (digits === undefined) return inside + 1;
  if (Math.abs(Number(digits)) === Number.POSITIVE_INFINITY)
    throw new CheckpointError(`${place}: the number ${short(digits)} is too large`);
  return start + digits.length;
}

/** How many names the objects of a value have; as deep as `countNames` let it be. */
function namesIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let names = 0;
  if (Array.isArray(value)) for (const item of value) names += namesIn(item);
  else {
    const keys = Object.keys(value);
    names = keys.length;
    for (const key of keys) names += namesIn((value as Record<string, unknown>)[key]);
  }
  return names;
}

/** The first name given twice in one object of a valid text. */
function nameGivenTwice(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // names so far, per object; undefined for an array
  for (let at = 0; at < json.length; at++) {
    const character = json[at]!;
    if (character === "{") open.push(new Set());
    else if (character === "[") open.push(undefined);
    else if (character === "}" || character === "]") open.pop();
    else if (character === '"') {
      const end = endOfString(json, at);
      colon.lastIndex = end;
      if (colon.test(json)) {
        const name = JSON.parse(json.slice(at, end)) as string;
        const names = open.at(-1)!;
        if (names.has(name)) return name;
        names.add(name);
      }
      at = end - 1;
    }
  }
  return undefined;
}
