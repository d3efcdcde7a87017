import type { Saying } from "heed/explore";
import { html, nothing, type TemplateResult } from "lit-html";
import type { State } from "../state/state.ts";
import { AppElement } from "./app-element.ts";
import type { AppContext } from "./context.ts";
import { inEnglish } from "./in-english.ts";
import { Latest } from "./latest.ts";
import { placeSaid } from "./place-said.ts";
import { withBlanks } from "./spaces.ts";
import { appStyles, css } from "./styles.ts";

/** Words that a model writes by itself at most. */
const mostWritten = 40;

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
      .written {
        display: flex;
        flex-wrap: wrap;
        gap: 6px 8px;
        align-items: flex-end;
        margin-block-end: 10px;
      }
      .written label {
        flex: 1 1 260px;
        max-inline-size: 640px;
        color: var(--quiet);
        font-size: 14px;
      }
      .written input {
        display: block;
        box-sizing: border-box;
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
      .share {
        color: var(--quiet);
        font-size: 14px;
      }
    `,
  ];
  readonly #said = new Latest<readonly Saying[]>(() => this.requestUpdate());
  /** Words that are still to be written by themselves. */
  #left = 0;
  /** The run that the last of them was written for. */
  #wroteFor: number | undefined;

  protected override content(app: AppContext): unknown {
    const { model, seen, isBusy, isRecorded, words } = app;
    if (!model || !seen || isRecorded || model.said.task === undefined) return nothing;
    // A run that is about to be another is not asked; what was said before stays until then.
    // A tagger is asked about the word that looks and those it is compared at.
    const { query, keys } = app.state;
    const tokens = model.said.task === "classify tokens" ? [query, ...keys] : undefined;
    if (!isBusy)
      this.#said.ask([model, seen, tokens?.join()], (signal) =>
        model.says(seen.run, { signal, tokens }),
      );
    if (this.#said.error !== undefined)
      return html`<p class="quiet" role="alert">${words.first.failed} ${inEnglish(this.#said.error)}</p>`;
    const said = this.#said.value;
    const writes = model.said.decoderLayers !== undefined && model.said.task === "generate";
    if (writes && !isBusy && !this.#said.isPending) this.#writeOn(app, seen.run, said?.[0]);
    return html`${writes ? this.#written(app) : nothing}
      ${said?.map((saying) => this.#saying(saying, app)) ?? nothing}`;
  }

  /** What a model that reads a text has written of another, and the ways to have it write. */
  #written(app: AppContext): TemplateResult {
    const { words, state } = app;
    const isWriting = this.#left > 0;
    const toggle = () => {
      this.#left = isWriting ? 0 : mostWritten;
      this.#wroteFor = undefined;
      this.requestUpdate();
    };
    const set = (written: string) => {
      this.#left = 0;
      app.set({ written: written === "" ? undefined : written });
    };
    return html`<div class="written chrome">
      <label>${words.says.written}<input
        type="text"
        dir="auto"
        maxlength="4000"
        .value=${state.written ?? ""}
        @input=${(event: Event) => set((event.target as HTMLInputElement).value)}
      /></label>
      ${
        // Of a sound the model writes by rules of its own, which the page asks it for at once.
        app.sound
          ? nothing
          : html`<button type="button" @click=${toggle}>${isWriting ? words.says.stop : words.says.letWrite}</button>`
      }
      <button type="button" ?disabled=${!state.written} @click=${() => set("")}>${words.says.anew}</button>
    </div>`;
  }

  /** Writes the likeliest word, once for each run, until the model ends its text. */
  #writeOn(app: AppContext, run: number, saying: Saying | undefined): void {
    const [best] = saying?.choices ?? [];
    if (this.#left === 0 || this.#wroteFor === run || !best) return;
    this.#wroteFor = run;
    this.#left = best.isSpecial ? 0 : this.#left - 1;
    const { written } = continued(app, best.name);
    queueMicrotask(() => (best.isSpecial ? this.requestUpdate() : app.set({ written })));
  }

  #saying({ of, choices }: Saying, app: AppContext): TemplateResult {
    const own = app.words.says;
    const isNext = of === "next word";
    const title = isNext ? own.next : of === "class" ? own.class : placeSaid(of, own);
    return html`<ul class="saying" aria-label=${title}>
      <li class="quiet">${title}</li>
      ${choices.map(({ name, share, isSpecial }) => {
        const shown = html`<span dir="auto">${withBlanks(name)}</span><span class="share">${percent(share)}</span>`;
        const style = `--share:${(share * 100).toFixed(1)}`;
        return html`<li>${
          isNext && !isSpecial
            ? html`<button
                type="button"
                class="choice"
                style=${style}
                title=${own.write(name.trim() || name)}
                @click=${() => app.set(continued(app, name))}
              >${shown}</button>`
            : html`<span class="choice" style=${style}>${shown}</span>`
        }</li>`;
      })}
    </ul>`;
  }
}

/** The text with a word behind it: what is read, or of a model that reads one text and writes another what is written. */
function continued({ state, model }: AppContext, name: string): Partial<State> {
  return model?.said.decoderLayers === undefined
    ? { text: state.text + name }
    : { written: state.written ? state.written + name : name.trimStart() };
}

/** A share as it is printed: 35 %, 7.1 %. */
export function percent(share: number): string {
  return `${share >= 0.1 ? (share * 100).toFixed(0) : (share * 100).toFixed(1)} %`;
}
