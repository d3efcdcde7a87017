import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AttentionMaps,
  headAgreement,
  headDetector,
  headFamilies,
  nameHeads,
  picturePatterns,
  randomRepeats,
  strongestNames,
  textPatterns,
  withoutSpecial,
} from "../../../src/analysis/index.ts";
import { attentionMaps } from "../../../src/analysis/layers/attention-maps.ts";
import { Run } from "../../../src/models/run.ts";
import { Trace } from "../../../src/probe/trace.ts";
import type { TextToken } from "../../../src/probe/words.ts";
import { Tensor } from "../../../src/tensor/tensor.ts";

function token(text: string, id: number): TextToken {
  const special = /^\[.+\]$/.test(text);
  return {
    id,
    text,
    surface: text,
    start: 0,
    end: text.length,
    word: special ? null : id,
    sequence: special ? null : 0,
    special,
    type: 0,
    startsWord: !text.startsWith("##"),
  };
}

/** Maps of a text whose heads are written as functions of query and key; rows are divided by their sums. */
function mapsOf(
  words: string,
  heads: readonly ((i: number, j: number) => number)[],
  isCausal = false,
): AttentionMaps {
  const texts = words.split(" ");
  const vocabulary = [...new Set(texts)];
  const tokens = texts.map((text) => token(text, vocabulary.indexOf(text)));
  const N = tokens.length;
  const data = new Float32Array(heads.length * N * N);
  for (const [head, weight] of heads.entries())
    for (let i = 0; i < N; i++) {
      const row = Array.from({ length: N }, (_, j) =>
        isCausal && j > i ? 0 : 1e-6 + weight(i, j),
      );
      const sum = row.reduce((a, b) => a + b, 0);
      for (const [j, value] of row.entries()) data[(head * N + i) * N + j] = value / sum;
    }
  const trace = new Trace();
  trace.put("layers.0.weights", new Tensor([1, heads.length, N, N], data), []);
  return attentionMaps(
    new Run({ tokens: [tokens], trace, output: {}, inputs: { batch: 1, length: N } }),
  );
}

const text = "[CLS] the cat saw the dog , and the cat ran ##ning . [SEP]";
const places = text.split(" ");
const is = (isLink: boolean) => (isLink ? 1 : 0);

describe("a head that does one thing", () => {
  const heads: readonly (readonly [string, (i: number, j: number) => number])[] = [
    ["previous", (i, j) => is(j === Math.max(0, i - 1))],
    ["next", (i, j) => is(j === Math.min(places.length - 1, i + 1))],
    ["itself", (i, j) => is(i === j)],
    ["3 back", (i, j) => is(j === Math.max(0, i - 3))],
    ["duplicate", (i, j) => is(i !== j && places[i] === places[j])],
    ["induction", (i, j) => is(j > 0 && j - 1 !== i && places[j - 1] === places[i])],
    ["same word", (i, j) => is(i !== j && [i, j].every((at) => at === 10 || at === 11))],
    ["sink [CLS]", (_, j) => is(j === 0)],
    ["sink [SEP]", (_, j) => is(j === 13)],
    ["punctuation", (_, j) => is(j === 6 || j === 12)],
    ["broad", () => 1],
  ];
  test.each(heads)("is called so: %s", (name, weight) => {
    const maps = mapsOf(text, [weight, () => 1]);
    const detector = headDetector();
    detector.add(maps, textPatterns(maps));
    const detection = detector.result();
    const [first, second] = strongestNames(detection, nameHeads(detection));
    // Commas and full stops are all the punctuation there is.
    expect([name, name === "punctuation" ? "delimiter" : name]).toContain(first?.name);
    expect(second?.name).toBe("broad");
  });

  test("in a causal model too, where nothing later can be looked at", () => {
    const maps = mapsOf("a b c a b c a b c", [(i, j) => is(j === i - 2), () => 1], true);
    expect(maps.isCausal).toBe(true);
    const detector = headDetector();
    detector.add(maps, textPatterns(maps));
    const detection = detector.result();
    const induction = detection.patterns.find(({ name }) => name === "induction")!;
    // Both earlier occurrences count, one of which the head looks at.
    expect(induction.scores[0]).toBeGreaterThan(0.9);
    expect(induction.scores[1]).toBeCloseTo(induction.chance[0]!, 5);
    expect(detection.patterns.some(({ name }) => name.endsWith("ahead"))).toBe(false);
  });

  test("by tags that are given", () => {
    const tags = "DET NOUN VERB DET NOUN PUNCT CONJ DET NOUN VERB PUNCT".split(" ");
    const maps = mapsOf(text, [(_, j) => is([2, 5, 9].includes(j))]);
    const detector = headDetector();
    detector.add(maps, textPatterns(maps, { tags }));
    const detection = detector.result();
    expect(strongestNames(detection, nameHeads(detection))[0]?.name).toBe("tag NOUN");
  });
});

describe("a head's place is no content", () => {
  test("a head that always looks three back is no duplicate head where duplicates stand three back", () => {
    const maps = mapsOf("a b c a b c d e f g h i j k", [(i, j) => is(j === Math.max(0, i - 3))]);
    const detector = headDetector();
    detector.add(maps, textPatterns(maps));
    const detection = detector.result();
    const duplicate = detection.patterns.find(({ name }) => name === "duplicate")!;
    expect(duplicate.scores[0]).toBeGreaterThan(0.4);
    expect(duplicate.habit![0]).toBeGreaterThan(0.4);
    expect(nameHeads(detection).map(({ name }) => name)).toEqual(["3 back"]);
  });
});

describe("uniform attention", () => {
  test("scores chance in every pattern, causal or not", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "b", ",", "dog", "##s", "[SEP]"), {
          minLength: 3,
          maxLength: 12,
        }),
        fc.boolean(),
        (words, isCausal) => {
          const maps = mapsOf(`[CLS] ${words.join(" ")}`, [() => 1], isCausal);
          const detector = headDetector();
          detector.add(maps, textPatterns(maps));
          const { patterns, broad } = detector.result();
          for (const { scores, chance } of patterns) expect(scores[0]).toBeCloseTo(chance[0]!, 4);
          expect(broad[0]).toBeCloseTo(1, 4);
        },
      ),
      { seed: 3 },
    );
  });
});

describe("without special tokens", () => {
  test("rows are divided by what is left of them", () => {
    const maps = mapsOf(text, [(i, j) => (j === 0 ? 9 : is(j === i - 1))]);
    const words = withoutSpecial(maps);
    expect(words.keys.length).toBe(places.length - 2);
    const detector = headDetector();
    detector.add(words, textPatterns(words));
    const [name] = nameHeads(detector.result());
    expect(name?.name).toBe("previous");
    expect(name?.score).toBeGreaterThan(0.99);
  });
});

describe("patches of a picture", () => {
  test("have neighbours, rows and columns", () => {
    const keys = "[CLS] 0,0 0,1 0,2 1,0 1,1 1,2";
    const maps = mapsOf(keys, [(i, j) => is(i > 0 && j === i - 3), () => 1]);
    const detector = headDetector();
    detector.add(maps, picturePatterns(maps, { rows: 2, columns: 3 }));
    const detection = detector.result();
    expect(nameHeads(detection).filter(({ head }) => head === 0)[0]?.name).toBe("above");
  });
});

describe("families of heads", () => {
  test("put alike heads together, whatever the seed", () => {
    const near = (far: number) => (i: number, j: number) => is(Math.abs(i - j - far) <= 0) + 0.01;
    const maps = mapsOf(text, [near(1), near(1), near(1), near(-2), near(-2), near(-2)]);
    const agreement = headAgreement();
    agreement.add(maps);
    for (const seed of [0, 1, 2, 3]) {
      const { families, silhouette } = headFamilies(agreement.result(), { seed });
      const together = families.map(({ heads }) => heads.map(({ head }) => head).sort()).sort();
      expect(together).toEqual([
        [0, 1, 2],
        [3, 4, 5],
      ]);
      expect(silhouette).toBeGreaterThan(0.9);
    }
    expect(() => headFamilies(agreement.result(), { seed: 0, count: 7 })).toThrow(
      "7 families of 6 heads",
    );
  });
});

describe("random texts", () => {
  test("repeat different tokens, the same for a seed", () => {
    const ids = Array.from({ length: 50 }, (_, id) => id + 10);
    const options = { seed: 7, ids, length: 8, repeats: 3, texts: 4, before: [1], behind: [2] };
    const rows = randomRepeats(options);
    expect(randomRepeats(options)).toEqual(rows);
    expect(randomRepeats({ ...options, seed: 8 })).not.toEqual(rows);
    for (const row of rows) {
      expect(row).toHaveLength(26);
      expect(new Set(row.slice(1, 9)).size).toBe(8);
      expect(row.slice(9, 17)).toEqual(row.slice(1, 9));
    }
    expect(() => randomRepeats({ ...options, length: 51 })).toThrow("51 different tokens");
  });
});
