import { describe, expect, test } from "vitest";
import { specialToken, type Token } from "../tokens/token.ts";
import { windowsOf } from "./encoded-rows.ts";

/** "[q|abc]" is a question q and a text abc with what was put in. */
function tokensOf(text: string): Token[] {
  let sequence: 0 | 1 = 0;
  return [...text].map((own, id) => {
    if (own === "|") sequence = 1;
    return /\w/.test(own)
      ? { ...specialToken(id, own, 0), sequence, special: false }
      : specialToken(id, own, 0);
  });
}

function windows(
  text: string,
  longest: number,
  stride?: number,
  sequence: 0 | 1 = 1,
  side: "left" | "right" = "right",
): string[] {
  return windowsOf(tokensOf(text), { sequence, side, longest, stride, task: "answer" }).map(
    (tokens) => tokens.map((token) => token.text).join(""),
  );
}

describe("windows of a text", () => {
  test("are one where it fits", () => {
    expect(windows("[q|abc]", 7, 2)).toEqual(["[q|abc]"]);
  });

  test("hold the other text whole, and what was put in", () => {
    expect(windows("[q|abcdefg]", 7, 1)).toEqual(["[q|abc]", "[q|cde]", "[q|efg]"]);
    expect(windows("[q|abcdefg]", 7, 0)).toEqual(["[q|abc]", "[q|def]", "[q|g]"]);
    expect(windows("[q|abcdefg]", 7, 2)).toEqual([
      "[q|abc]",
      "[q|bcd]",
      "[q|cde]",
      "[q|def]",
      "[q|efg]",
    ]);
    expect(windows("[abcd|q]", 6, 1, 0)).toEqual(["[ab|q]", "[bc|q]", "[cd|q]"]);
  });

  test("are the first alone without a stride", () => {
    expect(windows("[abcd|q]", 6, undefined, 0)).toEqual(["[ab|q]"]);
    expect(windows("[abcd]", 4, undefined, 0)).toEqual(["[ab]"]);
  });

  test("are counted from the end where the beginning is cut", () => {
    expect(windows("[abcd|q]", 6, undefined, 0, "left")).toEqual(["[cd|q]"]);
    expect(windows("[q|abcdefg]", 7, 0, 1, "left")).toEqual(["[q|efg]", "[q|bcd]", "[q|a]"]);
    expect(windows("[q|abcdefg]", 7, 1, 1, "left")).toEqual(["[q|efg]", "[q|cde]", "[q|abc]"]);
  });

  test("that do not move on, or hold nothing, are refused", () => {
    expect(() => windows("[q|abcdefg]", 7, 3)).toThrow("they would not move on");
    expect(() => windows("[qqqq|abc]", 7, 1)).toThrow("7 of 7 tokens are taken before a word");
  });
});
