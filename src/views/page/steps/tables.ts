import { html, nothing, type TemplateResult } from "lit-html";
import type { ExplainedValue } from "../../explain/explained.ts";
import { type PrintedRow, type PrintedTable, printed } from "../../explain/printed.ts";
import { formatFixed } from "../../numbers.ts";
import { oneLine, surface } from "../../surface.ts";
import { toggled } from "./bars.ts";
import { classOf, type DrawnStep, written } from "./drawn-step.ts";

/** A step's values as tables; lists of numbers are said by their length, their numbers are in the pictures. */
export function tablesOf(values: readonly ExplainedValue[], drawn: DrawnStep): unknown {
  return values.map((value) => foldedTable(value, drawn));
}

/** One value as a table, whose middle is folded where it is long. */
export function foldedTable(value: ExplainedValue, drawn: DrawnStep): unknown {
  const { words, passing, pass } = drawn;
  const id = `table of ${"name" in value ? value.name : value.kind}`;
  const isWhole = passing.unfolded.has(id);
  const shown = printed(value, isWhole);
  if (shown.kind !== "table") {
    const text = shown.kind === "note" ? shown.text : `${shown.name}: ${shown.about}`;
    return html`<p class="hint">${written(oneLine(text), drawn)}</p>`;
  }
  const isFolded = shown.rows.some(({ kind }) => kind === "rest");
  return html`
    ${tableOf(shown, drawn, value.kind === "contrast" ? [value.first, value.second] : [])}
    ${
      isWhole || isFolded
        ? html`<p class="by-hand"><button type="button" class="plain" aria-expanded=${String(isWhole)} @click=${() => pass({ unfolded: toggled(passing.unfolded, id) })}>${isWhole ? words.fold : words.unfold}</button></p>`
        : nothing
    }`;
}

/** One table, with bars where it has them; titles that are the reader's words stay as they are. */
function tableOf(
  { caption, titles, rows, isText }: PrintedTable,
  drawn: DrawnStep,
  read: readonly string[],
): TemplateResult {
  const hasBars = rows.some(({ bar }) => bar !== undefined);
  const isSigned = rows.some(({ bar }) => (bar ?? 0) < 0);
  const [name = "", ...others] = titles;
  const text = (value: string) => written(oneLine(value), drawn);
  return html`
    <div class="sideways" tabindex="0" role="region" aria-label=${text(caption)}>
      <table class=${isText ? "texts" : ""}>
        <caption>${text(caption)}</caption>
        <thead>
          <tr>
            ${name === "" ? html`<td></td>` : html`<th scope="col">${text(name)}</th>`}
            ${others.map((title) => html`<th scope="col" class="number"><bdi>${read.includes(title) ? oneLine(title) : text(title)}</bdi></th>`)}
            ${hasBars ? html`<td></td>` : nothing}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) => html`
              <tr class=${`${classOf(row.role)} ${row.kind ?? ""} ${row.special ? "special" : ""}`}>
                <th scope="row"><bdi>${row.role === undefined && row.special === undefined ? text(surface(row.label)) : oneLine(surface(row.label))}</bdi></th>
                ${row.cells.map((cell) => html`<td class=${isText ? "" : "number"}>${text(cell)}</td>`)}
                ${hasBars ? html`<td class="bar">${barOf(row, isSigned)}</td>` : nothing}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

/** A bar from the left, or from the middle where some point the other way. */
function barOf({ bar }: PrintedRow, isSigned: boolean): unknown {
  if (bar === undefined || !Number.isFinite(bar)) return nothing;
  const length = Math.min(1, Math.abs(bar)) * (isSigned ? 50 : 100);
  const start = isSigned ? (bar < 0 ? 50 - length : 50) : 0;
  const place = `left:${formatFixed(start, 1)}%;width:${formatFixed(Math.max(0.5, length), 1)}%`;
  return html`<i class=${bar < 0 ? "below" : "above"} .style=${place}></i>`;
}
