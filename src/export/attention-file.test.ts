import { expect, test } from "vitest";
import { encodeSafetensors, namedBytes } from "../checkpoint/safetensors.ts";
import { readAttention } from "./attention-file.ts";

/** One layer of two heads over three tokens that look back. */
const causal = [
  [
    [1, 0, 0],
    [0.25, 0.75, 0],
    [0.5, 0, 0.5],
  ],
  [
    [1, 0, 0],
    [0.5, 0.5, 0],
    [0.25, 0.25, 0.5],
  ],
];
const tokens = ["<s>", "Ġthe", "▁cat"];
const flat = Float32Array.from(causal.flat(2));

function file(metadata: Record<string, string> = {}, name = "attentions.0"): Uint8Array {
  return encodeSafetensors({ [name]: namedBytes([1, 2, 3, 3], flat) }, metadata);
}

test("JSON and safetensors say the same, with tokens as they are read and later words hidden", () => {
  const json = { tokens, attentions: [[causal]], model: "gpt", text: "the cat" };
  const fromJson = readAttention(JSON.stringify(json));
  expect(fromJson).toMatchObject({ queries: ["<s>", "the", "cat"], heads: 2, model: "gpt" });
  expect(fromJson.keys).toBeUndefined();
  const [weights] = fromJson.weights;
  expect([...weights!.subarray(0, 9)]).toEqual([1, NaN, NaN, 0.25, 0.75, NaN, 0.5, 0, 0.5]);
  const bytes = file({ tokens: JSON.stringify(tokens), model: "gpt", text: "the cat" });
  expect(readAttention(bytes)).toEqual(fromJson);
  expect(readAttention(new TextEncoder().encode(JSON.stringify(json)))).toEqual(fromJson);
  expect(readAttention(json)).toEqual(fromJson);
  expect(readAttention({ tokens, attentions: [causal] }).weights).toEqual(fromJson.weights);
});

test("a text of a padded batch is taken without its padding", () => {
  const row = [
    [0.5, 0.5, 0],
    [0.25, 0.75, 0],
    [1, 0, 0],
  ];
  const json = {
    tokens: [
      ["a", "b", "c"],
      ["d", "e", "[PAD]"],
    ],
    attentions: [[causal, [row, row]]],
    attention_mask: [
      [1, 1, 1],
      [1, 1, 0],
    ],
  };
  const second = readAttention(json, { row: 1 });
  expect(second.queries).toEqual(["d", "e"]);
  expect([...second.weights[0]!]).toEqual([0.5, 0.5, 0.25, 0.75, 0.5, 0.5, 0.25, 0.75]);
  expect(() => readAttention(json, { row: 2 })).toThrow(
    "text 2 of the batch; the file has 2, 0 to 1",
  );
});

test("an encoder-decoder's attentions are told apart, cross attention looks at the other text", () => {
  const cross = [
    [
      [
        [1, 0, 0],
        [0.5, 0.5, 0],
      ],
    ],
  ];
  const json = {
    tokens: ["a", "b", "c"],
    decoder_tokens: ["x", "y"],
    encoder_attentions: [[causal]],
    cross_attentions: [cross],
  };
  expect(readAttention(json).queries).toEqual(["a", "b", "c"]);
  const found = readAttention(json, { stack: "cross" });
  expect(found).toMatchObject({ queries: ["x", "y"], keys: ["a", "b", "c"], heads: 1 });
  expect(() => readAttention(json, { stack: "decoder" })).toThrow(
    'stack "decoder"; the file has encoder, cross',
  );
});

test("what heed itself writes is read, and tokens that nobody says are numbered", () => {
  expect(readAttention(file({}, "layers.0.weights")).queries).toEqual(["0", "1", "2"]);
  expect(readAttention(file({}, "attention_0"), { tokens: ["a", "b", "c"] }).queries[2]).toBe("c");
});

test("what is wrong is said", () => {
  expect(() => readAttention("{}")).toThrow("there are no attentions");
  expect(() => readAttention(file({ tokens: '["a"]' }))).toThrow(
    "1 tokens, but the attention is of 3",
  );
  expect(() => readAttention(file({ tokens: "a b c" }))).toThrow("must be a list of texts");
  expect(() => readAttention(file({}, "attentions.1"))).toThrow(
    "layer 0 of the attentions is missing",
  );
  expect(() => readAttention({ attentions: [[[[1, 2], [3]]]] })).toThrow("different lengths");
  expect(() => readAttention({ attentions: [[[["1"]]]] })).toThrow("holds numbers only");
  expect(() => readAttention({ attentions: [[[[1, 0]]]] })).toThrow("1 tokens look at 2");
  expect(() => readAttention(new Uint8Array(20))).toThrow("readAttention");
});
