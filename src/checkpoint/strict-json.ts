import { CheckpointError } from "../errors/errors.ts";
import { short } from "../errors/visible.ts";

/** Nested deeper than any checkpoint's file; serde_json, which the Rust safetensors uses, has the same limit. */
const DEEPEST = 128;

/** More names than any vocabulary or list of tensors has: millions of them in 100 MB would take gigabytes. */
const MOST_NAMES = 1_000_000;

/**
 * JSON text as a value, a leading byte order mark allowed. Throws CheckpointError for invalid JSON, a name given twice in one
 * object (JSON.parse would keep the last), a number beyond float64 (JSON.parse would make it Infinity) and deep nesting.
 */
export function parseJson(text: string, place: string): unknown {
  const json = text.startsWith("\uFEFF") ? text.slice(1) : text;
  refuseTraps(json, place);
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

const number = /-?[0-9][0-9.eE+-]*/y;
const afterKey = /[ \t\r\n]*:/y;

/** One pass over the raw text; text that is no JSON at all is left to JSON.parse to refuse. */
function refuseTraps(json: string, place: string): void {
  const open: (Set<string> | undefined)[] = []; // names so far, per object; undefined for an array
  let names = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json[at]!;
    if (character === "{" || character === "[") {
      open.push(character === "{" ? new Set() : undefined);
      if (open.length > DEEPEST)
        throw new CheckpointError(`${place}: JSON nested more than ${DEEPEST} deep`);
    } else if (character === "}" || character === "]") open.pop();
    else if (character === '"') {
      const end = endOfString(json, at);
      afterKey.lastIndex = end;
      if (afterKey.test(json)) {
        if (++names > MOST_NAMES)
          throw new CheckpointError(`${place}: JSON with more than ${MOST_NAMES} names`);
        noteName(open.at(-1), json.slice(at, end), place);
      }
      at = end - 1;
    } else if (character === "-" || (character >= "0" && character <= "9")) {
      number.lastIndex = at;
      const digits = number.exec(json)?.[0] ?? character;
      if (Math.abs(Number(digits)) === Number.POSITIVE_INFINITY)
        throw new CheckpointError(`${place}: the number ${short(digits)} is too large`);
      at += digits.length - 1;
    }
  }
}

/** The position after the closing quote. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === "\\") at++;
    else if (json[at] === '"') return at + 1;
  }
  return json.length;
}

function noteName(names: Set<string> | undefined, quoted: string, place: string): void {
  if (names === undefined) return;
  const name = quoted.includes("\\") ? unescaped(quoted) : quoted.slice(1, -1);
  if (names.has(name))
    throw new CheckpointError(`${place}: "${short(name)}" is given twice in one JSON object`);
  names.add(name);
}

function unescaped(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}
