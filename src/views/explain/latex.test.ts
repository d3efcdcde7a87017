import { expect, test } from "vitest";
import type { Explained, ExplainedStep } from "./explained.ts";
import { latexText, stepLatex } from "./latex.ts";

const explained: Explained = {
  head: "L3H1",
  query: { token: 8, text: "it" },
  target: { token: 2, text: "50%_{x}" },
  against: { token: 6, text: "mat" },
  answer: [],
  notes: [],
  steps: [],
};

function step(part: Partial<ExplainedStep>): ExplainedStep {
  return { id: "query", title: "", formula: "", sentence: "", values: [], ...part };
}

/** Every group that is opened is closed, whatever stands in it. */
function expectBalanced(latex: string): void {
  const plain = latex.replace(/^%.*$/gmu, "").replace(/\\[\\{}%$&#_]/gu, "");
  let depth = 0;
  for (const mark of plain) {
    if (mark === "{") depth++;
    if (mark === "}") depth--;
    expect(depth).toBeGreaterThanOrEqual(0);
  }
  expect(depth).toBe(0);
  expect(plain.match(/\\begin\{/gu)?.length).toBe(plain.match(/\\end\{/gu)?.length);
}

test("words are printed as they are", () => {
  expect(latexText("50%_{x}")).toBe("50\\%\\_\\{x\\}");
  expect(latexText("a\\b~c^d#$&")).toBe(
    "a\\textbackslash{}b\\textasciitilde{}c\\textasciicircum{}d\\#\\$\\&",
  );
  expect(latexText("σ … ‖v‖ W^Kᵀ")).toBe(
    "$\\sigma$ \\dots{} $\\|$v$\\|$ " + "$" + "{{W^K}}^{\\top}$",
  );
  expect(latexText("\\input{/etc/passwd}")).toBe("\\textbackslash{}input\\{/etc/passwd\\}");
});

test("a sum is written out with its factors, and what is written adds up", () => {
  const terms = Array.from({ length: 9 }, (_, n) => ({
    label: `x[${n}] · W^Q[${n}, 2]`,
    value: (9 - n) * 0.1,
    factors: [9 - n, 0.1] as const,
  }));
  const total = terms.reduce((sum, { value }) => sum + value, 0);
  const latex = stepLatex(
    explained,
    step({ values: [{ kind: "sum", name: "q[2]", terms, total }] }),
  );
  expect(latex).toContain("\\[ q = x\\,W^Q + b \\]");
  expect(latex).toContain("9.000 \\cdot 0.100 &= 0.900 && \\text{x[0] $\\cdot$ $W^Q$[0, 2]}");
  expect(latex).toContain("&\\phantom{{}={}} 0.600 && \\text{3 more}");
  expect(latex).toContain("&= 4.500");
  expectBalanced(latex);
});

test("columns turn the formula", () => {
  expect(stepLatex(explained, step({}), { notation: "columns" })).toContain("q = W^Q x + b");
});

test("a contrast: both sums and their difference, then its terms", () => {
  const latex = stepLatex(
    explained,
    step({
      id: "products",
      values: [
        {
          kind: "contrast",
          name: "q ∘ k",
          first: "50%_{x}",
          second: "mat",
          rows: [{ label: "number 0", first: 2, second: -1 }],
          totals: [2, -1],
        },
      ],
    }),
  );
  expect(latex).toContain(
    "\\underbrace{2.000}_{\\text{50\\%\\_\\{x\\}}} - \\underbrace{(-1.000)}_{\\text{mat}} = 3.000",
  );
  expect(latex).toContain("number 0 & $2.000$ & $-1.000$ & $3.000$ & $3.000$ \\\\");
  expectBalanced(latex);
});

test("softmax with what a word cannot look at; a step that is left out says why", () => {
  const latex = stepLatex(
    explained,
    step({
      id: "softmax",
      values: [
        {
          kind: "softmax",
          rows: [{ label: "a" }, { label: "b" }],
          products: [1, 2],
          scale: 0.5,
          masked: [false, true],
          weights: [1, 0],
        },
      ],
    }),
  );
  expect(latex).toContain("-\\infty");
  expect(latex).toContain("0.50000\\; q \\cdot k_s");
  expectBalanced(latex);
  expect(stepLatex(explained, step({ leftOut: "nothing\nis added" }))).toContain(
    "% left out: nothing is added",
  );
});

test("a text of the reader never leaves the comment it stands in", () => {
  const latex = stepLatex(
    { ...explained, query: { token: 0, text: "a\n\\input{x}" } },
    step({ id: "joined" }),
  );
  for (const line of latex.split("\n").slice(0, 2)) expect(line.startsWith("%")).toBe(true);
});
