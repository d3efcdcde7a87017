import { html, nothing, type TemplateResult } from "lit-html";
import { formatHead } from "../../../probe/head-address.ts";
import { HeedElement } from "../base/heed-element.ts";
import { askRow, type SeenRow } from "../base/seen-row.ts";
import { cardStyles, css, hostStyles, tableStyles } from "../base/styles.ts";
import { gridIn, placeIn } from "../source/layer-grid.ts";
import type { ImageSource } from "../source/source.ts";
import type { View } from "../state/view.ts";
import { nameIn, weightText } from "./patches.ts";

/** `<heed-image-numbers>`: every patch's weight as a table, in the order of the image; filled when it is opened. */
export class ImageNumbersElement extends HeedElement<ImageSource> {
  static readonly tag = "heed-image-numbers";
  static override readonly styles = [
    hostStyles,
    cardStyles,
    tableStyles,
    css`
      .weights {
        width: auto;
        font-size: max(12px, var(--heed-smallest, 0px));
      }
      .weights td,
      .weights th {
        padding: 1px 5px;
        text-align: right;
      }
      .weights .chosen {
        box-shadow: inset 0 0 0 2px var(--mark);
      }
    `,
  ];

  readonly #row = this.question<SeenRow>();
  #isOpen = false;

  protected override content(source: ImageSource, view: View): unknown {
    const seen = this.#isOpen ? askRow(this.#row, source, view) : undefined;
    const toggle = ({ target }: Event): void => {
      this.#isOpen = (target as HTMLDetailsElement).open;
      this.requestUpdate();
    };
    const { query } = view;
    return html`
      <details class="card" @toggle=${toggle}>
        <summary>
          All numbers: what ${nameIn(source, view.layer, query)} looks at in ${formatHead(view)}
        </summary>
        <div
          class="sideways"
          tabindex="0"
          role="region"
          aria-label="Weights of all patches, scrolls sideways"
        >${seen ? weightTable(source, seen) : nothing}</div>
      </details>`;
  }
}

function weightTable(source: ImageSource, { row, layer, query }: SeenRow): TemplateResult {
  const { leading } = source.image;
  const { rows, columns } = gridIn(source.image, layer);
  const looking = placeIn(source.image, layer, query);
  const titles = Array.from(
    { length: columns },
    (_, column) => html`<th scope="col">${column}</th>`,
  );
  const cell = (token: number): TemplateResult => {
    const weight = row[token]!;
    const text = weight === 0 ? "0" : Number.isNaN(weight) ? "·" : weightText(weight, source);
    return html`<td class=${token === looking ? "chosen" : ""}>${text}</td>`;
  };
  const lines = Array.from({ length: rows }, (_, line) => {
    const first = leading + line * columns;
    const cells = Array.from({ length: columns }, (_, column) => cell(first + column));
    return html`<tr><th scope="row">${line}</th>${cells}</tr>`;
  });
  return html`
    <table class="weights">
      <thead><tr><td></td>${titles}</tr></thead>
      <tbody>${lines}</tbody>
    </table>`;
}
