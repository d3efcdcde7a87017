import { html, type TemplateResult } from "lit-html";
import { formatFixed } from "../../numbers.ts";
import { rounded } from "../../reconcile.ts";
import { type SoftmaxTable, softmaxTable } from "../../softmax-table.ts";
import type { HeadVectors } from "../source/source.ts";

const mostKeys = 10;
const valuesShown = 3;
const vectorDecimals = 3;

/** One query among the keys of one head, and one of these keys. */
export interface Way extends HeadVectors {
  /** The weights the run used, (S); NaN where the query cannot look. */
  readonly weights: readonly number[];
  /** The query's name, and those of all keys. */
  readonly from: string;
  readonly names: readonly string[];
  readonly key: number;
}

/** The steps from two vectors to a weight, and from weights to the mix of values. */
export function stepsOf(way: Way): unknown {
  const { q, scale, bias, weights, from, names, key } = way;
  const D = q.length;
  const S = names.length;
  const k = vectorOf(way.k, D, key);
  const table = softmaxTable({
    products: names.map((_, index) => dot(q, vectorOf(way.k, D, index))),
    scale,
    bias,
    masked: weights.map(Number.isNaN),
  });
  const { product, scaled, score, ...row } = table.rows[key]!;
  const added = row.bias === undefined ? "" : `, plus ${row.bias} (bias)`;
  const root = Math.abs(scale * Math.sqrt(D) - 1) < 1e-6 ? ` (1/√${D})` : "";
  return [
    step(
      1,
      `The query of "${from}" and the key of "${names[key]}": ${D} numbers each, multiplied pair by pair`,
    ),
    vectorTable([
      ["q", q],
      ["k", k],
      ["q × k", Array.from(q, (value, index) => value * k[index]!)],
    ]),
    step(2, "Added up, scaled"),
    line(`sum of the ${D} products = ${product}`),
    line(
      score === "-∞"
        ? "The word cannot look here: its score is -∞"
        : `times ${formatFixed(scale, 5)}${root} = ${scaled}${added}: score ${score}`,
    ),
    step(
      3,
      `Softmax over ${S} keys: e to the power of (score - largest score), divided by the sum`,
    ),
    softmaxRows(table, names, key),
    differsFrom(weights, table.weights),
    step(4, "Mixed: each key's value times its weight, added up"),
    mixRows(way),
  ];
}

function step(number: number, text: string): TemplateResult {
  return html`<h4>${number}. ${text}</h4>`;
}

function line(text: string): TemplateResult {
  return html`<p class="line">${text}</p>`;
}

/** One key's vector of (S, D). */
function vectorOf(values: Float32Array, D: number, key: number): Float32Array {
  return values.subarray(key * D, (key + 1) * D);
}

/** Rows of numbers that scroll sideways. */
function vectorTable(rows: readonly (readonly [string, ArrayLike<number>])[]): TemplateResult {
  const cell = (value: number): TemplateResult =>
    html`<td class="number">${formatFixed(value, vectorDecimals)}</td>`;
  const lines = rows.map(
    ([name, values]) =>
      html`<tr><th scope="row" dir="auto">${name}</th>${Array.from(values, cell)}</tr>`,
  );
  return html`
    <div class="sideways" tabindex="0" role="region" aria-label="Numbers, scrolls sideways">
      <table class="vectors"><tbody>${lines}</tbody></table>
    </div>`;
}

function softmaxRows(
  { rows, sum, weights }: SoftmaxTable,
  names: readonly string[],
  key: number,
): TemplateResult {
  const strongest = rows.map((row) => row.key).sort((a, b) => weights[b]! - weights[a]!);
  const shown = new Set([...strongest.slice(0, mostKeys), key]);
  const lines: TemplateResult[] = rows
    .filter((row) => shown.has(row.key))
    .map(
      (row) => html`
        <tr class=${row.key === key ? "chosen" : ""}>
          <th scope="row" dir="auto">${names[row.key]}</th>
          ${[row.score, row.below, row.power, row.weight].map(
            (text) => html`<td class="number">${text}</td>`,
          )}
        </tr>`,
    );
  const rest = rows.filter((row) => !shown.has(row.key));
  const restPower = rest.reduce((total, { power }) => total + Number(power), 0);
  const decimals = sum.split(".")[1]?.length ?? 4;
  if (rest.length > 0)
    lines.push(totalRow(`${rest.length} more`, formatFixed(restPower, decimals)));
  lines.push(totalRow("sum", sum));
  return html`
    <div class="sideways">
      <table class="softmax">
        <thead>
          <tr>
            <th scope="col">key</th>
            ${["score", "- largest", "e^", "weight"].map(
              (title) => html`<th scope="col" class="number">${title}</th>`,
            )}
          </tr>
        </thead>
        <tbody>${lines}</tbody>
      </table>
    </div>`;
}

function totalRow(label: string, power: string): TemplateResult {
  return html`
    <tr class="total">
      <th scope="row">${label}</th>
      <td></td>
      <td></td>
      <td class="number">${power}</td>
      <td></td>
    </tr>`;
}

/** Says so when the run's weights are not what softmax gives here: they were patched. */
function differsFrom(used: readonly number[], computed: readonly number[]): unknown {
  const most = Math.max(...used.map((weight, key) => Math.abs((weight || 0) - computed[key]!)));
  if (most < 5e-3) return [];
  return line(
    `The run used other weights than these (by up to ${formatFixed(most, 3)}): they were patched.`,
  );
}

function mixRows({ q, v, names, weights }: Way): TemplateResult {
  const D = q.length;
  const mixed = new Float64Array(D);
  for (const [key, weight] of weights.entries())
    for (const [index, value] of vectorOf(v, D, key).entries())
      mixed[index] = mixed[index]! + (weight || 0) * value;
  const strongest = names.map((_, key) => key);
  strongest.sort((a, b) => (weights[b] || 0) - (weights[a] || 0));
  const shown = strongest.slice(0, valuesShown);
  const parts = shown.map((key) => {
    const weight = weights[key] || 0;
    const part = Array.from(vectorOf(v, D, key), (value) =>
      rounded(weight * value, vectorDecimals),
    );
    return [`${formatFixed(weight, 4)} × v of ${names[key]}`, part] as const;
  });
  // The rest is what the printed rows leave, so that each column adds up.
  const rest = Array.from(mixed, (value, index) =>
    parts.reduce((left, [, part]) => left - part[index]!, rounded(value, vectorDecimals)),
  );
  const more = names.length - shown.length;
  const restRow = more > 0 ? [[`${more} more`, rest] as const] : [];
  return vectorTable([...parts, ...restRow, ["mixed, their sum", mixed]]);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}
