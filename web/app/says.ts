import type { Saying } from "heed/explore";
import { html, nothing, type TemplateResult } from "lit-html";
import { AppElement } from "./app-element.ts";
import type { AppContext } from "./context.ts";
import { Latest } from "./latest.ts";
import { withBlanks } from "./spaces.ts";
import { appStyles, css } from "./styles.ts";

/** What the model says of the text or picture, where it has a head: the next word, which a tap writes; the class. */
export class SaysElement extends AppElement {
  static readonly tag = "heed-app-says";
  static override readonly styles = [
    appStyles,
    css`
      :host {
        margin-block-start: 14px;
      }
      .saying {
        display: flex;
        flex-wrap: wrap;
        gap: 6px 8px;
        align-items: center;
        margin-block-end: 6px;
        padding: 0;
        list-style: none;
      }
      .choice {
        position: relative;
        display: inline-flex;
        gap: 8px;
        align-items: center;
        min-height: 36px;
        padding: 4px 12px;
        overflow: hidden;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: linear-gradient(
            to right,
            color-mix(in srgb, var(--query) 16%, transparent) calc(var(--share) * 1%),
            transparent 0
          )
          var(--card);
        overflow-wrap: anywhere;
      }
      :host-context([dir="rtl"]) .choice {
        background: linear-gradient(
            to left,
            color-mix(in srgb, var(--query) 16%, transparent) calc(var(--share) * 1%),
            transparent 0
          )
          var(--card);
      }
      .blanks {
        color: var(--quiet);
      }
      .share {
        color: var(--quiet);
        font-size: 14px;
      }
    `,
  ];
  readonly #said = new Latest<readonly Saying[]>(() => this.requestUpdate());

  protected override content(app: AppContext): unknown {
    const { model, seen, isBusy, isRecorded, words } = app;
    if (!model || !seen || isRecorded || model.said.task === undefined) return nothing;
    // A run that is about to be another is not asked; what was said before stays until then.
    if (!isBusy) this.#said.ask([model, seen], (signal) => model.says(seen.run, { signal }));
    if (this.#said.error !== undefined)
      return html`<p class="quiet" role="alert">${words.first.failed} ${this.#said.error}</p>`;
    return this.#said.value?.map((saying) => this.#saying(saying, app)) ?? nothing;
  }

  #saying({ of, choices }: Saying, app: AppContext): TemplateResult {
    const own = app.words.says;
    const isNext = of === "next word";
    const title = isNext ? own.next : of === "class" ? own.class : own.at(of);
    return html`<ul class="saying" aria-label=${title}>
      <li class="quiet">${title}</li>
      ${choices.map(({ name, share }) => {
        const shown = html`<span dir="auto">${withBlanks(name)}</span><span class="share">${percent(share)}</span>`;
        const style = `--share:${(share * 100).toFixed(1)}`;
        return html`<li>${
          isNext
            ? html`<button
                type="button"
                class="choice"
                style=${style}
                title=${own.write(name.trim() || name)}
                @click=${() => app.set({ text: app.state.text + name })}
              >${shown}</button>`
            : html`<span class="choice" style=${style}>${shown}</span>`
        }</li>`;
      })}
    </ul>`;
  }
}

/** A share as it is printed: 35 %, 7.1 %. */
export function percent(share: number): string {
  return `${share >= 0.1 ? (share * 100).toFixed(0) : (share * 100).toFixed(1)} %`;
}
