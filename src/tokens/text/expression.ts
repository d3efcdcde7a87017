import { TokenError } from "../../errors/errors.ts";

/** A regular expression as a tree. Groups leave no trace: nothing asks for what they captured. */
export type Expression =
  /** One code point; `source` is a class, an escape or the character itself. */
  | { readonly type: "character"; readonly source: string }
  | { readonly type: "edge"; readonly kind: "^" | "$" | "\\b" | "\\B" }
  | {
      readonly type: "look";
      readonly isAhead: boolean;
      readonly isNegated: boolean;
      readonly body: Expression;
    }
  | { readonly type: "sequence"; readonly parts: readonly Expression[] }
  | { readonly type: "choice"; readonly options: readonly Expression[] }
  | {
      readonly type: "repeat";
      readonly body: Expression;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    };

const lexeme =
  /\[(?:\\.|[^\]\\])*\]|\\u\{[^}]*\}|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\c[A-Za-z]|\\[pP]\{[^}]*\}|\\k<[^>]*>|\\[1-9]\d*|\\.|\(\?<?[=!]|\(\?:|\(\?<[^>]*>|[*+?]\??|\{\d+(?:,\d*)?\}\??|./gsu;

/** The deepest that groups may lie in each other. */
const deepest = 200;

/** The tree of a pattern that `new RegExp(source, "u")` takes. Throws TokenError for back references. */
export function parseExpression(source: string, place: string): Expression {
  const lexemes = source.match(lexeme) ?? [];
  let next = 0;
  const choice = (depth: number): Expression => {
    if (depth > deepest) {
      throw new TokenError(`${place}: groups lie in each other more than ${deepest} deep.`);
    }
    const options: Expression[] = [];
    let parts: Expression[] = [];
    for (; next < lexemes.length && lexemes[next] !== ")"; ) {
      if (lexemes[next] === "|") {
        options.push({ type: "sequence", parts });
        parts = [];
        next++;
      } else parts.push(repeated(term(depth)));
    }
    options.push({ type: "sequence", parts });
    return options.length === 1 ? options[0]! : { type: "choice", options };
  };
  const term = (depth: number): Expression => {
    const text = lexemes[next++]!;
    if (text === "^" || text === "$" || text === "\\b" || text === "\\B") {
      return { type: "edge", kind: text };
    }
    if (/^\\[1-9]|^\\k/.test(text)) {
      throw new TokenError(
        `${place}: heed does not match back references, and the pattern has ${JSON.stringify(text)}.`,
      );
    }
    if (!text.startsWith("(")) return { type: "character", source: text };
    const body = choice(depth + 1);
    next++;
    if (!/^\(\?<?[=!]$/.test(text)) return body;
    return { type: "look", isAhead: !text.includes("<"), isNegated: text.endsWith("!"), body };
  };
  const repeated = (body: Expression): Expression => {
    const count = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)$/.exec(lexemes[next] ?? "");
    if (!count) return body;
    next++;
    const [, sign, least, comma, most, lazy] = count;
    const min = sign ? (sign === "+" ? 1 : 0) : Number(least);
    const open = sign ? (sign === "?" ? 1 : Infinity) : comma ? Infinity : min;
    return { type: "repeat", body, min, max: most ? Number(most) : open, isLazy: lazy === "?" };
  };
  return choice(0);
}

/** Whether an expression can match nothing. */
export function isNullable(node: Expression): boolean {
  switch (node.type) {
    case "character":
      return false;
    case "edge":
    case "look":
      return true;
    case "sequence":
      return node.parts.every(isNullable);
    case "choice":
      return node.options.some(isNullable);
    case "repeat":
      return node.min === 0 || isNullable(node.body);
  }
}

/** What an engine that backtracks may spend at one place of a text before it is not worth trusting. */
const mostWork = 2048;

/**
 * Whether an engine that backtracks takes linear time on every text: in each option all that comes before the first
 * endless repetition of a character is short, and all that comes after it may be left out, so that it never turns back.
 */
export function isLinear(node: Expression): boolean {
  const options = node.type === "choice" ? node.options : [node];
  let work = 0;
  for (const option of options) {
    const parts = option.type === "sequence" ? option.parts : [option];
    const first = parts.findIndex(isEndless);
    const before = first < 0 ? parts : parts.slice(0, first);
    const after = first < 0 ? [] : parts.slice(first + 1);
    const areAfterFree = after.every(
      (part) =>
        part.type === "repeat" && part.min === 0 && (isEndless(part) || workOf(part) < mostWork),
    );
    const least = first < 0 ? 1 : 1 + (parts[first] as { min: number }).min;
    work += workOf({ type: "sequence", parts: before }) * least;
    if (!areAfterFree || !(work <= mostWork)) return false;
  }
  return true;
}

function isEndless(node: Expression): boolean {
  return node.type === "repeat" && node.max === Infinity && node.body.type === "character";
}

/** A bound of the steps that all ways through an expression take together. */
function workOf(node: Expression): number {
  switch (node.type) {
    case "character":
    case "edge":
      return 1;
    case "look":
      return 1 + workOf(node.body);
    case "sequence": {
      const ways = node.parts.reduce((product, part) => product * waysOf(part), 1);
      return ways * node.parts.reduce((sum, part) => sum + workOf(part), 1);
    }
    case "choice":
      return node.options.reduce((sum, option) => sum + workOf(option), 0);
    case "repeat":
      return waysOf(node) * (1 + node.max * workOf(node.body));
  }
}

function waysOf(node: Expression): number {
  switch (node.type) {
    case "sequence":
      return node.parts.reduce((product, part) => product * waysOf(part), 1);
    case "choice":
      return node.options.reduce((sum, option) => sum + waysOf(option), 0);
    case "repeat":
      return (1 + node.max - node.min) * waysOf(node.body) ** node.max;
    default:
      return 1;
  }
}
