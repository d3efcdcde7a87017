import { formatFixed } from "../../numbers.ts";
import { rounded } from "../../reconcile.ts";
import { softmaxTable } from "../../softmax-table.ts";
import { element } from "./element.ts";
import type { Model } from "./model.ts";
import type { Palette } from "./palette.ts";
import type { Part } from "./sentence.ts";
import type { View } from "./state.ts";

const mostKeys = 10;
const valuesShown = 3;
const vectorDecimals = 3;

/** Every number on the way to one weight: q and k, their products, the score, softmax, and the mix of values. */
export function createWay(model: Model): Part | undefined {
  const { vectors } = model.data;
  if (!vectors || !model.numbers.q || !model.numbers.k || !model.numbers.v) return undefined;
  const summary = element("summary");
  const content = element("div", { class: "way" });
  const root = element("details", { class: "card", open: true }, [summary, content]);
  let last: View | undefined;
  const draw = (view: View): void => {
    const { queryNames, keyNames } = model;
    summary.textContent = `Every number from "${queryNames[view.query]}" to "${keyNames[view.key]}" in L${view.layer}H${view.head}`;
    if (root.open) content.replaceChildren(...steps(model, view));
  };
  root.addEventListener("toggle", () => last && draw(last));
  return {
    root,
    draw(view: View, _palette: Palette) {
      last = view;
      draw(view);
    },
  };
}

/** The vectors of one head around one query and key. */
interface Around {
  readonly q: Float32Array;
  keyOf(key: number): Float32Array;
  vectorOf(key: number): Float32Array;
}

function vectorsAround({ data, numbers }: Model, { layer, head, query }: View): Around {
  const { headWidth: D, keyHeads } = data.vectors!;
  const T = data.queries.length;
  const S = data.keys.length;
  const shared = Math.floor((head * keyHeads) / data.heads);
  const rowOf = (
    values: Float32Array,
    heads: number,
    at: number,
    count: number,
    row: number,
  ): Float32Array => {
    const start = ((layer * heads + at) * count + row) * D;
    return values.subarray(start, start + D);
  };
  return {
    q: rowOf(numbers.q!, data.heads, head, T, query),
    keyOf: (key) => rowOf(numbers.k!, keyHeads, shared, S, key),
    vectorOf: (key) => rowOf(numbers.v!, keyHeads, shared, S, key),
  };
}

function steps(model: Model, view: View): Node[] {
  const { data, numbers, weight } = model;
  const { scale, headWidth: D } = data.vectors!;
  const { layer, head, query, key } = view;
  const S = data.keys.length;
  const { q, keyOf, vectorOf } = vectorsAround(model, view);
  const k = keyOf(key);
  const products = Array.from(q, (value, index) => value * k[index]!);
  const start = ((layer * data.heads + head) * data.queries.length + query) * S;
  const weights = Array.from({ length: S }, (_, index) => weight(layer, head, query, index));
  const table = softmaxTable({
    products: weights.map((_, index) => dot(q, keyOf(index))),
    scale,
    bias: numbers.bias?.subarray(start, start + S),
    masked: weights.map(Number.isNaN),
  });
  const row = table.rows[key]!;
  const from = model.queryNames[query]!;
  const to = model.keyNames[key]!;
  const bias = row.bias === undefined ? "" : `, plus ${row.bias} (bias)`;
  return [
    step(
      1,
      `The query of "${from}" and the key of "${to}": ${D} numbers each, multiplied pair by pair`,
    ),
    vectorTable([
      ["q", q],
      ["k", k],
      ["q × k", products],
    ]),
    step(2, "Added up, scaled"),
    line(`sum of the ${D} products = ${row.product}`),
    line(
      row.score === "-∞"
        ? "The word cannot look here: its score is -∞"
        : `times ${formatFixed(scale, 5)}${Math.abs(scale * Math.sqrt(D) - 1) < 1e-6 ? ` (1/√${D})` : ""} = ${row.scaled}${bias}: score ${row.score}`,
    ),
    step(
      3,
      `Softmax over ${S} keys: e to the power of (score - largest score), divided by the sum`,
    ),
    softmaxElement(table, model.keyNames, key),
    ...differsFrom(weights, table.weights),
    step(4, "Mixed: each key's value times its weight, added up"),
    mixElement(model.keyNames, weights, vectorOf, D),
  ];
}

function step(number: number, text: string): HTMLElement {
  return element("h4", { text: `${number}. ${text}` });
}

function line(text: string): HTMLElement {
  return element("p", { class: "line", text });
}

/** Rows of numbers that scroll sideways. */
function vectorTable(rows: readonly (readonly [string, ArrayLike<number>])[]): HTMLElement {
  const lines = rows.map(([name, values]) =>
    element("tr", {}, [
      element("th", { scope: "row", text: name, dir: "auto" }),
      ...Array.from(values, (value) =>
        element("td", { class: "number", text: formatFixed(value, vectorDecimals) }),
      ),
    ]),
  );
  const table = element("table", { class: "vectors" }, [element("tbody", {}, lines)]);
  return element(
    "div",
    { class: "sideways", tabindex: 0, role: "region", "aria-label": "Numbers, scrolls sideways" },
    [table],
  );
}

function softmaxElement(
  { rows, sum, weights }: ReturnType<typeof softmaxTable>,
  keys: readonly string[],
  key: number,
): HTMLElement {
  const strongest = rows.map((row) => row.key).sort((a, b) => weights[b]! - weights[a]!);
  const shown = new Set([...strongest.slice(0, mostKeys), key]);
  const titles = ["key", "score", "- largest", "e^", "weight"];
  const body = rows
    .filter((row) => shown.has(row.key))
    .map((row) =>
      element("tr", { class: row.key === key ? "chosen" : "" }, [
        element("th", { scope: "row", dir: "auto", text: keys[row.key]! }),
        ...[row.score, row.below, row.power, row.weight].map((text) =>
          element("td", { class: "number", text }),
        ),
      ]),
    );
  const rest = rows.filter((row) => !shown.has(row.key));
  const restPower = rest.reduce((total, { power }) => total + Number(power), 0);
  const decimals = sum.split(".")[1]?.length ?? 4;
  if (rest.length > 0) body.push(totalRow(`${rest.length} more`, formatFixed(restPower, decimals)));
  body.push(totalRow("sum", sum));
  const head = element(
    "tr",
    {},
    titles.map((text, index) =>
      element("th", { scope: "col", class: index > 0 ? "number" : "", text }),
    ),
  );
  return element("div", { class: "sideways" }, [
    element("table", { class: "softmax" }, [
      element("thead", {}, [head]),
      element("tbody", {}, body),
    ]),
  ]);
}

function totalRow(label: string, power: string): HTMLTableRowElement {
  return element("tr", { class: "total" }, [
    element("th", { scope: "row", text: label }),
    element("td"),
    element("td"),
    element("td", { class: "number", text: power }),
    element("td"),
  ]);
}

/** Says so when the run's weights are not what softmax gives here: they were patched. */
function differsFrom(used: readonly number[], computed: readonly number[]): Node[] {
  const most = Math.max(...used.map((weight, key) => Math.abs((weight || 0) - computed[key]!)));
  if (most < 5e-3) return [];
  return [
    line(
      `The run used other weights than these (by up to ${formatFixed(most, 3)}): they were patched.`,
    ),
  ];
}

function mixElement(
  keys: readonly string[],
  weights: readonly number[],
  vectorOf: (key: number) => Float32Array,
  D: number,
): HTMLElement {
  const mixed = new Float64Array(D);
  for (const [key, weight] of weights.entries())
    for (const [index, value] of vectorOf(key).entries())
      mixed[index] = mixed[index]! + (weight || 0) * value;
  const strongest = keys.map((_, key) => key).sort((a, b) => (weights[b] || 0) - (weights[a] || 0));
  const shown = strongest.slice(0, valuesShown);
  const parts = shown.map((key) => {
    const weight = weights[key] || 0;
    const part = Array.from(vectorOf(key), (value) => rounded(weight * value, vectorDecimals));
    return [`${formatFixed(weight, 4)} × v of ${keys[key]}`, part] as const;
  });
  // The rest is what the printed rows leave, so that each column adds up.
  const rest = Array.from(mixed, (value, index) =>
    parts.reduce((left, [, part]) => left - part[index]!, rounded(value, vectorDecimals)),
  );
  const more = keys.length - shown.length;
  const restRow = more > 0 ? [[`${more} more`, rest] as const] : [];
  return vectorTable([...parts, ...restRow, ["mixed, their sum", mixed]]);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}
