import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeedError } from "../../src/errors/errors.ts";
import { applyVariant, type CaseTexts, verifyCases } from "../../src/tasks/verify-tokens.ts";
import {
  createTokenizer,
  type Tokenizer,
  type TokenizerFiles,
} from "../../src/tokens/tokenizer.ts";

const own = "test/tokens";
const shared = "../shared/tokens";
const kinds = [
  "albert",
  "bert-cased",
  "bert-wordpiece",
  "gpt2",
  "llama",
  "roberta",
  "t5",
  "vocab-only",
  "xlnet",
];

const read = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
const readJson = (path: string) => {
  const text = read(path);
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
};
const json = (kind: string) =>
  readJson(join(own, kind, "tokenizer.json")) ??
  (kind === "bert-wordpiece" ? readJson("models/all-MiniLM-L6-v2/tokenizer.json") : undefined);
const filesOf = (kind: string): TokenizerFiles => ({
  tokenizerJson: json(kind),
  tokenizerConfig: readJson(join(own, kind, "tokenizer_config.json")),
  vocabTxt: kind === "vocab-only" ? read(join(own, kind, "vocab.txt")) : undefined,
});

function expectAgreement(files: TokenizerFiles, texts: CaseTexts) {
  const report = verifyCases(() => createTokenizer(files), texts);
  expect(report.differences.slice(0, 3)).toEqual([]);
  expect(report.agreeing).toBe(report.total);
  return report.total;
}

/** Every kind and every variant of it that a folder has cases for. */
function describeCases(root: string) {
  describe.each(kinds)("%s", (kind) => {
    const folder = join(root, kind);
    test("encodes and decodes as Python's tokenizers", () => {
      const texts = {
        cases: read(join(folder, "cases.jsonl")),
        decode: read(join(folder, "decode.jsonl")),
      };
      expect(expectAgreement(filesOf(kind), texts)).toBeGreaterThan(190);
    });
    const variants = join(folder, "variants");
    const names = existsSync(variants)
      ? readdirSync(variants).filter((name) => name.endsWith(".json"))
      : [];
    test.each(names)("variant %s", (name) => {
      const variant = applyVariant(json(kind), read(join(variants, name))!);
      const files = { ...filesOf(kind), tokenizerJson: variant.tokenizerJson };
      expect(
        expectAgreement(files, { cases: read(join(variants, variant.cases)) }),
      ).toBeGreaterThan(70);
    });
  });
}

describe("own cases", () => describeCases(own));

describe("shared cases", () => {
  if (existsSync(shared)) return describeCases(shared);
  test("all of them agree", ({ skip }) =>
    skip(
      "there is no ../shared/tokens beside the repository; its cases are the own ones and more",
    ));
});

describe("vocab.json and merges.txt alone", () => {
  test.each(["gpt2", "roberta"])("%s encodes as its tokenizer.json", (kind) => {
    const folder = join(own, kind);
    const files = {
      vocabJson: readJson(join(folder, "vocab.json")),
      mergesTxt: read(join(folder, "merges.txt")),
      modelType: kind,
      // The class alone would not let <mask> take the blank before it.
      specialTokensMap:
        kind === "roberta" ? { mask_token: { content: "<mask>", lstrip: true } } : undefined,
    };
    const texts = {
      cases: read(join(folder, "cases.jsonl")),
      decode: read(join(folder, "decode.jsonl")),
    };
    expectAgreement(files, texts);
  });
});

describe("components that the tokenizers above do not use", () => {
  const folder = join(own, "components");
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  test.each(names)("%s", (name) => {
    const patch = read(join(folder, name))!;
    const { base } = JSON.parse(patch) as { base: string };
    const variant = applyVariant(json(base), patch);
    const cases = join(folder, variant.cases);
    const decode = cases.replace(/cases\.jsonl$/, "decode.jsonl");
    expectAgreement(
      { tokenizerJson: variant.tokenizerJson },
      { cases: read(cases), decode: read(decode) },
    );
  });
});

describe("any text", () => {
  const anyText = fc.string({
    unit: fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" })),
  });
  const tokenizers = new Map<string, Tokenizer>();
  const tokenizerOf = (kind: string) => {
    const known = tokenizers.get(kind) ?? createTokenizer(filesOf(kind));
    tokenizers.set(kind, known);
    return known;
  };

  test.each(kinds)("%s: offsets stay inside the text and never go back; words count up", (kind) => {
    const tokenizer = tokenizerOf(kind);
    fc.assert(
      fc.property(anyText, anyText, (text, pair) => {
        const { tokens } = tokenizer.encode(text, { pair });
        let last = { start: 0, word: -1, sequence: 0 as number };
        for (const { id, start, end, word, sequence } of tokens) {
          expect(tokenizer.idToToken(id)).toBeDefined();
          expect(start).toBeLessThanOrEqual(end);
          expect(end).toBeLessThanOrEqual((sequence === 1 ? pair : text).length);
          if (sequence === null || word === null) continue;
          if (sequence === last.sequence) {
            expect(start).toBeGreaterThanOrEqual(last.start);
            expect([last.word, last.word + 1]).toContain(word);
          }
          last = { start, word, sequence };
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test.each(["gpt2", "roberta"])("%s: bytes decode to the text they came from", (kind) => {
    const tokenizer = tokenizerOf(kind);
    fc.assert(
      fc.property(anyText, (text) => {
        const { ids } = tokenizer.encode(text, { addSpecialTokens: false });
        expect(tokenizer.decode(ids)).toBe(text.replace(/\p{Surrogate}/gu, "\ufffd"));
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  test.each(kinds)("%s: lone halves of surrogate pairs are U+FFFD, and offsets hold", (kind) => {
    const tokenizer = tokenizerOf(kind);
    const broken = tokenizer.encode("a \ud83d b\ude00 c");
    expect(broken).toEqual(tokenizer.encode("a \ufffd b\ufffd c"));
    expect(broken.tokens.filter((token) => !token.special).at(-1)!.end).toBe(8);
  });
});

describe("a damaged tokenizer.json", () => {
  const values = [
    null,
    0,
    -1,
    1.5,
    "",
    "x",
    true,
    [],
    {},
    ["a", 1],
    { type: "Sequence" },
    "constructor",
  ];
  const damage = (definition: unknown, choices: readonly number[], value: unknown) => {
    let place = definition as Record<string, unknown>;
    for (const choice of choices) {
      const keys = Object.keys(place);
      const key = keys[choice % keys.length]!;
      const inner = place[key];
      if (
        typeof inner === "object" &&
        inner !== null &&
        Object.keys(inner).length > 0 &&
        choice % 7 > 0
      ) {
        place = inner as Record<string, unknown>;
        continue;
      }
      place[key] = value;
      return;
    }
  };

  test.each(["bert-cased", "gpt2", "llama"])(
    "%s: works all the same or is refused with a reason",
    (kind) => {
      const { tokenizerJson } = filesOf(kind);
      fc.assert(
        fc.property(
          fc.array(fc.nat(), { maxLength: 8 }),
          fc.constantFrom(...values),
          (choices, value) => {
            const definition = structuredClone(tokenizerJson);
            damage(definition, choices, value);
            try {
              const tokenizer = createTokenizer({ tokenizerJson: definition });
              tokenizer.decode(
                tokenizer.encode("The cat, é 漢字 😀 </s>[MASK] 12", { pair: "b" }).ids,
              );
            } catch (error) {
              expect(error).toBeInstanceOf(HeedError);
            }
          },
        ),
        { seed: 3, numRuns: 200 },
      );
    },
  );
});

describe("225,000 characters", () => {
  const words = "The cat sat on the mat because it was tired. ".repeat(5000);
  const texts = { words, "one word": "abcdefghij".repeat(22_500), blanks: " ".repeat(225_000) };
  // A quadratic step takes minutes here, and so runs into the limit.
  test.each(Object.entries(texts))(
    "of %s take time in proportion",
    { timeout: 20_000 },
    (_, text) => {
      for (const kind of ["bert-wordpiece", "gpt2", "t5", "llama"]) {
        expect(createTokenizer(filesOf(kind)).encode(text).ids.length).toBeGreaterThan(0);
      }
    },
  );
});
