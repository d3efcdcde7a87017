import { describe, expect, test } from "vitest";
import { Tensor } from "../../tensor/tensor.ts";
import { cosineDistance, headChanges, sharedWords, wordVector } from "./compare.ts";
import { type WordWeights, wordOrder } from "./word-weights.ts";

function weightsOf(words: string, weight: WordWeights["weight"] = () => 0): WordWeights {
  const units = words
    .split(" ")
    .map((text, index) => ({ text, tokens: [index], isSpecial: text.startsWith("[") }));
  return {
    layers: 1,
    heads: 3,
    units,
    ...wordOrder(units),
    canLook: () => true,
    weight,
  };
}

describe("words two texts share", () => {
  test("stand once in both, in the order of the first, whatever the case", () => {
    const first = weightsOf("[CLS] The cat sat on the mat [SEP]");
    const second = weightsOf("[CLS] A mat where Cat and dog sat [SEP]");
    expect(sharedWords(first, second, [3, 7])).toEqual([
      [2, 4],
      [6, 2],
    ]);
  });

  test("repeated ones go in pairs, the first with the first", () => {
    expect(sharedWords(weightsOf("[CLS] a b a a"), weightsOf("a [CLS] a b b"), [9, 9])).toEqual([
      [1, 0],
      [2, 3],
      [3, 2],
    ]);
    expect(sharedWords(weightsOf("a b a"), weightsOf("a b a"), [0, 2])).toEqual([[1, 1]]);
  });
});

describe("heads by how much they change", () => {
  const first = weightsOf(
    "it cat mat",
    ({ head }, query, key) => (head + 1) * 0.1 + query + key / 100,
  );
  const second = weightsOf(
    "cat it mat",
    ({ head }, query, key) => (head + 1) * 0.3 + query + key / 100,
  );

  test("the sum of differences over the targets, most first", () => {
    const changes = headChanges(first, second, {
      focus: [0, 1],
      targets: [
        [1, 0],
        [2, 2],
      ],
    });
    expect(changes.map(({ head }) => head)).toEqual([2, 1, 0]);
    const [most] = changes;
    expect(most!.first[0]).toBeCloseTo(0.31, 12);
    expect(most!.first[1]).toBeCloseTo(0.32, 12);
    expect(most!.second[0]).toBeCloseTo(1.9, 12);
    expect(most!.second[1]).toBeCloseTo(1.92, 12);
    expect(most!.change).toBeCloseTo(1.9 - 0.31 + 1.92 - 0.32, 12);
  });

  test("texts that share nothing cannot be compared", () => {
    expect(() => headChanges(first, second, { focus: [0, 1], targets: [] })).toThrow(
      "compare: needs at least one word to look at, got none",
    );
  });
});

describe("how far a word moves", () => {
  test("cosine distance", () => {
    expect(cosineDistance([1, 2, 3], [2, 4, 6])).toBeCloseTo(0, 12);
    expect(cosineDistance([1, 0], [0, 5])).toBe(1);
    expect(cosineDistance([1, -1], [-2, 2])).toBeCloseTo(2, 12);
    expect(cosineDistance([3, 4], [4, 3])).toBeCloseTo(1 - 24 / 25, 12);
    expect(cosineDistance([0, 0], [1, 1])).toBe(1);
    expect(() => cosineDistance([1], [1, 2])).toThrow("cosineDistance: vectors of 1 and 2 numbers");
  });

  test("the vector of a word is the mean of its pieces", () => {
    const stream = new Tensor(
      [2, 3, 2],
      Float32Array.from({ length: 12 }, (_, i) => i),
    );
    expect([...wordVector(stream, [1])]).toEqual([2, 3]);
    expect([...wordVector(stream, [0, 2], 1)]).toEqual([8, 9]);
  });
});
