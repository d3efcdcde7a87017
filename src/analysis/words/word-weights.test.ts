import { describe, expect, test } from "vitest";
import { allHeads } from "../../probe/head-address.ts";
import type { TextToken } from "../../probe/words.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { askedNames, labelsOfUnits, unitsOf, wordWeights } from "./word-weights.ts";

const token = (text: string): TextToken => {
  const special = text.startsWith("[");
  return {
    id: 0,
    text,
    surface: text.replace(/^##/, ""),
    startsWord: !text.startsWith("##"),
    special,
    start: 0,
    end: 0,
    word: special ? null : 0,
    sequence: special ? null : 0,
    type: 0,
  };
};
const tokens = ["[CLS]", "un", "##do", "it", "[SEP]"].map(token);

/** (B, H, 5, 5) whose element is b·1000 + h·100 + t·10 + s. */
const numbered = (B: number, H: number) =>
  new Tensor(
    [B, H, 5, 5],
    Float32Array.from({ length: B * H * 25 }, (_, i) => {
      const [b, h, t, s] = [
        Math.floor(i / (H * 25)),
        Math.floor(i / 25) % H,
        Math.floor(i / 5) % 5,
        i % 5,
      ];
      return b * 1000 + h * 100 + t * 10 + s;
    }),
  );

test("units are words and special tokens, in the order of the text", () => {
  expect(unitsOf(tokens)).toEqual([
    { text: "[CLS]", tokens: [0], isSpecial: true },
    { text: "undo", tokens: [1, 2], isSpecial: false },
    { text: "it", tokens: [3], isSpecial: false },
    { text: "[SEP]", tokens: [4], isSpecial: true },
  ]);
});

describe("weights between words", () => {
  const weights = wordWeights([numbered(2, 3), numbered(2, 3)], tokens, { text: 1 });

  test("one token looks at one token", () => {
    expect(weights.weight({ layer: 0, head: 2 }, 2, 3)).toBe(1000 + 200 + 30 + 4);
  });

  test("pieces are summed over keys and averaged over queries", () => {
    const head = { layer: 1, head: 0 };
    expect(weights.weight(head, 2, 1)).toBe(1031 + 1032);
    expect(weights.weight(head, 1, 2)).toBe((1013 + 1023) / 2);
    expect(weights.weight(head, 1, 1)).toBe((1011 + 1012 + 1021 + 1022) / 2);
  });

  test("a repeated spelling is numbered as it can be asked for; a special token is no word", () => {
    const texts = ["[CLS]", "The", "cat", "the", "cat", "##s", "[the]"].map(token);
    const units = unitsOf(texts);
    expect(askedNames(units)).toEqual(["[CLS]", "The#1", "cat", "the#2", "cats", "[the]"]);
    expect(labelsOfUnits(units)).toEqual(["[CLS]", "The", "cat", "the", "cats", "[the]"]);
    const more = unitsOf(["The", "mat", "the", "mat", "the"].map(token));
    expect(labelsOfUnits(more)).toEqual(["The", "mat#1", "the#2", "mat#2", "the#3"]);
  });

  test("in a causal model a word looks at itself and what came before", () => {
    const causal = wordWeights([numbered(1, 1)], tokens, { isCausal: true });
    expect([causal.canLook(1, 0), causal.canLook(1, 1), causal.canLook(1, 2)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(weights.canLook(0, 3)).toBe(true);
  });

  test("words of one text look at those of another", () => {
    const [rows, columns] = [tokens.slice(1, 4), tokens];
    const cross = new Tensor(
      [1, 1, 3, 5],
      Float32Array.from({ length: 15 }, (_, i) => Math.floor(i / 5) * 10 + (i % 5)),
    );
    const looks = wordWeights([cross], rows, { keys: { tokens: columns } });
    expect(looks.units.map(({ text }) => text)).toEqual(["undo", "it"]);
    expect(looks.keys!.units.map(({ text }) => text)).toEqual(["[CLS]", "undo", "it", "[SEP]"]);
    expect(looks.keys!.words).toEqual([1, 2]);
    expect(looks.weight({ layer: 0, head: 0 }, 1, 1)).toBe(21 + 22);
    expect(looks.weight({ layer: 0, head: 0 }, 0, 3)).toBe((4 + 14) / 2);
    expect([looks.canLook(0, 3), looks.distance(0, 0)]).toEqual([true, Number.POSITIVE_INFINITY]);
    expect(() => wordWeights([cross], columns, { keys: { tokens: rows } })).toThrow(
      "wordWeights: 5 tokens that look at 3, but weights (1, 1, 3, 5)",
    );
  });

  test("heads are counted layer by layer", () => {
    expect(allHeads(weights)).toEqual(
      [0, 1].flatMap((layer) => [0, 1, 2].map((head) => ({ layer, head }))),
    );
  });

  test("weights of other tokens are refused", () => {
    expect(() => wordWeights([numbered(1, 1)], tokens.slice(1))).toThrow(
      "wordWeights: 4 tokens, but weights (1, 1, 5, 5); they must be read whole",
    );
  });
});

describe("a first word that heads rest on", () => {
  const words = "The cat sat on the mat because it".split(" ").map(token);
  /** One head of which every query gives `first` of its look to the first word, the rest evenly to the others it sees. */
  const resting = (first: (query: number) => number, isCausal = true) => {
    const T = words.length;
    const weights = new Tensor(
      [1, 1, T, T],
      Float32Array.from({ length: T * T }, (_, at) => {
        const [query, key] = [Math.floor(at / T), at % T];
        const places = isCausal ? query + 1 : T;
        if (key >= places) return 0;
        if (places === 1) return 1;
        return key === 0 ? first(places) : (1 - first(places)) / (places - 1);
      }),
    );
    return wordWeights([weights], words, { isCausal });
  };
  const even = (places: number) => 1 / places;

  test("is found where it gets twice an even look", () => {
    expect(resting(() => 0.6).rest).toBe(0);
    expect(resting(even).rest).toBeUndefined();
    expect(resting((places) => 1.7 / places).rest).toBeUndefined();
  });

  test("is none where words look both ways, or a special token stands in front, or a text is short", () => {
    expect(resting(() => 0.6, false).rest).toBeUndefined();
    const T = 5;
    const all = new Tensor([1, 1, T, T], new Float32Array(T * T).fill(0.9));
    expect(wordWeights([all], tokens, { isCausal: true }).rest).toBeUndefined();
    const short = new Tensor([1, 1, 3, 3], new Float32Array(9).fill(0.9));
    expect(wordWeights([short], words.slice(0, 3), { isCausal: true }).rest).toBeUndefined();
  });
});
