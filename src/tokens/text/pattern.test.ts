import { describe, expect, test } from "vitest";
import { readPattern, translate } from "./pattern.ts";

const matches = (source: string, text: string) =>
  [...readPattern({ Regex: source }, "here")(text)].map(({ start, end }) => text.slice(start, end));

describe("Oniguruma's spelling", () => {
  test("case-blind groups, classes and harmless escapes", () => {
    expect(matches("(?i:'s|'ve)|\\p{L}+", "It'S we've")).toEqual(["It", "'S", "we", "'ve"]);
    expect(matches("[^\\s\\p{L}]+", "a1\u0085!b")).toEqual(["1", "!"]);
    expect(matches("\\S+|\\'", "a '")).toEqual(["a", "'"]);
    expect(matches("\\x{1F600}", "x😀")).toEqual(["😀"]);
  });

  test("case-blindness ends with its group", () => {
    expect(translate("(?i:a(b))c")).toBe("(?:[aA]([bB]))c");
  });

  test("what JavaScript lacks is refused with the pattern", () => {
    expect(() => readPattern({ Regex: "a++" }, "here")).toThrow(
      'here: JavaScript has no equal of the pattern "a++"',
    );
    expect(() => readPattern({ Glob: "*" }, "here")).toThrow(
      'here must be {"String": …} or {"Regex": …}, got {"Glob":"*"}',
    );
  });
});

test("literal patterns match what they spell", () => {
  expect([...readPattern({ String: "a.b" }, "here")("a.b a+b")]).toEqual([{ start: 0, end: 3 }]);
});
