import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CheckpointError, HeedError, InputError } from "./errors.ts";
import { short, visible } from "./visible.ts";
import { keepWarnings } from "./warnings.ts";

/** What could move a cursor, clear a screen, name a window, or reorder and hide what follows. */
const harmful = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066\u2067\u200e\u200f\p{Cs}]/u;
const hostile = "\u001b]0;owned\u0007\u001b[2J\u009b31mred\u202egnp.exe\r$ ";
const anything = fc.string({ unit: "binary", maxLength: 200 });

describe("text from elsewhere", () => {
  test("in errors: controls are signs, whatever stands in the message", () => {
    fc.assert(
      fc.property(anything, (text) => {
        for (const error of [new CheckpointError(text), new InputError(`a: ${text}, b`)])
          expect(error.message).not.toMatch(harmful);
      }),
    );
    expect(new InputError(hostile).message).toBe("␛]0;owned�␛[2J�31mred�gnp.exe⏎$ ");
    expect(new HeedError("x", "lines\n\tstay").message).toBe("lines\n\tstay");
  });

  test("in warnings, kept and told", () => {
    const told: string[] = [];
    const { warnings, warn } = keepWarnings((message) => told.push(message));
    warn(hostile);
    expect(warnings).toEqual([visible(hostile)]);
    expect(told).toEqual(warnings);
  });

  test("a message ends", () => {
    expect(new InputError("x".repeat(1_000_000)).message.length).toBeLessThan(10_010);
  });

  test("names are cut, and stay on their line", () => {
    expect(short("a\u001b[31m\nb")).toBe("a␛[31m⏎b");
    expect(short("x".repeat(200), 5)).toBe("xxxxx…");
  });

  test("letters, emoji and marks stay as they are", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("é", "漢", "ש", "👩‍👩‍👧", "e\u0301", " ") }),
        (text) => {
          expect(visible(text)).toBe(text);
        },
      ),
    );
  });
});
