import { TokenError } from "../../errors/errors.ts";
import { asDefinition, mismatch } from "../definition.ts";
import { TextFinder } from "./automaton.ts";
import { type Expression, isLinear, parseExpression } from "./expression.ts";
import { compileExpression, Matcher, type Program } from "./matcher.ts";
import { characterClass } from "./unicode.ts";

/** What a pattern matches: units [start, end) of a text. */
export interface Match {
  readonly start: number;
  readonly end: number;
}

/** What is looked for in texts: gives its matches from left to right, in time that grows with the text and no faster. */
export type Pattern = (text: string) => Iterable<Match>;

const longestPattern = 1_000_000;

/** A pattern of tokenizer.json, `{"String": …}` or `{"Regex": …}` in Oniguruma's spelling. */
export function readPattern(value: unknown, place: string): Pattern {
  const { String: literal, Regex: source } = asDefinition(value, place);
  if (typeof literal === "string" && literal !== "") return literalPattern([literal]);
  if (typeof source !== "string") throw mismatch(place, '{"String": …} or {"Regex": …}', value);
  if (source.length > longestPattern) {
    throw new TokenError(
      `${place}: a pattern of ${source.length} characters is longer than the ${longestPattern} that heed reads.`,
    );
  }
  const translated = translate(source);
  let native: RegExp;
  try {
    native = new RegExp(translated, "gmu");
  } catch (cause) {
    throw new TokenError(
      `${place}: JavaScript has no equal of the pattern ${JSON.stringify(source)}: ${(cause as Error).message}`,
      { cause },
    );
  }
  const expression = parseExpression(translated, place);
  const literals = literalsOf(expression);
  if (literals) return literalPattern(literals);
  const careful = carefulPattern(expression, place);
  return isKnownLinear(source, place) ? nativePattern(native, careful) : careful;
}

/** A pattern in JavaScript's spelling (for the flag `u`) that is known to take linear time. */
export function linearPattern(source: string): Pattern {
  const careful: Pattern = (text) => carefulPattern(parseExpression(source, source), source)(text);
  return nativePattern(new RegExp(source, "gu"), careful);
}

/** A pattern of any of some literal texts, the longest first. */
export function literalPattern(literals: readonly string[]): Pattern {
  const finder = new TextFinder(literals);
  return (text) =>
    finder.find(text).map(({ start, index }) => ({ start, end: start + literals[index]!.length }));
}

/**
 * A pattern that the engine itself matches, for those that it matches in linear time. Where its stack is too small for a
 * run of a text, `careful` does the rest.
 */
function nativePattern(pattern: RegExp, careful: Pattern): Pattern {
  return function* (text) {
    let last = -1;
    try {
      for (const match of text.matchAll(pattern)) {
        const end = match.index + match[0].length;
        yield { start: match.index, end };
        last = match.index;
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      for (const match of careful(text)) if (match.start > last) yield match;
    }
  };
}

/** A pattern that heed itself matches. */
export function carefulPattern(expression: Expression, place: string): Pattern {
  let program: Program | undefined;
  return function* (text) {
    program ??= compileExpression(expression, place);
    const matcher = new Matcher(program, text);
    for (let start = 0; start <= text.length; ) {
      const end = matcher.matchAt(start);
      if (end >= 0) yield { start, end };
      start = end > start ? end : start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
    }
  };
}

/** Letters as o200k's and its kin's patterns cut them by case: the first option takes what the second leaves. */
const lettersByCase =
  /^(\[\^\\r\\n\\p\{L\}\\p\{N\}\]\?)(\[[^[\]]*\])\*(\[[^[\]]*\])\+((?:\(\?i:[^()]*\)\?)?)\|\1\2\+\3\*\4\|/;

/** White space as the patterns of GPT-2 and after cut it: the last option takes each run that the others leave. */
const runsOfSpace = /(?:^|\|)(?:\\s\*\[\\r\\n\]\+?\|)?(?:\\s\+\(\?!\\S\)\|)?\\s\+$/;

/** Whether the engine matches a pattern in linear time: by its form, or as one of those that published tokenizers have. */
export function isKnownLinear(source: string, place: string): boolean {
  const rest = source.replace(lettersByCase, "").replace(runsOfSpace, "");
  return rest === "" || isLinear(parseExpression(translate(rest), place));
}

/** The texts of a pattern that only spells some, where the first that fits is the longest. */
function literalsOf(expression: Expression): string[] | undefined {
  const options = expression.type === "choice" ? expression.options : [expression];
  const literals: string[] = [];
  for (const option of options) {
    const parts = option.type === "sequence" ? option.parts : [option];
    let text = "";
    for (const part of parts) {
      const spelt = part.type === "character" && /^(?:\\(?=[^\w\s]))?(.)$/su.exec(part.source)?.[1];
      if (!spelt || part.source === ".") return undefined;
      text += spelt;
    }
    if (text === "" || text.length > (literals.at(-1)?.length ?? Infinity)) return undefined;
    literals.push(text);
  }
  return literals;
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
