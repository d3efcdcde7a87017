import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenError } from "../../errors/errors.ts";
import { isLinear, parseExpression } from "./expression.ts";
import { compileExpression, Matcher } from "./matcher.ts";

function matchAll(source: string, text: string): { found: string[]; steps: number } {
  const matcher = new Matcher(compileExpression(parseExpression(source, "here"), "here"), text);
  const found: string[] = [];
  for (let start = 0; start <= text.length; ) {
    const end = matcher.matchAt(start);
    if (end >= 0) found.push(`${start}-${end}`);
    start = end > start ? end : start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
  }
  return { found, steps: matcher.steps };
}

/** V8 also tries the middle of a character, which the standard does not. */
function nativeMatches(source: string, text: string): string[] {
  return [...text.matchAll(new RegExp(source, "gmu"))]
    .filter(({ index }) => !(index > 0 && text.codePointAt(index - 1)! > 0xffff))
    .map(({ index, 0: { length } }) => `${index}-${index + length}`);
}

const atom = fc.constantFrom(
  "a",
  "b",
  "[ab]",
  "[^a]",
  ".",
  "\\s",
  "\\w",
  "😀",
  "\\u{1F600}",
  "\\n",
);
const { source: pattern } = fc.letrec<{ source: string }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    atom,
    fc.constantFrom("^", "$", "\\b", "\\B", "(?:)"),
    fc.tuple(tie("source"), tie("source")).map(([a, b]) => a + b),
    fc.tuple(tie("source"), tie("source")).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(
        tie("source"),
        fc.constantFrom("*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}"),
        fc.constantFrom("", "?"),
      )
      .map(([a, count, lazy]) => `(${a})${count}${lazy}`),
    fc
      .tuple(fc.constantFrom("?=", "?!", "?<=", "?<!"), tie("source"))
      .map(([kind, a]) => `(${kind}${a})`),
  ),
}));

describe("a matcher that remembers", () => {
  test("finds what the engine finds", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "c", " ", "\n", "😀"), { maxLength: 10 })
      .map((units) => units.join(""));
    fc.assert(
      fc.property(pattern, text, (source, given) => {
        expect(matchAll(source, given).found).toEqual(nativeMatches(source, given));
      }),
      { seed: 3, numRuns: 3000 },
    );
  });

  test.each([
    ["(a+)+$", "a", "!"],
    ["(a|a)*$", "a", "!"],
    ["(.*a){20}b", "a", ""],
    ["(a*)*b", "a", "c"],
    ["\\s+$", " ", "x"],
    ["^(([a-z])+.)+[A-Z]([a-z])+$", "a", ""],
    ["(?=.*x)a", "a", "x"],
    ["(?=.*y)a", "a", "x"],
    ["(?<=b.*)a", "a", "x"],
    ["a*a*a*a*b", "a", "c"],
    ["(?:a{0,50}){0,20}b", "a", "c"],
  ])("%s takes twice the steps on twice the text", (source, run, last) => {
    const [one, two] = [400, 800].map((count) => matchAll(source, run.repeat(count) + last).steps);
    expect(two! / one!).toBeLessThan(2.3);
  });

  test("what it does not match is refused by name", () => {
    const parse = (source: string) => compileExpression(parseExpression(source, "here"), "here");
    expect(() => parse("(a)\\1")).toThrow(
      'here: heed does not match back references, and the pattern has "\\\\1"',
    );
    expect(() => parse(`${"(".repeat(300)}a${")".repeat(300)}`)).toThrow("more than 200 deep");
    expect(() => parse("((a{100}){100}){100}")).toThrow("more than 40000 instructions");
    expect(() => parse("a{1000000000}")).toThrow(TokenError);
    expect(() => parse("(){1000000000}")).toThrow(TokenError);
  });
});

test.each([
  ["\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*", true],
  ["[^\\r\\n\\p{L}\\p{N}]?\\p{L}+(?:'s|'t)?", true],
  [" {2,}|'(?:s|t)", true],
  ["\\s+$", false],
  ["\\s*\\n", false],
  ["(a+)+", false],
  ["(?:a?){30}a{30}", false],
  [".{0,500}.{0,500}b", false],
  ["a{5000}", false],
])("%s is linear in an engine that backtracks: %s", (source, expected) => {
  expect(isLinear(parseExpression(source, "here"))).toBe(expected);
});
