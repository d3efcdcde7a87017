import { html, type TemplateResult } from "lit-html";
import type { HeadAddress } from "../../../probe/head-address.ts";
import type { AttentionSource } from "../source/source.ts";
import type { View, ViewChange } from "../state/view.ts";
import { HeedElement } from "./heed-element.ts";
import { askRow, askRows, type SeenRow, type SeenRows } from "./seen-row.ts";
import { css, hostStyles, tableStyles } from "./styles.ts";

/** A table of what is looked at most. */
export interface Ranking {
  readonly caption: string;
  /** Of the columns: what is ranked, then numbers. */
  readonly titles: readonly string[];
  /** Undefined while they are not known. */
  readonly rows: readonly RankedRow[] | undefined;
}

/** One that can be chosen. */
export interface RankedRow {
  readonly label: string;
  readonly cells: readonly string[];
  readonly change: ViewChange;
  readonly isChosen: boolean;
  /** How far a bar beside the numbers goes, 0 to 1, and its colour. */
  readonly bar?: { readonly length: number; readonly color: string };
}

/** Rows of a table at most. */
export const mostRanked = 8;

/** Two tables: what is looked at most in this head, and the heads that look most. */
export abstract class RankedElement<Source extends AttentionSource> extends HeedElement<Source> {
  static override readonly styles = [
    hostStyles,
    tableStyles,
    css`
      .rankings {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(210px, 1fr));
        gap: 20px;
      }
      .track {
        width: 40%;
      }
      .bar {
        display: block;
        min-width: 1px;
        height: 10px;
        border-radius: 2px;
      }
      .link {
        max-width: 12em;
        padding: 0;
        border: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        background: none;
        text-align: left;
        text-decoration: underline;
        text-decoration-color: var(--line);
        text-underline-offset: 3px;
        cursor: pointer;
      }
    `,
  ];

  readonly #seen = this.question<SeenRow>();
  readonly #everywhere = this.question<SeenRows>();

  /** What the query looks at most in one head. */
  protected abstract ofKeys(source: Source, view: View, seen: SeenRow | undefined): Ranking;
  /** The heads where it looks most. */
  protected abstract ofHeads(source: Source, view: View, seen: SeenRows | undefined): Ranking;

  protected override content(source: Source, view: View): unknown {
    const inHead = this.ofKeys(source, view, askRow(this.#seen, source, view));
    const everywhere = this.ofHeads(source, view, askRows(this.#everywhere, source, view));
    return html`
      <div class="rankings">${this.#table(inHead)}${this.#table(everywhere)}</div>`;
  }

  #table({ caption, titles, rows = [] }: Ranking): TemplateResult {
    const hasBars = rows.some(({ bar }) => bar);
    return html`
      <table>
        <caption>${caption}</caption>
        <thead>
          <tr>
            ${titles.map(headerCell)}
            ${hasBars ? html`<th aria-hidden="true"></th>` : ""}
          </tr>
        </thead>
        <tbody>${rows.map((row) => this.#row(row))}</tbody>
      </table>`;
  }

  #row({ label, cells, change, isChosen, bar }: RankedRow): TemplateResult {
    const choose = (): void => this.change(change);
    return html`
      <tr class=${isChosen ? "chosen" : ""}>
        <td>
          <button
            type="button"
            class="link"
            dir="auto"
            aria-pressed=${String(isChosen)}
            @click=${choose}
          >${label}</button>
        </td>
        ${cells.map((cell) => html`<td class="number">${cell}</td>`)}
        ${bar && barCell(bar)}
      </tr>`;
  }
}

function headerCell(title: string, index: number): TemplateResult {
  return html`<th scope="col" class=${index > 0 ? "number" : ""}>${title}</th>`;
}

function barCell({ length, color }: NonNullable<RankedRow["bar"]>): TemplateResult {
  const style = `width: ${Math.round(length * 100)}%; background-color: ${color}`;
  return html`<td class="track" aria-hidden="true"><span class="bar" .style=${style}></span></td>`;
}

/** Every head of a source, in the order of `rows`. */
export function headsOf({ layers, heads }: AttentionSource): HeadAddress[] {
  return Array.from({ length: layers * heads }, (_, index) => ({
    layer: Math.floor(index / heads),
    head: index % heads,
  }));
}
