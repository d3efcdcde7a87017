import fc from "fast-check";
import { expect, test } from "vitest";
import { CheckpointError } from "../errors/errors.ts";
import { parseJson, parseJsonBytes } from "./strict-json.ts";

test("ordinary JSON, with a byte order mark too", () => {
  expect(parseJson('{"a": [1, -2.5e-3, "x: \\"y\\"", null], "b": {"a": true}}', "f")).toEqual({
    a: [1, -0.0025, 'x: "y"', null],
    b: { a: true },
  });
  expect(parseJson("\uFEFF[]", "f")).toEqual([]);
  expect(parseJsonBytes(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31), "f")).toBe(1);
});

test.each([
  ['{"a": 1, "a": 2}', 'f: "a" is given twice in one JSON object'],
  ['{"a": 1, "\\u0061": 2}', 'f: "a" is given twice'],
  ['[{"x": {"b": 1 , "b" : 2}}]', 'f: "b" is given twice'],
  ['{"a": 1e999}', "f: the number 1e999 is too large"],
  ['{"a": [-1e999]}', "f: the number -1e999 is too large"],
  ['{"a": 1.5E400}', "f: the number 1.5E400 is too large"],
  [`[${"9".repeat(310)}]`, "is too large"],
  ['{"a\\"b": 1, "a\\"b": 2}', 'f: "a"b" is given twice'],
  ['{"x": "\\\\", "x": 1}', 'f: "x" is given twice'],
  ['{"a": NaN}', "JSON has no NaN"],
  ['{"a": Infinity}', "JSON has no NaN and no Infinity"],
  ['{"a": -Infinity}', "f: not valid JSON"],
  ['{"a": 1', "f: not valid JSON"],
  ['{"a": "', "f: not valid JSON"],
  ["", "f: not valid JSON"],
  ["[".repeat(200), "f: JSON nested more than 128 deep"],
])("%s is refused", (text, message) => {
  expect(() => parseJson(text, "f")).toThrow(CheckpointError);
  expect(() => parseJson(text, "f")).toThrow(message);
});

test("the same name in two objects, or as a value, is fine", () => {
  const value = { a: { x: 1 }, b: { x: "a" }, c: ["a", "a"] };
  expect(parseJson(JSON.stringify(value), "f")).toEqual(value);
});

test("any value comes back as it was written, whatever stands in its strings", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat({ max: 2 }), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(parseJson(text, "f")).toEqual(JSON.parse(text));
    }),
  );
  const value = { 'a": {[1e999': ['\\"', "\\\\", ":", '":'], n: 10 ** 299, e: 1e-300 };
  expect(parseJson(JSON.stringify(value), "f")).toEqual(value);
});

test("a name given twice is found at any place", () => {
  const name = fc.string({ unit: "grapheme", minLength: 1 });
  fc.assert(
    fc.property(name, fc.array(fc.string()), (twice, others) => {
      const member = (text: string, n: number) => `${JSON.stringify(text)} : ${n}`;
      const members = [twice, ...others.filter((text) => text !== twice), twice].map(member);
      expect(() => parseJson(`{"in": [{${members.join(",")}}]}`, "f")).toThrow("is given twice");
    }),
  );
});

test("bytes that are not UTF-8 are refused", () => {
  expect(() => parseJsonBytes(Uint8Array.of(0x22, 0xff, 0x22), "f")).toThrow("f: not valid UTF-8");
});

test("more names than any vocabulary or header has are refused before they take gigabytes", () => {
  const names = Array.from({ length: 1_000_001 }, (_, i) => `{"${i % 7}":0}`).join(",");
  expect(() => parseJson(`[${names}]`, "f")).toThrow("f: JSON with more than 1000000 names");
});
