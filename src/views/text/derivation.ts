import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { expectCount } from "../expect-count.ts";
import { countOf, formatFixed, weightOrZero } from "../numbers.ts";
import { factorDecimals, type PrintedSum, printSum, signedSum } from "../reconcile.ts";
import { type SoftmaxRow, type SoftmaxTable, softmaxTable } from "../softmax-table.ts";
import { isolated, surface, type Word } from "../surface.ts";
import { displayWidth, pad, shorten, wrap } from "./layout.ts";
import { type Column, tableLines } from "./table.ts";
import { expectTerminal, paint, type Terminal } from "./terminal.ts";

/** Everything one head does with one query word. D is the head's width, C the model's, S the keys. */
export interface Derivation extends HeadAddress {
  /** The head's name, where its address alone does not say which attention it is of: "decoder.cross.L0H1". */
  readonly name?: string;
  /** The word that looks, and its token's index. */
  readonly query: { readonly word: string; readonly token: number };
  /** The words that can be looked at, S of them. */
  readonly keys: readonly Word[];
  /** The key to follow through the dot product; the one with the largest weight by default. */
  readonly followed?: number;
  /** How q came about, where the head has a plain projection. */
  readonly projection?: Projection;
  /** (D), as it enters the dot product. */
  readonly q: ArrayLike<number>;
  /** (S, D) row-major, as they enter the dot product. */
  readonly k: ArrayLike<number>;
  readonly v: ArrayLike<number>;
  /** What q · k is multiplied by: 1/√D in most models. */
  readonly scale: number;
  /** (S) added to the scaled products (relative positions, ALiBi). */
  readonly bias?: ArrayLike<number>;
  /** (S) true where the query cannot look. */
  readonly masked?: ArrayLike<boolean>;
  /** (S) the weights of the run. */
  readonly weights: ArrayLike<number>;
  /** (D) weights · v of the run. */
  readonly mixed: ArrayLike<number>;
}

/** q = input · matrix + bias, before rotary positions where the family has them. */
export interface Projection {
  /** (C) the query word's vector as the projection sees it. */
  readonly input: ArrayLike<number>;
  /** (C, D) row-major: this head's share of W^Q. */
  readonly matrix: ArrayLike<number>;
  /** (D) */
  readonly bias?: ArrayLike<number>;
  /** Whether q is turned by its position (rotary) after the projection. */
  readonly isTurned?: boolean;
}

const decimals = 4;
const termsShown = 3;
const mostKeys = 24;
const indent = "     ";

/** Every number on the way from a word's vector to what it takes from the others, for one head. */
export function derivationText(derivation: Derivation, terminal: Terminal): string {
  expectTerminal(terminal, "derivationText");
  const { query, keys, q, scale, bias, masked, weights } = derivation;
  const D = q.length;
  expectCount("derivationText", "k (keys × head width)", derivation.k.length, keys.length * D);
  expectCount("derivationText", "v (keys × head width)", derivation.v.length, keys.length * D);
  expectCount("derivationText", "weights (one a key)", weights.length, keys.length);
  const products = keys.map((_, key) => dot(q, derivation.k, D, key));
  const table = softmaxTable({ products, scale, bias, masked });
  const followed = derivation.followed ?? largestIndex(table.weights);
  const word = quote(query.word);
  const other = quote(keys[followed]!.text);
  const title = `${derivation.name ?? formatHead(derivation)} (layer ${derivation.layer}, head ${derivation.head}): every number on the way from ${word} to ${other}`;
  const steps: string[][] = [
    ...projectionSteps(derivation, terminal),
    [
      `k, the key of ${other}: ${D} numbers, made from its vector as q is, with W^K`,
      ...vectorLines("k", row(derivation.k, D, followed), terminal),
    ],
    productStep(derivation, followed, terminal),
    scoreStep(table, followed, derivation, terminal),
    [
      `softmax over ${countOf(keys.length, "key")}: e to the power of (score - largest), divided by their sum`,
      ...softmaxLines(table, derivation, followed, terminal),
      ...patchedLines(table, weights, followed, terminal),
    ],
    ...mixedSteps(derivation, terminal),
  ];
  const text = [
    ...wrap(title, terminal.width).map((line) => paint(line, { strong: true }, terminal)),
    ...steps.flatMap(([heading, ...lines], index) => [
      "",
      ...hanging(` ${index + 1}  `, heading!, terminal),
      ...lines,
    ]),
  ].join("\n");
  // Signs of the formulas as ASCII, for terminals that have no others.
  return terminal.unicode ? text : text.replaceAll("·", ".").replaceAll("∞", "inf");
}

function projectionSteps(
  { projection, query, q, layer }: Derivation,
  terminal: Terminal,
): string[][] {
  const word = quote(query.word);
  if (!projection)
    return [
      [
        `q, the query of ${word}: ${q.length} numbers`,
        ...vectorLines("q", Array.from(q), terminal),
      ],
    ];
  const { input, matrix, bias, isTurned } = projection;
  const C = input.length;
  const D = q.length;
  const terms = Array.from(
    { length: termsShown },
    (_, index) => [input[index]!, matrix[index * D]!] as const,
  );
  const first = Array.from({ length: C }, (_, index) => input[index]! * matrix[index * D]!);
  const bias0 = bias?.[0] ?? 0;
  const total = first.reduce((sum, term) => sum + term, 0) + bias0;
  const shown = [...first.slice(0, termsShown), ...(bias ? [bias0] : [])];
  const sum = printSum(shown, total, decimals, C > termsShown);
  const name = isTurned ? "(x·W^Q)[0]" : "q[0]";
  const times = terminal.unicode ? "×" : "x";
  return [
    [
      `x, the vector of ${word} before the projections of layer ${layer}: ${countOf(C, "number")}`,
      ...vectorLines("x", Array.from(input), terminal),
    ],
    [
      `q = x · W^Q${bias ? " + b" : ""}, the query of ${word}: ${D} numbers; this head's W^Q has ${C} ${times} ${D}`,
      ...productLines(name, terms, C, sum, { bias: bias !== undefined, terminal }),
      ...(isTurned ? [`${indent}then turned by the word's position (rotary)`] : []),
      ...vectorLines("q", Array.from(q), terminal),
    ],
  ];
}

function productStep({ q, k, keys }: Derivation, followed: number, terminal: Terminal): string[] {
  const D = q.length;
  const key = row(k, D, followed);
  const pairs = key.slice(0, termsShown).map((value, index) => [q[index]!, value] as const);
  const total = dot(q, k, D, followed);
  const sum = printSum(
    pairs.map(([a, b]) => a * b),
    total,
    decimals,
    D > termsShown,
  );
  return [
    `q · k: their ${D} products, added up`,
    ...productLines("q·k", pairs, D, sum, { bias: false, terminal }),
    ...(keys.length > 1 ? [] : [`${indent}There is one key only.`]),
  ];
}

function scoreStep(
  table: SoftmaxTable,
  followed: number,
  { q, scale }: Derivation,
  terminal: Terminal,
): string[] {
  const { product, scaled, bias, score } = shortRow(table.rows[followed]!, scale);
  const D = q.length;
  const isRoot = Math.abs(scale - 1 / Math.sqrt(D)) < 1e-9;
  const root = terminal.unicode ? `√${D}` : `sqrt(${D})`;
  const by = isRoot ? `/ ${root}` : `× ${formatFixed(scale, 6)}`;
  const explained = isRoot ? ` (${root} = ${formatFixed(Math.sqrt(D), 4)})` : "";
  const added = bias === undefined ? "" : ` ${signedSum(["", bias]).trim()} (bias) = ${score}`;
  return [
    scale === 1
      ? "score: q · k as it is; this model does not scale"
      : `score: q · k ${by}${explained}`,
    score === "-∞"
      ? `${indent}masked: the word cannot look here, the score is -∞`
      : `${indent}${product} ${by} = ${scaled}${added}`,
  ];
}

/** A row with fewer digits, where those still lead from the product to the score. */
function shortRow(row: SoftmaxRow, scale: number): SoftmaxRow {
  const product = formatFixed(Number(row.product), decimals);
  const scaled = formatFixed(Number(row.scaled), decimals);
  const agrees = formatFixed(Number(product) * scale, decimals) === scaled;
  return agrees && row.bias === undefined && row.score !== "-∞" ? { ...row, product, scaled } : row;
}

interface ProductOptions {
  readonly bias: boolean;
  readonly terminal: Terminal;
}

/** "q[0] = 0.0812×0.0316 + … = 0.0026 + … = 0.43", factors with as many digits as the products need. */
function productLines(
  name: string,
  pairs: readonly (readonly [number, number])[],
  count: number,
  sum: PrintedSum,
  { bias, terminal }: ProductOptions,
): string[] {
  const digits = factorDecimals(pairs, decimals);
  const times = terminal.unicode ? "×" : "*";
  const dots = terminal.unicode ? "…" : "...";
  const factors = pairs.map(([a, b]) => `${formatFixed(a, digits)}${times}${factor(b, digits)}`);
  const more = count - pairs.length;
  const products = sum.terms.slice(0, pairs.length);
  const offset = bias ? [sum.terms.at(-1)!] : [];
  const parts = [
    `${signedSum(products)}`,
    ...(sum.rest === undefined ? [] : [`${continued(sum.rest)} (${more} more)`]),
    ...offset.map((term) => `${continued(term)} (b)`),
  ];
  return [
    ...wrap(
      `${name} = ${signedSum(factors)}${more > 0 ? ` + ${dots}` : ""}${bias ? " + b" : ""}`,
      terminal.width,
      indent,
    ),
    ...wrap(
      `= ${parts.join(" ")} = ${sum.total}`,
      terminal.width,
      `${indent}${" ".repeat(name.length + 1)}`,
    ),
  ];
}

function factor(value: number, digits: number): string {
  const text = formatFixed(value, digits);
  return text.startsWith("-") ? `(${text})` : text;
}

function continued(term: string): string {
  return term.startsWith("-") ? `- ${term.slice(1)}` : `+ ${term}`;
}

/** The first numbers of a vector, as many as stand on a line. */
function vectorLines(
  name: string,
  values: readonly number[],
  terminal: Terminal,
  nameWidth = displayWidth(name),
): string[] {
  const fitting = Math.max(1, Math.min(8, Math.floor((terminal.width - 20 - nameWidth) / 9)));
  const shown = values.slice(0, fitting).map((value) => formatFixed(value, decimals).padStart(8));
  const more = values.length - shown.length;
  const dots = terminal.unicode ? "…" : "...";
  return [
    `${indent}${pad(name, nameWidth, "left")} ${shown.join(" ")}${more > 0 ? `  ${dots} ${more} more` : ""}`,
  ];
}

function softmaxLines(
  table: SoftmaxTable,
  derivation: Derivation,
  followed: number,
  terminal: Terminal,
): string[] {
  const { keys, bias, scale } = derivation;
  const order = table.rows
    .map(({ key }) => key)
    .sort((a, b) => table.weights[b]! - table.weights[a]! || a - b);
  const shown = new Set(keys.length <= mostKeys ? order : [...order.slice(0, 12), followed]);
  const rows = table.rows.filter(({ key }) => shown.has(key));
  const hidden = keys.length - rows.length;
  const remaining = (total: number, field: "power" | "weight"): string =>
    formatFixed(
      total - rows.reduce((sum, row) => sum + Number(row[field]), 0),
      rows[0]![field].split(".")[1]!.length,
    );
  const dots = terminal.unicode ? "…" : "...";
  const lastLabel = hidden > 0 ? [`${dots} ${hidden} more`, "sum"] : ["sum"];
  const tail = (rest: string, sum: string) =>
    hidden > 0 ? [{ text: rest }, { text: sum }] : [{ text: sum }];
  const weightSum = table.weights.some((weight) => weight > 0) ? "1" : "0";
  const number = (title: string, cells: readonly (string | undefined)[]): Column => ({
    title,
    align: "right",
    cells: cells.map((text) => ({ text: text ?? "" })),
  });
  const columns: Column[] = [
    {
      title: "key",
      align: "left",
      flexible: true,
      cells: [
        ...rows.map(({ key }) => ({
          text: shorten(surface(keys[key]!.text), 16),
          style: key === followed ? { strong: true } : {},
        })),
        ...lastLabel.map((text) => ({ text })),
      ],
    },
    number(
      "q·k",
      rows.map(({ product }) => product),
    ),
    ...(scale === 1
      ? []
      : [
          number(
            "scaled",
            rows.map(({ scaled }) => scaled),
          ),
        ]),
    ...(bias
      ? [
          number(
            "bias",
            rows.map(({ bias }) => bias),
          ),
          number(
            "score",
            rows.map(({ score }) => score),
          ),
        ]
      : []),
    number(
      "- largest",
      rows.map(({ below }) => below),
    ),
    {
      title: "e^",
      align: "right",
      cells: [
        ...rows.map(({ power }) => ({ text: power })),
        ...tail(remaining(Number(table.sum), "power"), table.sum),
      ],
    },
    {
      title: "weight",
      align: "right",
      cells: [
        ...rows.map(({ weight }) => ({ text: weight, style: { weight: Number(weight) } })),
        ...tail(remaining(1, "weight"), weightSum),
      ],
    },
  ];
  return tableLines(columns, terminal, { indent: indent.length });
}

/** Says so when the run used other weights than softmax gives: they were patched. */
function patchedLines(
  table: SoftmaxTable,
  weights: ArrayLike<number>,
  followed: number,
  terminal: Terminal,
): string[] {
  const off = table.weights.map((weight, key) => Math.abs(weight - weightOrZero(weights[key])));
  if (Math.max(...off) < 5e-4) return [];
  const text = `The run used other weights than these (here ${formatFixed(weights[followed]!, 4)}): they were patched.`;
  return wrap(text, terminal.width, indent);
}

function mixedSteps({ v, weights, keys, mixed }: Derivation, terminal: Terminal): string[][] {
  const D = mixed.length;
  const order = keys
    .map((_, key) => key)
    .sort((a, b) => weightOrZero(weights[b]) - weightOrZero(weights[a]));
  const shown = order.slice(0, termsShown);
  const pairs = shown.map((key) => [weightOrZero(weights[key]), v[key * D]!] as const);
  const total = mixed[0]!;
  const exact = pairs.map(([a, b]) => a * b);
  const sum = printSum(exact, total, decimals, keys.length > termsShown);
  const words = shown.map((key) => quote(keys[key]!.text));
  const names = words.map((word) => `v of ${word}`);
  const nameWidth = Math.max(...names.map(displayWidth));
  return [
    [
      `mixed: the values (v) of all keys, each times its weight, added up; the largest are ${words.join(", ")}`,
      ...shown.flatMap((key, index) =>
        vectorLines(names[index]!, row(v, D, key), terminal, nameWidth),
      ),
      ...productLines("mixed[0]", pairs, keys.length, sum, { bias: false, terminal }),
      ...vectorLines("mixed", Array.from(mixed), terminal),
    ],
  ];
}

function hanging(lead: string, text: string, terminal: Terminal): string[] {
  return wrap(text, terminal.width - lead.length).map((line, index) =>
    paint((index === 0 ? lead : " ".repeat(lead.length)) + line, { strong: true }, terminal),
  );
}

function row(values: ArrayLike<number>, width: number, index: number): number[] {
  return Array.from({ length: width }, (_, column) => values[index * width + column]!);
}

function dot(q: ArrayLike<number>, k: ArrayLike<number>, D: number, key: number): number {
  let sum = 0;
  for (let d = 0; d < D; d++) sum += q[d]! * k[key * D + d]!;
  return sum;
}

function largestIndex(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

function quote(word: string): string {
  return `"${isolated(shorten(surface(word), 20))}"`;
}
