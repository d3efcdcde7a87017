import type { Fits } from "heed/explore";
import { html, nothing } from "lit-html";
import { AppElement } from "./app-element.ts";
import type { AppContext } from "./context.ts";
import { Latest } from "./latest.ts";
import { leftToRight, signedText } from "./numbers.ts";
import { percent } from "./says.ts";
import { appStyles, css } from "./styles.ts";

/** Texts that are compared at once, and how long each may be. */
const mostTexts = 12;
const longestText = 300;

/** How well texts fit the picture, by a model of two towers: the text on the page, and those that are typed here. */
export class FitsElement extends AppElement {
  static readonly tag = "heed-app-fits";
  static override readonly styles = [
    appStyles,
    css`
      :host {
        margin-block-start: 18px;
      }
      h3 {
        margin-block: 0 6px;
        font-size: 17px;
      }
      label {
        display: block;
        max-inline-size: 640px;
        color: var(--quiet);
        font-size: 14px;
      }
      input {
        display: block;
        inline-size: 100%;
        min-height: 38px;
        margin-block-start: 2px;
        padding: 4px 10px;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: var(--card);
        color: var(--ink);
        font-size: 16px;
      }
      ol {
        display: grid;
        grid-template-columns: minmax(6em, max-content) minmax(60px, 240px) max-content max-content;
        gap: 6px 12px;
        align-items: center;
        margin-block: 10px;
        padding: 0;
        list-style: none;
      }
      li {
        display: contents;
      }
      .name {
        overflow-wrap: anywhere;
      }
      .track {
        block-size: 12px;
        border-radius: 2px;
        background: var(--card);
      }
      .bar {
        display: block;
        block-size: 100%;
        min-inline-size: 1px;
        border-radius: 2px;
        background: var(--query);
      }
      .number {
        text-align: end;
      }
    `,
  ];
  readonly #fits = new Latest<Fits>(() => this.requestUpdate());

  protected override content(app: AppContext): unknown {
    const { hasTowers, held, words, state, model } = app;
    if (!hasTowers || !model) return nothing;
    const own = words.fits;
    if (held === undefined) return state.tower === "text" ? this.#needed(app) : nothing;
    const labels = state.labels ?? own.usual;
    const texts = textsOf(state.tower === "text" ? [state.text, labels] : [labels]);
    const fits =
      texts.length === 0
        ? undefined
        : this.#fits.ask([model, held, texts.join("\n")], (signal) => app.fits(texts, signal));
    return html`
      <h3>${own.title}</h3>
      <label class="chrome">${own.texts}<input
        type="text"
        dir="auto"
        maxlength="2000"
        .value=${labels}
        @change=${(event: Event) => app.set({ labels: (event.target as HTMLInputElement).value })}
      /></label>
      ${this.#fits.error === undefined ? nothing : html`<p role="alert">${words.first.failed} ${this.#fits.error}</p>`}
      <div aria-live="polite">${fits?.shares.length === texts.length ? this.#list(app, texts, fits) : nothing}</div>`;
  }

  #list({ words: { fits: own } }: AppContext, texts: readonly string[], fits: Fits): unknown {
    const ranked = [...texts.keys()].sort((a, b) => fits.shares[b]! - fits.shares[a]!);
    return html`
      <ol>
        ${ranked.map(
          (text) => html`<li>
            <span class="name" dir="auto">${texts[text]}</span>
            <span class="track" aria-hidden="true"><span class="bar" style=${`inline-size:${(fits.shares[text]! * 100).toFixed(1)}%`}></span></span>
            <span class="number">${leftToRight(percent(fits.shares[text]!))}</span>
            <span class="quiet number">${own.cosine(signedText(fits.cosines[text]!, 3))}</span>
          </li>`,
        )}
      </ol>
      <p class="quiet">${fits.isByItself ? own.byItself : own.together}</p>`;
  }

  /** Where a picture comes in that the text is compared with. */
  #needed({ words, openPicture }: AppContext): unknown {
    const chosen = (event: Event) => {
      const input = event.target as HTMLInputElement;
      const [file] = input.files ?? [];
      if (file) openPicture(file);
      input.value = "";
    };
    return html`
      <h3>${words.fits.title}</h3>
      <label>${words.fits.needsPicture}<input type="file" accept="image/png,image/jpeg,image/webp" @change=${chosen} /></label>`;
  }
}

/** Texts between commas, each once. */
function textsOf(lines: readonly string[]): string[] {
  const [first = "", ...others] = lines.length > 1 ? lines : ["", ...lines];
  const texts = [first, ...others.join(",").split(",")].map((text) => text.trim());
  return [...new Set(texts.filter((text) => text !== ""))]
    .slice(0, mostTexts)
    .map((text) => text.slice(0, longestText));
}
