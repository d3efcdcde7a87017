import { formatFixed } from "../numbers.ts";
import { factorDecimals, printTerms } from "../reconcile.ts";
import { surface } from "../surface.ts";
import type { Explained, ExplainedContrast, ExplainedStep, ExplainedSum } from "./explained.ts";
import { type PrintedTable, printed } from "./printed.ts";

/** How a formula is written. */
export interface LatexOptions {
  /** x W with rows as vectors (the default), or W x with columns. */
  readonly notation?: "rows" | "columns";
}

const decimals = 3;
/** Terms of a sum that are written out. */
const terms = 6;
/** Numbers of a vector that are written out. */
const entries = 6;

const marks: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "·": "$\\cdot$",
  "∘": "$\\circ$",
  "−": "$-$",
  σ: "$\\sigma$",
  "‖": "$\\|$",
  "√": "$\\surd$",
  "…": "\\dots{}",
  "∞": "$\\infty$",
  "→": "$\\to$",
};

/** Text that LaTeX prints as it is, whatever stands in it. */
export function latexText(text: string): string {
  return surface(text).replace(/W\^([QKVO])ᵀ?|[\\~^#$%&_{}·∘−σ‖√…∞→]/gu, (mark, matrix?: string) =>
    matrix
      ? mark.endsWith("ᵀ")
        ? `\${{W^${matrix}}}^{\\top}$`
        : `$W^${matrix}$`
      : (marks[mark] ?? `\\${mark}`),
  );
}

const symbols: readonly (readonly [string, string])[] = [
  ["‖w·v·W^O‖", "$\\lVert w\\,v\\,W^O\\rVert$"],
  ["‖k‖", "$\\lVert k\\rVert$"],
  ["‖v‖", "$\\lVert v\\rVert$"],
  ["q·k", "$q\\cdot k$"],
  ["− largest", "$-$ largest"],
  ["e^", "$e^{\\cdot}$"],
];

/**
 * A step as LaTeX with its numbers, for amsmath: its formula, and its sums, tables and vectors as they are printed, so that what is written
 * adds up. Words of the reader's text are escaped.
 */
export function stepLatex(
  explained: Explained,
  step: ExplainedStep,
  { notation = "rows" }: LatexOptions = {},
): string {
  const { head, query, target, against } = explained;
  const versus = against ? `, beside ${latexText(against.text)}` : "";
  const lines = [
    `% ${head}: ${latexText(query.text)} looks at ${latexText(target.text)}${versus}`,
    `% ${step.id}`,
    `\\[ ${formulaOf(explained, step, notation)} \\]`,
  ];
  if (step.leftOut !== undefined)
    return [...lines, `% left out: ${oneLineOf(step.leftOut)}`].join("\n");
  for (const value of step.values) {
    if (value.kind === "vector") lines.push(vectorLatex(value.name, value.values));
    else if (value.kind === "sum" && !value.isShare) lines.push(sumLatex(value));
    else if (value.kind === "contrast") lines.push(contrastLatex(value), tableLatex(value));
    else if (value.kind !== "note") lines.push(tableLatex(value));
  }
  return lines.filter((line) => line !== "").join("\n");
}

function oneLineOf(text: string): string {
  return text.replace(/\s+/gu, " ");
}

/** Formulas by the steps' ids, in both notations. */
function formulaOf({ head }: Explained, { id, values }: ExplainedStep, notation: string): string {
  const isRows = notation === "rows";
  const width = values.find((value) => value.kind === "softmax");
  const scale = width ? formatFixed(width.scale, 5) : "1/\\sqrt{D}";
  const formulas: Readonly<Record<string, string>> = {
    vector: "x = \\mathrm{stream}",
    query: isRows ? "q = x\\,W^Q + b" : "q = W^Q x + b",
    keys: isRows
      ? "k_s = x_s W^K + b,\\quad v_s = x_s W^V + b"
      : "k_s = W^K x_s + b,\\quad v_s = W^V x_s + b",
    products: isRows
      ? "q\\,k_s^{\\top} = \\sum_d q_d\\,k_{s,d}"
      : "q^{\\top} k_s = \\sum_d q_d\\,k_{d,s}",
    directions: `q \\cdot k = \\sum_i \\sigma_i\\,(x \\cdot u_i)(y \\cdot v_i),\\quad ${isRows ? "W^Q {W^K}^{\\top}" : "{W^Q}^{\\top} W^K"} = U\\,\\mathrm{diag}(\\sigma)\\,V^{\\top}`,
    sources: "q \\cdot k = \\sum_i q \\cdot k^{(i)}",
    scaled: "\\mathrm{score}_s = \\frac{q \\cdot k_s}{\\sqrt{D}}",
    parts:
      "\\mathrm{score} = \\mathrm{content} + \\mathrm{position} + \\mathrm{bias} + \\mathrm{mask}",
    softmax: `w_s = \\frac{e^{\\mathrm{score}_s}}{\\sum_t e^{\\mathrm{score}_t}},\\quad \\mathrm{score}_s = ${scale}\\; q \\cdot k_s`,
    values: isRows
      ? "\\mathrm{mixed} = w\\,V = \\sum_s w_s\\,v_s"
      : "\\mathrm{mixed} = V w = \\sum_s w_s\\,v_s",
    joined: "[\\,\\mathrm{mixed}_0;\\ \\mathrm{mixed}_1;\\ \\dots\\,]",
    output: isRows ? "\\mathrm{mixed}\\,W^O" : "W^O\\,\\mathrm{mixed}",
    stream: "\\mathrm{stream} + \\sum_h \\mathrm{head}_h + b",
  };
  return formulas[id] ?? `\\text{${latexText(head)}: ${latexText(id)}}`;
}

function vectorLatex(name: string, values: readonly number[]): string {
  const shown = values.slice(0, entries).map((value) => formatFixed(value, decimals));
  const more = values.length > entries ? ",\\,\\dots" : "";
  return `\\[ \\text{${latexText(name)}} = (${shown.join(",\\,")}${more}) \\in \\mathbb{R}^{${values.length}} \\]`;
}

/** The terms that matter most, the rest in one: they add up as written. */
function sumLatex({ name, terms: all, total }: ExplainedSum): string {
  const shown = all.length > terms + 1 ? all.slice(0, terms) : all;
  const isWhole = shown.length === all.length;
  const texts = isWhole
    ? printTerms(
        shown.map(({ value }) => value),
        total,
        decimals,
      )
    : shown.map(({ value }) => formatFixed(value, decimals));
  const pairs = shown.flatMap(({ factors }) => (factors ? [factors] : []));
  const digits = pairs.length > 0 ? factorDecimals(pairs, decimals, decimals) : decimals;
  const rest =
    Number(formatFixed(total, decimals)) - texts.reduce((sum, text) => sum + Number(text), 0);
  const rows = shown.map(({ label, factors }, n) => {
    const product = factors
      ? `${inBrackets(formatFixed(factors[0], digits))} \\cdot ${inBrackets(formatFixed(factors[1], digits))} &= ${texts[n]}`
      : `&\\phantom{{}={}} ${texts[n]}`;
    return `${product} && \\text{${latexText(label)}} \\\\`;
  });
  if (!isWhole)
    rows.push(
      `&\\phantom{{}={}} ${formatFixed(rest, decimals)} && \\text{${all.length - shown.length} more} \\\\`,
    );
  return `\\begin{align*}\n${rows.join("\n")}\n\\text{${latexText(name)}} &= ${formatFixed(total, decimals)}\n\\end{align*}`;
}

function contrastLatex({ first, second, totals }: ExplainedContrast): string {
  const [a, b] = totals.map((total) => formatFixed(total, decimals)) as [string, string];
  const lead = formatFixed(Number(a) - Number(b), decimals);
  return `\\[ \\underbrace{${a}}_{\\text{${latexText(first)}}} - ${inBrackets(b).replace(/^(.*)$/u, "\\underbrace{$1}")}_{\\text{${latexText(second)}}} = ${lead} \\]`;
}

function inBrackets(text: string): string {
  return text.startsWith("-") ? `(${text})` : text;
}

function tableLatex(value: ExplainedStep["values"][number]): string {
  const table = printed(value);
  return table.kind === "table" ? tabular(table) : "";
}

function tabular({ caption, titles, rows, isText }: PrintedTable): string {
  const title = (text: string) => symbols.find(([own]) => own === text)?.[1] ?? latexText(text);
  const cell = (text: string) => (isText || text === "" ? latexText(text || " ") : numberOf(text));
  const lines = rows.map(
    ({ label, cells, kind }) =>
      `${kind === "total" ? "\\hline\n" : ""}${latexText(label)} & ${cells.map((text) => (text === "" ? "" : cell(text))).join(" & ")} \\\\`,
  );
  return [
    `% ${oneLineOf(caption)}`,
    `\\begin{tabular}{l${"r".repeat(titles.length - 1)}}`,
    `${titles.map((text) => (text === "" ? "" : title(text))).join(" & ")} \\\\ \\hline`,
    ...lines,
    "\\end{tabular}",
  ].join("\n");
}

/** A printed number in mathematics: a true minus, ∞ and × as LaTeX writes them. */
function numberOf(text: string): string {
  const plain = text
    .replaceAll("−", "-")
    .replace("∞", "\\infty")
    .replace(/ × /gu, " \\times ")
    .replace("%", "\\%");
  return `$${plain}$`;
}
