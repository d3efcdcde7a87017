import { TokenError } from "../errors/errors.ts";

/** A JSON object of which nothing is known yet. */
export type Definition = Readonly<Record<string, unknown>>;

/** A JSON object, or a TokenError that names the place. */
export function asDefinition(value: unknown, place: string): Definition {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw mismatch(place, "a JSON object", value);
  }
  return value as Definition;
}

/** The error for a value that is not what its place asks for. */
export function mismatch(place: string, rule: string, value: unknown): TokenError {
  const shown = value === undefined ? "nothing" : shorten(JSON.stringify(value) ?? String(value));
  return new TokenError(`${place} must be ${rule}, got ${shown}. Is the file complete?`);
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** The deepest that Sequences may lie in each other, and the most components they may hold together. */
const deepest = 16;
const mostComponents = 512;

/** Throws TokenError where Sequences (whose parts stand under `key`) nest too deeply or hold too many parts. */
export function checkNesting(value: unknown, key: string, place: string): void {
  let level: unknown[] = [value];
  let count = 0;
  for (let depth = 0; level.length > 0; depth++) {
    count += level.length;
    if (depth > deepest) {
      throw new TokenError(
        `${place}: Sequences lie in each other more than ${deepest} deep. Write their steps as one list.`,
      );
    }
    if (count > mostComponents) {
      throw new TokenError(
        `${place} has more than ${mostComponents} components, the most that heed reads. Is the file damaged?`,
      );
    }
    const next: unknown[] = [];
    for (const step of level) {
      const inner = (step as Definition | null | undefined)?.[key];
      if (Array.isArray(inner)) for (const one of inner) next.push(one);
    }
    level = next;
  }
}

/** Readers of one key: absent and null give the fallback, anything of another type a TokenError. */
export function readString(
  from: Definition,
  key: string,
  place: string,
  fallback?: string,
): string {
  const value = from[key] ?? fallback;
  if (typeof value !== "string") throw mismatch(`${place}.${key}`, "a string", value);
  return value;
}

export function readBoolean(
  from: Definition,
  key: string,
  place: string,
  fallback: boolean,
): boolean {
  const value = from[key] ?? fallback;
  if (typeof value !== "boolean") throw mismatch(`${place}.${key}`, "true or false", value);
  return value;
}

export function readInteger(
  from: Definition,
  key: string,
  place: string,
  fallback?: number,
): number {
  const value = from[key] ?? fallback;
  if (!isIndex(value)) throw mismatch(`${place}.${key}`, "a whole number from 0 up", value);
  return value;
}

/** Tokens that a file names by their number alone are made one by one: no published tokenizer has a thousandth of these. */
export const mostNumbered = 1_000_000;

/** How many tokens are named by their number alone: from 0 to a million. */
export function readCount(from: Definition, key: string, place: string, fallback: number): number {
  const value = readInteger(from, key, place, fallback);
  if (value > mostNumbered)
    throw mismatch(`${place}.${key}`, `a whole number up to ${mostNumbered}`, value);
  return value;
}

export function readList(from: Definition, key: string, place: string): readonly unknown[] {
  const value = from[key];
  if (!Array.isArray(value)) throw mismatch(`${place}.${key}`, "a list", value);
  return value;
}

/** Whether a value can be an id: a whole number from 0 up. */
export function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 0x80000000;
}

/** The reader of a component's type, or a TokenError that lists the types that heed knows. */
export function readerOf<Reader>(
  readers: Readonly<Record<string, Reader>>,
  type: unknown,
  place: string,
): Reader {
  if (typeof type === "string" && Object.hasOwn(readers, type)) return readers[type]!;
  const known = Object.keys(readers).join(", ");
  throw new TokenError(
    `${place}: type ${shorten(JSON.stringify(type) ?? "nothing")} is not supported. heed reads ${known}.`,
  );
}
