import { describe, expect, test } from "vitest";
import { parseExpression } from "./expression.ts";
import { carefulPattern, isKnownLinear, readPattern, translate } from "./pattern.ts";

const matches = (source: string, text: string) =>
  [...readPattern({ Regex: source }, "here")(text)].map(({ start, end }) => text.slice(start, end));

describe("Oniguruma's spelling", () => {
  test("case-blind groups, classes and harmless escapes", () => {
    expect(matches("(?i:'s|'ve)|\\p{L}+", "It'S we've")).toEqual(["It", "'S", "we", "'ve"]);
    expect(matches("[^\\s\\p{L}]+", "a1\u0085!b")).toEqual(["1", "!"]);
    expect(matches("\\S+|\\'", "a '")).toEqual(["a", "'"]);
    expect(matches("\\x{1F600}", "x😀")).toEqual(["😀"]);
  });

  test("classes within classes add their members, as BLOOM's pattern has them", () => {
    const bloom = " ?[^(\\s|[.,!?…。，、।۔،])]+";
    expect(matches(bloom, "The cat, (a|b) — 好。x")).toEqual([
      "The",
      " cat",
      "a",
      "b",
      " —",
      " 好",
      "x",
    ]);
    expect(isKnownLinear(bloom, "here")).toBe(true);
    expect(matches("[[:alpha:]_]+|[[:digit:]]", "ab_é 12")).toEqual(["ab_é", "1", "2"]);
    for (const [source, part] of [
      ["[a&&b]", "&&"],
      ["[a[^b]]", "[^"],
      ["[[:graph:]]", "[:graph:]"],
    ])
      expect(() => readPattern({ Regex: source }, "here")).toThrow(
        `here: heed does not read "${part}" within a class of characters`,
      );
  });

  test("white space within classes, words and lines are Oniguruma's", () => {
    expect(matches("[^\\S\\r\\n]+", "a \u0085\ufeff\r\n\t")).toEqual([" \u0085", "\t"]);
    expect(matches("\\b.", "éa ß")).toEqual(["é", " ", "ß"]);
    expect(matches(".$", "a\rb\nc")).toEqual(["b", "c"]);
    expect(matches("^.", "a\r\u2028b\nc")).toEqual(["a", "c"]);
    expect(matches("\\p{Han}+", "a漢字b")).toEqual(["漢字"]);
  });

  test("words have Oniguruma's letters and numbers, six more outside of classes", () => {
    expect(matches("\\w+", "aⓐ½² Ⅷ①")).toEqual(["aⓐ½²", "Ⅷ"]);
    expect(matches("[\\w]+", "aⓐ½²")).toEqual(["aⓐ"]);
    expect(matches("[^\\W\\d_]+", "a½b1")).toEqual(["a", "b"]);
    expect(matches("\\W", "½ ①")).toEqual([" ", "①"]);
    expect(matches("[[:punct:]]+", "a$+…b")).toEqual(["$+…"]);
  });

  test("classes within case-blind groups have either case", () => {
    expect(matches("'(?i:[sdmt]|ll)", "'S 's 'ſ 'LL 'x")).toEqual(["'S", "'s", "'ſ", "'LL"]);
    expect(matches("(?i:[^a-y])", "aBzZ\u212a")).toEqual(["z", "Z"]);
    expect(matches("(?i:é)", "É")).toEqual(["É"]);
  });

  test("characters that are repeated give nothing back behind a second plus, counts are repeated", () => {
    expect(matches("a++b|a?+a|c*+c", "aab aa cc")).toEqual(["aab", "aa"]);
    expect(matches("a{1,2}+b", "aaab")).toEqual(["aaab"]);
    const nanochat =
      "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,2}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";
    expect(matches(nanochat, "I'LL pay $123...\n\n  ok")).toEqual([
      "I",
      "'LL",
      " pay",
      " $",
      "12",
      "3",
      "...\n\n",
      " ",
      " ok",
    ]);
  });

  test("case-blindness ends with its group", () => {
    expect(translate("(?i:a(b))c")).toBe("(?:[aA]([bB]))c");
  });

  test("what JavaScript lacks is refused with the pattern", () => {
    expect(() => readPattern({ Regex: "(ab)++" }, "here")).toThrow(
      'here: JavaScript has no equal of the pattern "(ab)++"',
    );
    expect(() => readPattern({ Glob: "*" }, "here")).toThrow(
      'here must be {"String": …} or {"Regex": …}, got {"Glob":"*"}',
    );
  });
});

test("literal patterns match what they spell", () => {
  expect([...readPattern({ String: "a.b" }, "here")("a.b a+b")]).toEqual([{ start: 0, end: 3 }]);
});

describe("who matches a pattern", () => {
  const letters = "[^\\r\\n\\p{L}\\p{N}]?";
  const upper = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  const lower = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
  const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  const space = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  const byCase = (more: string) =>
    `${letters}${upper}*${lower}+${more}|${letters}${upper}+${lower}*${more}|`;
  const published: Readonly<Record<string, string>> = {
    gpt2: "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
    llama3: `${contractions}|${letters}\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${space}`,
    qwen2: `${contractions}|${letters}\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${space}`,
    o200k: `${byCase(`${contractions}?`)}\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${space}`,
    tekken: `${byCase("")}\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${space}`,
    deepseek:
      "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    han: "[一-龥぀-ゟ゠-ヿ]+",
    digits: "\\p{N}{1,3}",
    blanks: " {2,}",
    falcon: "[0-9][0-9][0-9]",
  };

  test.each(Object.entries(published))("%s: the engine", (_, source) => {
    expect(isKnownLinear(source, "here")).toBe(true);
  });

  test.each(["(a+)+$", "\\s+$", "\\s*\\n|\\s", "(?<![^]) +| +(?![^])", `x*y|${space}`])(
    "%s: heed",
    (source) => {
      expect(isKnownLinear(source, "here")).toBe(false);
    },
  );

  test.each(Object.values(published))("both match %s alike", (source) => {
    const place = "here";
    const matched = carefulPattern(parseExpression(translate(source), place), place);
    const native = new RegExp(translate(source), "gmu");
    const text = "It's  12345 ABCdefGHI 中文ひら!?\n\n  \n x́y --\r\n  we'LL  日本x  ";
    expect([...matched(text)]).toEqual(
      [...text.matchAll(native)].map(({ index, 0: found }) => ({
        start: index,
        end: index + found.length,
      })),
    );
  });

  test("a run too long for the engine's stack is matched all the same", () => {
    const source = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\s+";
    const text = `a b ${"中".repeat(9_000_000)} c`;
    const found = [...readPattern({ Regex: source }, "here")(text)];
    expect(found.map(({ start, end }) => end - start)).toEqual([1, 2, 9_000_001, 2]);
  });

  test("alternations of texts are looked up", () => {
    const words = Array.from({ length: 20_000 }, (_, i) => `w${20_000 + i}`);
    const found = [...readPattern({ Regex: words.join("|") }, "here")("w20005 w39999 w1")];
    expect(found).toEqual([
      { start: 0, end: 6 },
      { start: 7, end: 13 },
    ]);
  });
});
