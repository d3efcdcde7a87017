import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csv, json } from "./output.ts";

const anything = fc.string({ unit: "binary" });

describe("machine formats with text from elsewhere", () => {
  test("JSON keeps every value, and writes every control as an escape", () => {
    fc.assert(
      fc.property(fc.array(anything), (texts) => {
        const written = json(texts);
        expect(JSON.parse(written)).toEqual(texts);
        expect(written).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
    expect(json("\u009b31m\u202e")).toBe('"\\u009b31m\\u202e"');
  });

  test("CSV: no controls but line breaks in quotes, and no formulas", () => {
    const cells = ["=1+1", "+a", "-b", "@c", "\t=d", "-0.5", -2, "1e-3", "a=b", "\u001b[2Jx"];
    expect(csv(["x"], [cells])).toBe(`x\n'=1+1,'+a,'-b,'@c,'\t=d,-0.5,-2,1e-3,a=b,␛[2Jx\n`);
    fc.assert(
      fc.property(anything, (text) => {
        const line = csv(["x"], [[text]]).slice(2, -1);
        expect(line).not.toMatch(/[^\P{Cc}\t\n]|[\u202a-\u202e]/u);
        expect(line.replace(/^"/, "")).not.toMatch(/^[=@]|^[+-](?![\d.]|Infinity)/);
      }),
    );
  });
});
