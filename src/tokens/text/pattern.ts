import { TokenError } from "../../errors/errors.ts";
import { asDefinition, mismatch } from "../definition.ts";
import { characterClass } from "./unicode.ts";

/** A pattern of tokenizer.json, `{"String": …}` or `{"Regex": …}` in Oniguruma's spelling, as a global RegExp. */
export function readPattern(value: unknown, place: string): RegExp {
  const { String: literal, Regex: source } = asDefinition(value, place);
  if (typeof literal === "string" && literal !== "") return literalPattern([literal]);
  if (typeof source !== "string") throw mismatch(place, '{"String": …} or {"Regex": …}', value);
  try {
    return new RegExp(translate(source), "gmu");
  } catch (cause) {
    throw new TokenError(
      `${place}: JavaScript has no equal of the pattern ${JSON.stringify(source)}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** A global pattern for any of some literal texts, the longest first. */
export function literalPattern(literals: readonly string[]): RegExp {
  const longestFirst = [...literals].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map(escapeLiteral).join("|"), "gu");
}

function escapeLiteral(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Classes whose members differ between engines, by the tables that the published tokenizers were made with. */
const classes: Readonly<Record<string, () => string>> = {
  "\\p{L}": () => characterClass("letter"),
  "\\p{N}": () => characterClass("number"),
  "\\s": () => characterClass("whiteSpace"),
  "\\d": () => "\\p{Nd}",
  "\\w": () => "\\p{L}\\p{M}\\p{N}\\p{Pc}",
};

/** Oniguruma's spelling of a pattern in JavaScript's, for the flag `u`. */
export function translate(source: string): string {
  const parts = source.match(/\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\.|\(\?i:|./gsu) ?? [];
  let translated = "";
  let depth = 0;
  let blindDepth = 0;
  let isInClass = false;
  for (const part of parts) {
    if (part === "(?i:") {
      depth++;
      blindDepth ||= depth;
      translated += "(?:";
      continue;
    }
    if (part === "[" && !isInClass) isInClass = true;
    else if (part === "]" && isInClass) isInClass = false;
    else if (part === "(" && !isInClass) depth++;
    else if (part === ")" && !isInClass) {
      if (depth === blindDepth) blindDepth = 0;
      depth--;
    }
    translated += blindDepth > 0 && !isInClass ? eitherCase(part) : translatePart(part, isInClass);
  }
  return translated;
}

function translatePart(part: string, isInClass: boolean): string {
  const negated = part.replace(/^\\([PS])/, (_, letter: string) => `\\${letter.toLowerCase()}`);
  const inside = classes[negated];
  if (inside) {
    if (part === negated) return isInClass ? inside() : `[${inside()}]`;
    if (!isInClass) return `[^${inside()}]`;
  }
  if (part.startsWith("\\x{")) return `\\u${part.slice(2)}`;
  // The flag `u` refuses escapes of characters that need none.
  if (/^\\[^\w\s^$\\.*+?()[\]{}|/-]$/u.test(part)) return part.slice(1);
  return part;
}

/** A letter as both of its cases (and the old forms that fold to it), inside `(?i:…)`. */
function eitherCase(part: string): string {
  if (!/^[a-zA-Z]$/.test(part)) return translatePart(part, false);
  const extra = { s: "\\u017f", k: "\\u212a" }[part.toLowerCase()] ?? "";
  return `[${part.toLowerCase()}${part.toUpperCase()}${extra}]`;
}
