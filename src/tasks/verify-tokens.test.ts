import { expect, test } from "vitest";
import { createTokenizer } from "../tokens/tokenizer.ts";
import { applyVariant, verifyCases } from "./verify-tokens.ts";

const make = () => createTokenizer({ vocabTxt: "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\ncat\n" });

test("agreement is counted by line, and each difference told", () => {
  const right =
    '{"text":"the cat","add_special_tokens":false,"ids":[4,5],"offsets_utf16":[[0,3],[4,7]]}';
  const wrong = '{"text":"cat","ids":[2,5,3],"offsets_utf16":[[0,0],[0,2],[0,0]],"decoded":"cat"}';
  const decode = '{"ids":[2,4],"skip_special_tokens":true,"decoded":"[CLS] the"}\n';
  const report = verifyCases(make, { cases: `${right}\n${wrong}\n`, decode });
  expect(report.total).toBe(3);
  expect(report.agreeing).toBe(1);
  expect(report.differences).toEqual([
    {
      file: "cases",
      line: 2,
      field: "offsets_utf16",
      text: "cat",
      expected: [
        [0, 0],
        [0, 2],
        [0, 0],
      ],
      got: [
        [0, 0],
        [0, 3],
        [0, 0],
      ],
    },
    {
      file: "decode",
      line: 1,
      field: "decoded",
      text: "[2, 4]",
      expected: "[CLS] the",
      got: "the",
    },
  ]);
});

test("files without a case, or with a broken line, are refused", () => {
  expect(() => verifyCases(make, { cases: "\n" })).toThrow("the case files hold no case");
  expect(() => verifyCases(make, { cases: '{"text":' })).toThrow(
    "cases.jsonl line 1 must be one JSON object",
  );
});

test("a variant is a merge patch with stand-ins for null and for the charsmap", () => {
  const base = {
    a: 1,
    keep: { b: 2, c: 3 },
    normalizer: { type: "Precompiled", precompiled_charsmap: "XYZ" },
  };
  const patch = {
    a: null,
    keep: { b: "$null" },
    normalizer: { type: "Sequence", list: [{ map: "$charsmap" }, "$null"] },
  };
  const variant = applyVariant(base, JSON.stringify({ note: "why", patch, cases: "x.jsonl" }));
  expect(variant).toEqual({
    note: "why",
    cases: "x.jsonl",
    tokenizerJson: {
      keep: { b: null, c: 3 },
      normalizer: { type: "Sequence", precompiled_charsmap: "XYZ", list: [{ map: "XYZ" }, null] },
    },
  });
});
