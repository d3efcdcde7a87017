import { html, nothing, svg, type TemplateResult } from "lit-html";
import type { Explained, ExplainedNumbers } from "../../explain/explained.ts";
import { formatCount } from "../../numbers.ts";
import { quote } from "../../surface.ts";
import { barsOf, toggled } from "./bars.ts";
import { counted, type DrawnStep, said } from "./drawn-step.ts";
import { inRoles } from "./in-roles.ts";
import { filled } from "./step-words.ts";

/** Rows, or columns, of the matrix that are drawn while it is folded. */
const mostFolded = 48;
/** Shades of a weight. */
const shades = 6;

/** Which number of q is lit if the reader chose none: the one that tells the two keys apart most. */
export function litOf({ target, against }: Explained, { q, k }: ExplainedNumbers): number {
  const D = q.length;
  const weight = (d: number) =>
    Math.abs(q[d]! * (k[target.token * D + d]! - (against ? k[against.token * D + d]! : 0)));
  return q.reduce((best, _, d) => (weight(d) > weight(best) ? d : best), 0);
}

/** x times W^Q with one column lit: how one number of q is the sum of its products. */
export function productPicture(drawn: DrawnStep): unknown {
  const { explained, numbers, words, passing, pass } = drawn;
  const { x, queryMap, q } = numbers ?? {};
  if (!numbers || !x || !queryMap || !q) return nothing;
  const D = q.length;
  const lit = Math.min(D - 1, passing.lit ?? litOf(explained, numbers));
  const word = explained.query.text;
  const place = (index: number) => filled(words.number, { number: counted(index, drawn) });
  const { matrix, bias, isTurned } = queryMap;
  const products = x.map((value, c) => value * matrix[c * D + lit]!);
  const sum = products.reduce((total, value) => total + value, 0);
  const made = sum + (bias?.[lit] ?? 0);
  const name = `q[${counted(lit, drawn)}]`;
  const plus = bias ? ` + ${said(bias[lit]!)} (${words.bias})` : "";
  // Where something else joins q (a bias of the head), the sum is said as what it is.
  const isWhole = Math.abs(made - q[lit]!) < 1e-3 * Math.max(1, Math.abs(made));
  const whole = isTurned || !isWhole ? filled(words.before, { name }) : name;
  return html`
    <p>${inRoles(filled(words.realSentence, { word: quote(word), name }), explained)} <span class="by-hand">${words.lightColumn}</span></p>
    ${barsOf({ id: "x", title: `x (${x.length})`, place, rows: [{ label: "x", role: "query", values: x, say: (c) => `x[${counted(c, drawn)}] = ${said(x[c]!)}` }] }, drawn)}
    ${matrixOf(matrix, x.length, D, lit, drawn)}
    ${barsOf({ id: "q", title: `q (${D})`, place, lit, choose: (d) => pass({ lit: d }), rows: [{ label: "q", role: "query", values: q, say: (d) => `q[${counted(d, drawn)}] = ${said(q[d]!)}` }] }, drawn)}
    ${barsOf(
      {
        id: "one",
        title: filled(words.productsOf, { count: x.length, name }),
        place,
        rows: [
          {
            label: words.products,
            values: products,
            end: said(sum),
            say: (c) =>
              `x[${counted(c, drawn)}] · ${entryOf(c, lit, drawn)} = ${said(x[c]!)} × ${said(matrix[c * D + lit]!)} = ${said(products[c]!)}`,
          },
        ],
      },
      drawn,
    )}
    <p class="result"><span class="query">${whole}</span> = ${said(sum)}${plus} = <b>${said(made)}</b></p>`;
}

/** "W^Q[63, 2]", as the notation writes it. */
function entryOf(c: number, d: number, drawn: DrawnStep): string {
  const [row, column] = drawn.notation === "rows" ? [c, d] : [d, c];
  return `W^Q[${counted(row, drawn)}, ${counted(column, drawn)}]`;
}

/** W^Q as a table of shades, its lit column framed: inputs down in rows' notation, across in columns'. */
function matrixOf(
  matrix: readonly number[],
  C: number,
  D: number,
  lit: number,
  drawn: DrawnStep,
): TemplateResult {
  const { words, passing, pass, notation } = drawn;
  const id = "matrix";
  const isUnfolded = passing.unfolded.has(id);
  const per = isUnfolded ? 1 : Math.ceil(C / mostFolded);
  const inputs = Math.ceil(C / per);
  const shown = (i: number, d: number) => {
    let best = i * per;
    for (let c = best; c < Math.min(C, (i + 1) * per); c++)
      if (Math.abs(matrix[c * D + d]!) > Math.abs(matrix[best * D + d]!)) best = c;
    return best;
  };
  const isAcross = notation === "columns";
  const [columns, rows] = isAcross ? [inputs, D] : [D, inputs];
  const at = passing.at?.block === id ? passing.at : undefined;
  const cell = (row: number, column: number) =>
    isAcross ? { i: column, d: row } : { i: row, d: column };
  const go = (row: number, bar: number) =>
    pass({
      at: {
        block: id,
        row: Math.max(0, Math.min(rows - 1, row)),
        bar: Math.max(0, Math.min(columns - 1, bar)),
      },
    });
  const point = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    go(
      Math.floor(((event.clientY - box.top) / box.height) * rows),
      Math.floor(((event.clientX - box.left) / box.width) * columns),
    );
  };
  const light = () => at && pass({ lit: cell(at.row, at.bar).d });
  const move = (event: KeyboardEvent) => {
    const [row, bar] = [at?.row ?? 0, at?.bar ?? 0];
    const to = (
      {
        ArrowRight: [row, bar + 1],
        ArrowLeft: [row, bar - 1],
        ArrowDown: [row + 1, bar],
        ArrowUp: [row - 1, bar],
      } as Readonly<Record<string, readonly [number, number]>>
    )[event.key];
    if (event.key === "Enter" || event.key === " ") light();
    else if (to) go(...to);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const title = filled(words.tableOf, { rows: isAcross ? D : C, columns: isAcross ? C : D });
  let readout: string | undefined;
  if (at && at.row < rows && at.bar < columns) {
    const { i, d } = cell(at.row, at.bar);
    const c = shown(i, d);
    readout = `${entryOf(c, d, drawn)} = ${said(matrix[c * D + d]!)}`;
    if (per > 1)
      readout += ` (${filled(words.foldedOf, { start: entryOf(i * per, d, drawn), end: entryOf(Math.min(C, (i + 1) * per) - 1, d, drawn) })})`;
  }
  return html`
    <figure class="bars">
      <figcaption>${title}</figcaption>
      <div class="block">
        <div class="labels"><span class="label">W^Q</span></div>
        <svg
          class="matrix ${isAcross ? "across" : ""}"
          role="slider"
          tabindex="0"
          aria-readonly="true"
          aria-label=${title}
          aria-valuemin="0"
          aria-valuemax=${rows * columns - 1}
          aria-valuenow=${at ? at.row * columns + at.bar : 0}
          aria-valuetext=${readout ?? `${words.point} ${words.pointBy}`}
          viewBox="0 0 ${columns * 4} ${rows * 4}"
          preserveAspectRatio="none"
          .style=${`height:${Math.round(rows * (isAcross ? 6 : 4))}px`}
          @pointermove=${point}
          @pointerdown=${point}
          @click=${light}
          @keydown=${move}
        >
          ${shadesOf(matrix, rows, columns, (row, column) => {
            const { i, d } = cell(row, column);
            return shown(i, d) * D + d;
          })}
          ${
            isAcross
              ? svg`<rect class="frame" x="0" y=${lit * 4} width=${columns * 4} height="4"></rect>`
              : svg`<rect class="frame" x=${lit * 4} y="0" width="4" height=${rows * 4}></rect>`
          }
          ${at ? svg`<rect class="frame at" x=${at.bar * 4} y=${at.row * 4} width="4" height="4"></rect>` : nothing}
        </svg>
      </div>
      <p class=${`readout ${readout === undefined ? "idle" : ""}`}>${readout ?? html`${words.point} <span class="by-hand">${words.pointBy}</span>`}</p>
      <p class="hint">
        ${per > 1 ? filled(words.folded, { count: formatCount(C * D), per }) : nothing}
        ${
          C > mostFolded
            ? html`<button type="button" class="plain by-hand" aria-expanded=${String(isUnfolded)} @click=${() => pass({ unfolded: toggled(passing.unfolded, id), at: undefined })}>${isUnfolded ? words.fold : words.unfold}</button>`
            : nothing
        }
      </p>
    </figure>`;
}

/** Paths of squares (weights above 0) and dashes (below), one a shade. */
const drawnMatrices = new WeakMap<readonly number[], Map<string, readonly TemplateResult[]>>();

function shadesOf(
  matrix: readonly number[],
  rows: number,
  columns: number,
  indexOf: (row: number, column: number) => number,
): readonly TemplateResult[] {
  const known = drawnMatrices.get(matrix) ?? new Map<string, readonly TemplateResult[]>();
  drawnMatrices.set(matrix, known);
  const name = `${rows} ${columns}`;
  const before = known.get(name);
  if (before) return before;
  let largest = Number.MIN_VALUE;
  for (const value of matrix) largest = Math.max(largest, Math.abs(value));
  const paths = Array.from({ length: shades }, () => [] as string[]);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const value = matrix[indexOf(row, column)]!;
      const shade = Math.min(shades - 1, Math.floor((Math.abs(value) / largest) * shades * 1.6));
      const [x, y] = [column * 4, row * 4];
      paths[shade]!.push(
        value >= 0 ? `M${x + 0.25} ${y + 0.25}h3.5v3.5h-3.5z` : `M${x + 0.5} ${y + 1.4}h3v1.2h-3z`,
      );
    }
  const made = paths.map(
    (parts, shade) =>
      svg`<path d=${parts.join("")} fill-opacity=${(0.12 + (0.88 * shade) / (shades - 1)).toFixed(2)}></path>`,
  );
  known.set(name, made);
  return made;
}
