import { html } from "lit-html";
import { HeedElement } from "../base/heed-element.ts";
import { paletteOf } from "../base/palette.ts";
import { css, hostStyles } from "../base/styles.ts";
import { shortWeight } from "../base/weight-text.ts";
import type { TextSource } from "../source/source.ts";
import { type Link, strongestLinks } from "../source/strongest-links.ts";
import type { View } from "../state/view.ts";

/** What `<heed-links>` says in words; English if not given. */
export interface LinksWords {
  readonly label: string;
  readonly special: string;
  readonly none: string;
}

const english: LinksWords = {
  label: "Strongest links of the head: choose one to follow it",
  special: "with special tokens",
  none: "No word looks at another here.",
};

/** Links of a list. */
const most = 8;

/** `<heed-links>`: the strongest links of one head as a list; choose one to look from its word at its key. */
export class LinksElement extends HeedElement<TextSource> {
  static readonly tag = "heed-links";
  static override readonly styles = [
    hostStyles,
    css`
      ol {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      button {
        display: grid;
        grid-template-columns: minmax(0, min(14em, 50%)) minmax(40px, 1fr) 3em;
        gap: 10px;
        align-items: center;
        width: 100%;
        max-width: 600px;
        min-height: 36px;
        padding: 2px 8px;
        border: 1px solid transparent;
        border-radius: 6px;
        background: none;
        text-align: start;
        cursor: pointer;
      }
      button:hover {
        border-color: var(--line);
      }
      button[aria-pressed="true"] {
        border-color: var(--mark);
        font-weight: 600;
      }
      .words {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      @media (max-width: 520px) {
        button {
          grid-template-columns: minmax(0, 62%) minmax(30px, 1fr) 3em;
        }
      }
      .bar {
        display: block;
        min-width: 1px;
        height: 10px;
        border-radius: 2px;
      }
      .number {
        text-align: end;
      }
      label {
        display: inline-flex;
        gap: 8px;
        align-items: center;
        min-height: 36px;
        color: var(--quiet);
        font-size: max(13px, var(--heed-smallest, 0px));
        cursor: pointer;
      }
    `,
  ];

  readonly #weights = this.question<Float32Array>();
  #hasSpecial = false;
  #words: LinksWords = english;

  /** What it says; English if not given. */
  get words(): LinksWords {
    return this.#words;
  }

  set words(words: LinksWords | undefined) {
    this.#words = words ?? english;
    this.requestUpdate();
  }

  protected override content(source: TextSource, view: View): unknown {
    const { layer, head } = view;
    const weights = this.#weights.ask([source, layer, head], () => source.weights({ layer, head }));
    const hasSpecial = this.#hasSpecial;
    const { rest = [] } = source;
    const links = weights && strongestLinks(weights, source, { most, hasSpecial, rest });
    const switchSpecial = ({ target }: Event): void => {
      this.#hasSpecial = (target as HTMLInputElement).checked;
      this.requestUpdate();
    };
    const isOfSpecial =
      rest.length > 0 || [...source.queries, ...source.keys].some(({ isSpecial }) => isSpecial);
    const box = html`
      <label class="by-hand">
        <input type="checkbox" .checked=${hasSpecial} @change=${switchSpecial} />${this.#words.special}
      </label>`;
    return html`
      ${links?.length === 0 ? html`<p class="hint">${this.#words.none}</p>` : ""}
      <ol aria-label=${this.#words.label}>
        ${links?.map((link) => html`<li>${this.#link(source, view, link)}</li>`)}
      </ol>
      ${isOfSpecial ? box : ""}`;
  }

  #link(source: TextSource, view: View, { query, key, weight }: Link): unknown {
    const color = paletteOf(source.colors, this.shade).colorsOf(Math.max(0.15, weight)).ground;
    const style = `width: ${Math.round(weight * 100)}%; background-color: ${color}`;
    const isChosen = query === view.query && key === view.key;
    return html`
      <button
        type="button"
        aria-pressed=${String(isChosen)}
        @click=${() => this.change({ query, key })}
      >
        <span class="words" dir="auto">${source.queries[query]!.name} → ${source.keys[key]!.name}</span>
        <span aria-hidden="true"><span class="bar" .style=${style}></span></span>
        <span class="number">${shortWeight(weight, source)}</span>
      </button>`;
  }
}
