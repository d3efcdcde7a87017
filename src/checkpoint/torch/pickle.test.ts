import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../errors/errors.ts";
import { TorchTensor, torchRules } from "./globals.ts";
import { readPickle } from "./pickle.ts";
import { Global, Tuple } from "./pickle-machine.ts";

const bytesOf = (...parts: (string | number[])[]) =>
  new Uint8Array(
    Buffer.concat(
      parts.map((part) =>
        typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part),
      ),
    ),
  );
const read = (...parts: (string | number[])[]) => {
  const found = readPickle(bytesOf(...parts), 0, torchRules("f"), "f");
  if (found === undefined) throw new Error("ended early");
  return found.value;
};
const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`;

test("plain values of protocols 2 to 4", () => {
  expect(read([0x80, 2], "}", "(", text("a"), "K\x05", text("b"), "M\x01\x02", "u.")).toEqual(
    new Map([
      ["a", 5],
      ["b", 513],
    ]),
  );
  expect(
    read(
      [0x80, 4, 0x95, 9, 0, 0, 0, 0, 0, 0, 0],
      "]",
      [0x94],
      "(",
      [0x8c, 1],
      "xJ",
      [254, 255, 255, 255],
      "Ne.",
    ),
  ).toEqual(["x", -2, null]);
  expect(read("(K\x01K\x02t.")).toEqual(new Tuple([1, 2]));
  expect(read([0x88, 0x89, 0x86], ".")).toEqual(new Tuple([true, false]));
  expect(read("G", [0x3f, 0xe0, 0, 0, 0, 0, 0, 0], ".")).toBe(0.5);
  expect(read([0x8a, 0], ".")).toBe(0);
  expect(read([0x8a, 1, 0xff], ".")).toBe(-1);
  expect(read([0x8a, 8], [0, 0, 0, 0, 0, 0, 0, 0x80], ".")).toBe(-(2n ** 63n));
  expect(read("K\x07q\x00", "h\x00", [0x86], ".")).toEqual(new Tuple([7, 7]));
});

test("Python 2 writes texts as byte strings, and an OrderedDict with a list of pairs", () => {
  const pairs = ["](](U\x01aK\x01e](U\x01bK\x02ee"];
  expect(read("ccollections\nOrderedDict\n", ...pairs, [0x85], "R.")).toEqual(
    new Map([
      ["a", 1],
      ["b", 2],
    ]),
  );
});

test("a tensor of the oldest kind, and a view into another storage", () => {
  const storage = `(${text("storage")}ctorch\nFloatStorage\n${text("7")}${text("cpu")}K\x0a(${text("9")}K\x02K\x06ttQ`;
  const value = read(
    `ctorch._utils\n_rebuild_tensor\n(${storage}K\x01K\x03`,
    [0x85],
    "K\x01",
    [0x85],
    "tR.",
  );
  expect(value).toBeInstanceOf(TorchTensor);
  expect(value).toMatchObject({
    type: "F32",
    offset: 3,
    shape: [3],
    strides: [1],
    storage: { key: "7", count: 10 },
  });
});

test("attributes of an OrderedDict are dropped", () => {
  expect(read("ccollections\nOrderedDict\n)R}", text("_metadata"), "Nsb.")).toEqual(new Map());
});

test("undefined when the bytes end before the pickle", () => {
  const whole = bytesOf([0x80, 2], "}", text("a"), "ctorch\nSize\n", "s.");
  for (let length = 0; length < whole.length; length++)
    expect(readPickle(whole.subarray(0, length), 0, torchRules("f"), "f")).toBeUndefined();
  expect(readPickle(whole, 0, torchRules("f"), "f")?.end).toBe(whole.length);
});

describe("refused", () => {
  const tensor = (offset: string, shape: number[], strides: number[]) =>
    `ctorch._utils\n_rebuild_tensor_v2\n((${text("storage")}ctorch\nHalfStorage\n${text("0")}${text("cpu")}K\x0atQ${offset}(${shape.map((n) => `K${String.fromCharCode(n)}`).join("")}t(${strides.map((n) => `K${String.fromCharCode(n)}`).join("")}t\x89NtR.`;

  test.each([
    [
      "os.system",
      "cos\nsystem\n(X\x02\0\0\0lstR.",
      'f: the pickle has the global "os.system", which no state dict needs. Nothing was executed.',
    ],
    ["a stack global", `${text("builtins")}${text("eval")}\x93.`, 'the global "builtins.eval"'],
    ["a global named with newlines", `${text("a\nb")}${text("c")}\x93.`, 'the global "a⏎b.c"'],
    ["an opcode", "i.", "opcode 0x69"],
    ["NEWOBJ", "ctorch\nSize\n)\x81.", "opcode 0x81"],
    ["protocol 9", "\x80\x09.", "a protocol newer than 5"],
    ["an empty stack", ".", "too few values on its stack"],
    ["a pop below the mark", "K\x01(\x85.", "too few values"],
    ["no mark", "t.", "no mark"],
    ["an unknown memo", "h\x05.", "a reference to value 5"],
    ["a call of a value", "K\x01)R.", "a call of something that is no global"],
    ["a call of a class", "ctorch\nFloatStorage\n)R.", 'a call of "torch.FloatStorage"'],
    [
      "attributes of a tensor class",
      "ctorch\nSize\n}b.",
      "attributes for an object that is no OrderedDict",
    ],
    ["a dict as key", "}}Ns.", "a dict key that is neither"],
    ["a key twice", `}(${text("a")}N${text("a")}Nu.`, 'the dict key "a" twice'],
    ["an odd dict", "}(Nu.", "a dict key without a value"],
    ["items for a number", "K\x01(Ne.", "items for a list that is none"],
    ["a huge integer", "\x8a\xff.", "an integer of 255 bytes"],
    ["a huge text", "X\xff\xff\xff\xff.", "a text of 4294967295 bytes"],
    ["a long name", `c${"x".repeat(2000)}\n.`, "a name of more than 1000 bytes"],
    ["an outside module", `(${text("module")}NNNtQ.`, "an outside object that is no storage"],
    [
      "a tensor beyond its storage",
      tensor("K\x08", [3], [1]),
      "a tensor that ends at element 11 of a storage of 10",
    ],
    ["strides beyond it", tensor("K\0", [2, 2], [9, 1]), "a tensor that ends at element 11"],
    ["a negative offset", tensor("J\xff\xff\xff\xff", [1], [1]), "malformed storage, offset"],
    ["axes without strides", tensor("K\0", [2, 2], [1]), "a tensor of 2 axes with 1 strides"],
    [
      "a billion repeats",
      tensor("K\0", [255, 255, 255, 255], [0, 0, 0, 0]),
      "a tensor of 4228250625 elements in a storage of 10",
    ],
  ])("%s", (_, pickle, message) => {
    expect(() => read(pickle)).toThrow(CheckpointError);
    expect(() => read(pickle)).toThrow(message);
  });

  test("billion laughs in the memo, deep nesting, endless marks, tuples of tuples: stopped, or small", () => {
    const laughs = Array.from(
      { length: 100 },
      (_, i) => `](${"h".concat(String.fromCharCode(i)).repeat(10)}eq${String.fromCharCode(i + 1)}`,
    );
    expect(read("]q\0", ...laughs, ".")).toHaveLength(10);
    const started = performance.now();
    for (const bomb of ["]", "}", ")", "(", "N", "K\x01q\0h\0"])
      expect(() => read(bomb.repeat(3_000_000))).toThrow(/more than \d+ (values at once|objects)/);
    expect(() => read("]q\0", "h\0a".repeat(2_000_000))).toThrow("more than");
    const pairs = `](${"](U\x01aNe".repeat(1)}e`;
    expect(() =>
      read(`${pairs}\x85q\0`, "ccollections\nOrderedDict\nh\0R".repeat(600_000)),
    ).toThrow("more than");
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

test("rules decide what a global is", () => {
  const rules = {
    globals: new Map([["a.b", new Global("a.b", (args) => args.length)]]),
    persistent: () => null,
  };
  expect(readPickle(bytesOf("ca\nb\n(NNtR."), 0, rules, "f")?.value).toBe(2);
});
