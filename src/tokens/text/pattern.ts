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
  const translated = translate(source, place);
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
  return rest === "" || isLinear(parseExpression(translate(rest, place), place));
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
  "\\w": () => wordClass,
};

const wordClass = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";

/** Outside of classes Oniguruma's words have these six numbers of Latin-1 too. */
const wordCharacter = `[${wordClass}²³¹¼½¾]`;

/** What means something else outside of classes there: lines end at \\n alone, and letters of every script make words. */
const elsewhere: Readonly<Record<string, string>> = {
  ".": "[^\\n]",
  "^": "(?<![^\\n])",
  $: "(?![^\\n])",
  "\\b": `(?:(?<=${wordCharacter})(?!${wordCharacter})|(?<!${wordCharacter})(?=${wordCharacter}))`,
  "\\w": wordCharacter,
  "\\W": wordCharacter.replace("[", "[^"),
  "\\B": `(?:(?<=${wordCharacter})(?=${wordCharacter})|(?<!${wordCharacter})(?!${wordCharacter}))`,
};

/** Classes in brackets of their own, by what Oniguruma has in them. */
const bracketClasses: Readonly<Record<string, () => string>> = {
  "[:alpha:]": () => "\\p{Alphabetic}",
  "[:digit:]": () => "\\p{Nd}",
  "[:alnum:]": () => "\\p{Alphabetic}\\p{Nd}",
  "[:upper:]": () => "\\p{Uppercase}",
  "[:lower:]": () => "\\p{Lowercase}",
  "[:space:]": () => characterClass("whiteSpace"),
  "[:word:]": () => wordClass,
  "[:punct:]": () => "\\p{P}\\p{S}",
};

/** Oniguruma's spelling of a pattern in JavaScript's, for the flag `u`. Throws TokenError for what would mean something else there. */
export function translate(source: string, place = "pattern"): string {
  const parts =
    source.match(/\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\.|\(\?i:|\[:\^?[a-z]+:\]|&&|\[\^?|./gsu) ?? [];
  let translated = "";
  let depth = 0;
  let blindDepth = 0;
  let classDepth = 0;
  let classStart = 0;
  // Where the last single character or class begins, and what has come behind it: what repeats it.
  let atom: number | undefined;
  let repeats = "";
  for (const part of parts) {
    if (classDepth === 0 && atom !== undefined) {
      const isCount = /^(?:[?*+{]|\{[\d,]*\}?)$/.test(repeats + part);
      if (part === "+" && /[?*+}]$/.test(repeats)) {
        translated = translated.slice(0, atom) + possessive(translated.slice(atom), repeats);
        atom = undefined;
        continue;
      }
      if (isCount) {
        repeats += part;
        translated += part;
        continue;
      }
    }
    if (classDepth === 0) {
      atom = /^(?:[()|^$*+?{}]|\(\?i:|\\[bB])$/.test(part) ? undefined : translated.length;
      repeats = "";
    }
    if (classDepth === 0 && part === "(?i:") {
      depth++;
      blindDepth ||= depth;
      translated += "(?:";
    } else if (part.startsWith("[:")) {
      translated += classDepth > 0 ? bracketClass(part, source, place) : part;
    } else if (part.startsWith("[")) {
      // A class within a class adds its members.
      if (classDepth > 0 && part === "[^") refuse(part, source, place);
      if (classDepth++ === 0) {
        translated += part;
        classStart = translated.length;
      }
    } else if (part === "]" && classDepth > 0) {
      if (--classDepth === 0) {
        const members = translated.slice(classStart);
        const isBlind = blindDepth > 0 && members !== "";
        translated = `${translated.slice(0, classStart)}${isBlind ? folded(members) : members}]`;
      }
    } else if (classDepth > 0) {
      if (part === "&&") refuse(part, source, place);
      // Which the flag `u` allows in classes as they are.
      translated += part === "(?i:" ? part : translatePart(part, true);
    } else {
      if (part === "(") depth++;
      if (part === ")") {
        if (depth === blindDepth) blindDepth = 0;
        depth--;
      }
      const own = Object.hasOwn(elsewhere, part) ? elsewhere[part] : undefined;
      translated += own ?? (blindDepth > 0 ? eitherCase(part) : translatePart(part, false));
    }
  }
  return translated;
}

function bracketClass(part: string, source: string, place: string): string {
  const members = Object.hasOwn(bracketClasses, part) ? bracketClasses[part] : undefined;
  return members ? members() : refuse(part, source, place);
}

function refuse(part: string, source: string, place: string): never {
  throw new TokenError(
    `${place}: heed does not read ${JSON.stringify(part)} within a class of characters, and the pattern ${JSON.stringify(source)} has it.`,
  );
}

function translatePart(part: string, isInClass: boolean): string {
  const negated = part.replace(
    /^\\([PSDW])(?=\{|$)/,
    (_, letter: string) => `\\${letter.toLowerCase()}`,
  );
  const inside = classes[negated];
  if (inside) {
    if (part === negated) return isInClass ? inside() : `[${inside()}]`;
    return isInClass ? outside(inside()) : `[^${inside()}]`;
  }
  if (part.startsWith("\\x{")) return `\\u${part.slice(2)}`;
  const script =
    /^\\([pP])\{(Han|Hiragana|Katakana|Hangul|Latin|Cyrillic|Arabic|Greek|Thai|Hebrew|Devanagari)\}$/.exec(
      part,
    );
  if (script) return `\\${script[1]}{Script=${script[2]}}`;
  // The flag `u` refuses escapes of characters that need none.
  if (/^\\[^\w\s^$\\.*+?()[\]{}|/-]$/u.test(part)) return part.slice(1);
  return part;
}

/** A character or class (`repeated` ends in `repeats`) that gives nothing back of what it took; a count of times is repeated instead, as Ruby's spelling has it. */
function possessive(repeated: string, repeats: string): string {
  if (repeats.endsWith("}")) return `(?:${repeated})+`;
  const once = repeated.slice(0, -1);
  return repeats === "?" ? `(?:${once}|(?!${once}))` : `(?:${repeated}(?!${once}))`;
}

const rangesOfClasses = new Map<string, string>();

/** The characters that an expression matches, as the inside of a class. */
function rangesOf(expression: RegExp): string {
  const key = String(expression);
  const known = rangesOfClasses.get(key);
  if (known !== undefined) return known;
  let ranges = "";
  for (let start = 0; start <= 0x10ffff; start++) {
    if (!expression.test(String.fromCodePoint(start))) continue;
    let end = start;
    while (end < 0x10ffff && expression.test(String.fromCodePoint(end + 1))) end++;
    ranges += `\\u{${start.toString(16)}}-\\u{${end.toString(16)}}`;
    start = end;
  }
  rangesOfClasses.set(key, ranges);
  return ranges;
}

/** What a class lacks. */
function outside(inside: string): string {
  return rangesOf(new RegExp(`^[^${inside}]`, "u"));
}

/** The members of a class in either case. */
function folded(inside: string): string {
  if (/^[a-zA-Z]+$/.test(inside)) return [...inside].map(bothCases).join("");
  return rangesOf(new RegExp(`^[${inside}]`, "iu"));
}

/** A letter as both of its cases (and the old forms that fold to it), inside `(?i:…)`. */
function eitherCase(part: string): string {
  if (/^[a-zA-Z]$/.test(part)) return `[${bothCases(part)}]`;
  return /^\p{L}$/u.test(part) ? `[${folded(part)}]` : translatePart(part, false);
}

function bothCases(letter: string): string {
  const extra = { s: "\u017f", k: "\u212a" }[letter.toLowerCase()] ?? "";
  return `${letter.toLowerCase()}${letter.toUpperCase()}${extra}`;
}
