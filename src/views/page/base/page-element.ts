import { html, type TemplateResult } from "lit-html";
import type { Theme } from "../../scale.ts";
import type { AttentionSource } from "../source/source.ts";
import { HeedElement } from "./heed-element.ts";
import { cardStyles, css, hostStyles } from "./styles.ts";

declare global {
  interface HTMLElementEventMap {
    /** A reader turned a page light or dark. */
    "heed-theme": CustomEvent<Theme>;
  }
}

/** All pictures of a source on one page: its head, what is found, and cards side by side. */
export abstract class PageElement<Source extends AttentionSource> extends HeedElement<Source> {
  static override readonly styles = [
    hostStyles,
    cardStyles,
    css`
      :host {
        max-width: 1320px;
        margin: 0 auto;
        padding: 16px clamp(12px, 3vw, 32px) 48px;
      }
      header {
        display: flex;
        justify-content: space-between;
        align-items: flex-start;
        gap: 16px;
      }
      h1 {
        margin: 0;
        max-height: 7.2em;
        overflow: auto;
        font-size: 20px;
        font-weight: 600;
        line-height: 1.3;
        overflow-wrap: anywhere;
      }
      h1.long {
        max-height: 5.6em;
        font-size: 15px;
        font-weight: 400;
        line-height: 1.4;
      }
      h3 {
        margin: 0;
        font-size: 15px;
      }
      .columns {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        align-items: start;
        gap: 16px;
      }
      @media (max-width: 900px) {
        .columns {
          grid-template-columns: minmax(0, 1fr);
        }
      }
      .row {
        display: flex;
        justify-content: space-between;
        gap: 16px;
        margin-bottom: 8px;
      }
    `,
  ];

  /** The line under the title. */
  protected abstract subtitle(source: Source): string;
  /** Everything below the head: elements in their places, which are given the page's source and view. */
  protected abstract parts(source: Source): TemplateResult;

  protected override content(source: Source): unknown {
    const titles = source.texts.map(
      (text) => html`<h1 dir="auto" class=${text.length > 120 ? "long" : ""}>${text}</h1>`,
    );
    const other = this.shade === "dark" ? "light" : "dark";
    return html`
      <header>
        <div>
          ${titles}
          <p class="hint">${this.subtitle(source)}</p>
        </div>
        <button
          type="button"
          class="plain theme"
          aria-label="Show on a ${other} ground"
          @click=${() => this.#turn(other)}
        >${other}</button>
      </header>
      ${this.parts(source)}`;
  }

  protected override updated(): void {
    for (const part of this.findAll("*"))
      if (part instanceof HeedElement) {
        part.source = this.source;
        part.view = this.view;
      }
  }

  #turn(theme: Theme): void {
    this.theme = theme;
    this.dispatchEvent(
      new CustomEvent("heed-theme", { detail: theme, bubbles: true, composed: true }),
    );
  }
}

/** A framed part with a title and what to do there. */
export function card(title: string, hint: string, content: TemplateResult): TemplateResult {
  return html`
    <section class="card">
      <h3>${title}</h3>
      <p class="hint">${hint}</p>
      ${content}
    </section>`;
}
