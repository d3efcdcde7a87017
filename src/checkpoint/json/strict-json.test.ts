import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { CheckpointError } from "../../errors/errors.ts";
import { parseJson, parseJsonBytes, parseJsonTables } from "./strict-json.ts";

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

/** A thousand names with their numbers, as text; odd ones among them. */
const odd = [
  'a"b',
  "\\",
  '":',
  "{",
  "}",
  "[",
  ",",
  "é",
  "\u{1F600}",
  "__proto__",
  "1",
  "0",
  "\n",
  "\\\\",
  '"table":',
  "table",
];
const table = [...odd, ...Array.from({ length: 1000 }, (_, n) => `name ${n}`)].map(
  (name, n) => [name, 3 * n] as const,
);
const written = (members: readonly (readonly [string, unknown])[], space = "") =>
  `{${members.map(([name, value]) => `${space}${JSON.stringify(name)}${space}:${space}${JSON.stringify(value)}${space}`).join(",")}}`;

test.each(["", "\n \t\r"])(
  "a large object of numbers becomes a Map in the file's order",
  (space) => {
    const text = `{"a":{"vocab":${written(table, space)},"table":["table"]},"b":[${written(table)},{"x":1}]}`;
    const read = parseJsonTables(text, "f") as { a: { vocab: Map<string, number> }; b: unknown[] };
    expect([...read.a.vocab]).toEqual(table);
    expect(read).toEqual({
      a: { vocab: new Map(table), table: ["table"] },
      b: [new Map(table), { x: 1 }],
    });
    expect(parseJsonTables(`\uFEFF${written(table, space)}`, "f")).toEqual(new Map(table));
  },
);

test("any number stands in a table as JSON has it", () => {
  const numbers = [
    "0",
    "10",
    "999999999999999",
    "9007199254740993",
    "-1",
    "-0",
    "0.5",
    "-2.5e-3",
    "1E300",
  ];
  const members = table.map(([name], n) => `${JSON.stringify(name)}:${numbers[n] ?? n}`);
  const text = `{${members.join(",")},"x": 1e2 ,"y": 3}`;
  const read = parseJsonTables(text, "f") as ReadonlyMap<string, number>;
  expect(read).toBeInstanceOf(Map);
  expect(new Map(read)).toEqual(new Map(Object.entries(JSON.parse(text) as object)));
});

test("other large objects and small ones stay what they are", () => {
  for (const value of [
    { some: Object.fromEntries([...table, ["last", "a word"]]) },
    { some: Object.fromEntries([...table, ["last", null]]) },
    Object.fromEntries([...table, ["last", [1]]]),
    { few: { a: 1 } },
    table.map(([, number]) => number),
  ])
    expect(parseJsonTables(JSON.stringify(value), "f")).toEqual(JSON.parse(JSON.stringify(value)));
});

test("what is wrong within or beside a table is said as it is anywhere", () => {
  const text = written(table);
  const inside = text.slice(1, -1);
  for (const wrong of [
    `{${inside},"name 7":1}`,
    `{${inside},"name 7"}`,
    `{"x",${inside}}`,
    `{${inside},}`,
    `{${inside},5}`,
    `{${inside},"x":1e999}`,
    `{${inside},"x":-}`,
    `{${inside},"x":01}`,
    `{${inside},"x":1.}`,
    `{${inside},"x":}`,
    `{${inside},"x\ny":1}`,
    `{${inside},"x`,
    `{${inside},"x"`,
    `{${inside},"x":1`,
    `{${inside} "x":1}`,
    `{${inside},x:1}`,
    `{${inside},\u00a0"x":1}`,
    `{${inside},"\\q":1}`,
    `{${inside},"x":1,"y",2}`,
    `[${inside}}`,
    `{"v":[${inside}}}`,
    `{${inside}]`,
    `{"v":${text}`,
    `{"v":${text},"v":1}`,
    `{"v":${text},"w":{"x":1,"x":2}}`,
    `[${text}`,
    `${text}{}`,
  ]) {
    let said: unknown;
    try {
      parseJson(wrong, "f");
    } catch (error) {
      said = error;
    }
    expect(said, wrong.slice(-40)).toBeInstanceOf(CheckpointError);
    expect(() => parseJsonTables(wrong, "f"), wrong.slice(-40)).toThrow((said as Error).message);
  }
});

test("a file that forges the sign of a table is read without tables", () => {
  // The sign of this text is "table-": "table" stands in it.
  const forged = `{"v":${written(table)},"w":{"\\u0074able-":0}}`;
  expect(parseJsonTables(forged, "f")).toEqual(parseJson(forged, "f"));
  expect(parseJsonTables(forged.replace("-", "+"), "f")).toEqual({
    v: new Map(table),
    w: { "table+": 0 },
  });
});

test("a file full of what looks like signs of tables is read in one pass", () => {
  const signs = Array.from({ length: 300 }, (_, n) => [`table${"-".repeat(n)}`, 0] as const);
  const text = `{"v":${written(table)},"w":${written([...signs, ["last", "a word"]])}}`;
  const includes = vi.spyOn(String.prototype, "includes");
  const read = parseJsonTables(text, "f") as { v: unknown; w: object };
  expect(includes.mock.calls.length).toBeLessThan(100);
  includes.mockRestore();
  expect(read.v).toEqual(new Map(table));
  expect(Object.keys(read.w)).toHaveLength(301);
});
