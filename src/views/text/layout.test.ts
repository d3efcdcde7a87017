import stringWidth from "string-width";
import { expect, test } from "vitest";
import { displayWidth, graphemesOf, wrap } from "./layout.ts";

test("every character takes the columns string-width gives it, alone and beside others", () => {
  for (let code = 0; code < 0x3000; code++) {
    const character = String.fromCharCode(code);
    for (const text of [character, `a${character}b`, `→${character}█`])
      expect(displayWidth(text), `U+${code.toString(16)}`).toBe(stringWidth(text));
  }
});

test("a number of seconds is not parted from its unit", () => {
  expect(wrap('looks at "0.50 s" now', 16)).toEqual(["looks at", '"0.50 s" now']);
  expect(wrap("two words so 3 sat", 14)).toEqual(["two words so 3", "sat"]);
});

test("what is wide, joined or invisible is counted as such", () => {
  expect(displayWidth("日本")).toBe(4);
  expect(displayWidth("e\u0301")).toBe(1);
  expect(displayWidth("👩‍👩‍👧")).toBe(2);
  expect(displayWidth("a\u200bb\u00adc")).toBe(3);
  expect(displayWidth("\u001b[1mbold\u001b[0m")).toBe(4);
});

test("characters are those of a segmenter, made for the text or not", () => {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  for (let code = 0; code < 0x3000; code++) {
    const text = `a${String.fromCharCode(code)}bé→e\u0301`;
    for (const part of [text, text.slice(0, -2)])
      expect(graphemesOf(part), `U+${code.toString(16)}`).toEqual(
        Array.from(segmenter.segment(part), ({ segment }) => segment),
      );
  }
});
