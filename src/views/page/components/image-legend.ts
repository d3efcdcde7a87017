import { html, nothing } from "lit-html";
import { formatNumber } from "../../numbers.ts";
import { HeedElement } from "../base/heed-element.ts";
import { askRow, type SeenRow } from "../base/seen-row.ts";
import { css, hostStyles, stripStyles } from "../base/styles.ts";
import { gridIn } from "../source/layer-grid.ts";
import type { ImageSource } from "../source/source.ts";
import type { View } from "../state/view.ts";
import { heatGradient } from "./image-paint.ts";
import { isMerged, onPatches, strongestPatch, weightText } from "./patches.ts";

/** What `<heed-image-legend>` says in words; English if not given. */
export interface ImageLegendWords {
  readonly weight: string;
  /** What each token that is no patch gets, and all patches together. */
  readonly gives: (shares: readonly string[], together: string) => string;
  readonly merged: (layer: number, rows: number, columns: number) => string;
  readonly reach: (seen: number, all: number) => string;
}

const english: ImageLegendWords = {
  weight: "weight",
  gives: (shares, together) =>
    `gives ${[...shares, `all patches together ${together}`].join(", ")}`,
  merged: (layer, rows, columns) =>
    `Layer ${layer} has ${rows} × ${columns} patches: neighbours have become one.`,
  reach: (seen, all) => `It sees ${seen} of ${all}, those of its window; the others are hatched.`,
};

/** `<heed-image-legend>`: a button for each token that is no patch, with what it gets, and the map's colours with the weight they end at. */
export class ImageLegendElement extends HeedElement<ImageSource> {
  static readonly tag = "heed-image-legend";
  static override readonly styles = [
    hostStyles,
    stripStyles,
    css`
      .tokens {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        margin: 10px 0 6px;
      }
      .tokens button {
        background: var(--ground);
      }
      .share {
        color: var(--quiet);
        font-size: max(13px, var(--heed-smallest, 0px));
      }
      .heat {
        position: relative;
        width: 220px;
        max-width: 100%;
        margin: 8px 0;
      }
      .strip {
        background-color: #5a5a5a;
      }
      .ends {
        display: flex;
        justify-content: space-between;
        color: var(--quiet);
        font-size: max(11px, var(--heed-smallest, 0px));
      }
    `,
  ];

  readonly #row = this.question<SeenRow>();
  #words: ImageLegendWords = english;

  /** What it says; English if not given. */
  get words(): ImageLegendWords {
    return this.#words;
  }

  set words(words: ImageLegendWords | undefined) {
    this.#words = words ?? english;
    this.requestUpdate();
  }

  /** What a layer's patches are, where they are its own, and which of them are out of reach. */
  #reach(source: ImageSource, { layer }: View, row: Float32Array | undefined): unknown {
    const { image } = source;
    const { rows, columns } = gridIn(image, layer);
    const hidden = row?.reduce((count, weight) => count + (Number.isNaN(weight) ? 1 : 0), 0);
    const all = rows * columns;
    const said = [
      ...(isMerged(source, layer) ? [this.#words.merged(layer, rows, columns)] : []),
      ...(hidden ? [this.#words.reach(all - hidden, all)] : []),
    ];
    return said.length > 0 ? html`<p class="share">${said.join(" ")}</p>` : nothing;
  }

  protected override content(source: ImageSource, view: View): unknown {
    const row = askRow(this.#row, source, view)?.row;
    const leading = source.keys.slice(0, source.image.leading);
    const buttons = leading.map(
      ({ text }, token) => html`
        <button
          type="button"
          class="plain"
          aria-pressed=${String(token === view.query)}
          @click=${() => this.change({ query: token })}
        >${text}</button>`,
    );
    return html`
      ${
        leading.length > 0
          ? html`<div class="tokens">${buttons}<span class="share">${row && sharesOf(source, row, this.#words)}</span></div>`
          : nothing
      }
      ${this.#reach(source, view, row)}
      <div class="heat">
        <div class="strip" .style=${`background-image: ${heatGradient(source.image)}`}></div>
        <div class="ends">
          <span>0</span><span>${this.#words.weight}</span>
          <span>${row && weightText(row[strongestPatch(source, row)]!, source)}</span>
        </div>
      </div>`;
  }
}

/** "gives [CLS] 0.10, all patches together 0.90"; what is missing to 1 fills up the windows. */
function sharesOf(source: ImageSource, row: Float32Array, words: ImageLegendWords): string {
  const leading = source.keys.slice(0, source.image.leading);
  const others = leading.map(({ text }, token) => `${text} ${weightText(row[token]!, source)}`);
  return words.gives(others, formatNumber(onPatches(source, row), 2));
}
