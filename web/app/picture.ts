import type { ViewChange } from "heed/elements";
import { html, nothing, type TemplateResult } from "lit-html";
import { AppElement } from "./app-element.ts";
import type { AppContext } from "./context.ts";
import { FileDrop, fileChooser } from "./file-drop.ts";
import { Latest } from "./latest.ts";
import { weightText } from "./numbers.ts";
import { ownTokens } from "./own-tokens.ts";
import { choice } from "./parts.ts";
import { pictureStyles } from "./picture-styles.ts";
import { appStyles } from "./styles.ts";
import { viewOf } from "./view.ts";

/**
 * The picture: what the chosen patch looks at as heat over it. A tap chooses the patch that looks, or pins one to be compared; a picture is
 * chosen or dropped.
 */
export class PictureElement extends AppElement {
  static readonly tag = "heed-app-picture";
  static override readonly styles = [appStyles, pictureStyles];
  #pins = false;
  #isPlain = false;
  readonly #drop = new FileDrop(() => this.requestUpdate());
  readonly #row = new Latest<Float32Array>(() => this.requestUpdate());

  protected override content(app: AppContext): unknown {
    const { image, words, seen } = app;
    const own = words.picture;
    const failure = app.inputFailure;
    const alert =
      failure === undefined ? nothing : html`<p role="alert">${own.failed(failure)}</p>`;
    if (!image || !seen) return html`${alert}${this.#place(app)}`;
    const { width, height } = image.image;
    const view = viewOf(app.state, image);
    const toggle = (pins: boolean, text: string) =>
      choice(text, this.#pins === pins, () => {
        this.#pins = pins;
        this.requestUpdate();
      });
    return html`
      ${alert}
      ${this.#drop.area(
        "picture",
        html`<heed-image-map
          style=${`--aspect:${(width / height).toFixed(4)}`}
          ?plain=${this.#isPlain}
          chooses=${this.#pins ? "key" : "query"}
          .pinned=${app.state.keys}
          .words=${words.drawn}
          .source=${image}
          .view=${view}
          @heed-view=${(event: CustomEvent<ViewChange>) => this.#take(event.detail, app)}
        ></heed-image-map>
        <div class="beside">
          <heed-image-legend
            .words=${{ ...own.legend, merged: (layer: number, rows: number, columns: number) => own.legend.merged(layer + (app.state.countsFromOne ? 1 : 0), rows, columns) }}
            .source=${image}
            .view=${view}
            @heed-view=${(event: CustomEvent<ViewChange>) => this.#take(event.detail, app)}
          ></heed-image-legend>
          <div class="row chrome" role="group" aria-label=${own.taps}>
            <span class="quiet">${own.taps}</span>
            ${toggle(false, own.looks)} ${toggle(true, own.compared)}
          </div>
          ${this.#pinned(app)}
          <div class="row chrome">
            <button type="button" aria-pressed=${String(this.#isPlain)} @click=${() => {
              this.#isPlain = !this.#isPlain;
              this.requestUpdate();
            }}>${own.plain}</button>
            ${this.#chooser(app, own.another)}
          </div>
        </div>`,
        app.openPicture,
      )}`;
  }

  /** Pinned patches with their weights; a tap lets one go. */
  #pinned({ state, image, words, set, seen }: AppContext): unknown {
    const row =
      image &&
      this.#row.ask([image, state.layer, state.head, state.query], () =>
        image.row(state, state.query),
      );
    if (!image || !seen || state.keys.length === 0) return nothing;
    const tokens = ownTokens(seen, state.layer);
    return html`<div class="row">
      ${state.keys.map((key, index) => {
        const own = tokens.own(key);
        const name = tokens.isMerged
          ? words.picture.patch(tokens.text(own))
          : (image.keys[key]?.name ?? "");
        return html`<button
          type="button"
          class="pin ${index === 0 ? "first" : "second"}"
          title=${words.picture.unpin(name)}
          @click=${() => set({ keys: state.keys.filter((other) => other !== key) })}
        >${name} ${row ? weightText(row[own] ?? Number.NaN) : ""} <span aria-hidden="true">✕</span></button>`;
      })}
    </div>`;
  }

  #take({ query, key }: ViewChange, { state, set }: AppContext): void {
    if (query !== undefined) set({ query });
    if (key === undefined) return;
    set({
      keys: state.keys.includes(key)
        ? state.keys.filter((other) => other !== key)
        : [...state.keys.slice(0, 1), key],
    });
  }

  /** Where a picture comes in. */
  #place(app: AppContext): TemplateResult {
    const { words, state } = app;
    const own = words.picture;
    const isMissing = state.picture !== undefined && !app.isBusy;
    const content = html`
      ${isMissing ? html`<p>${own.missing(state.picture!)}</p>` : nothing}
      <p>${own.drop}</p>
      ${this.#chooser(app, own.choose)}`;
    return this.#drop.area("drop", content, app.openPicture);
  }

  #chooser(app: AppContext, text: string): TemplateResult {
    return fileChooser(text, "image/png,image/jpeg,image/webp", app.openPicture);
  }
}
