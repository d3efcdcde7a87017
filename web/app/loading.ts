import type { Seen } from "heed/explore";
import { html, nothing } from "lit-html";
import { nameOfModel } from "../state/state.ts";
import { AppElement } from "./app-element.ts";
import type { AppContext } from "./context.ts";
import { appStyles, css } from "./styles.ts";

/** How far a model has come. */
export interface Progress {
  readonly received: number;
  readonly total: number;
}

/** How far the model has come, and what is drawn until then. */
export class LoadingElement extends AppElement {
  static readonly tag = "heed-app-loading";
  static override readonly styles = [
    appStyles,
    css`
      .line {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        align-items: center;
        min-height: 26px;
        color: var(--quiet);
        font-size: 13px;
      }
      progress {
        inline-size: 120px;
        accent-color: var(--mark);
      }
      .failed {
        color: var(--first);
      }
      .recorded {
        padding: 1px 8px;
        border: 1px dashed var(--quiet);
        border-radius: 10px;
      }
    `,
  ];
  #progress: Progress | undefined;

  set progress(progress: Progress | undefined) {
    this.#progress = progress;
    this.requestUpdate();
  }

  protected override content(app: AppContext): unknown {
    const { words, model, isRecorded, seen, state, failure } = app;
    const recorded = isRecorded
      ? html`<span class="recorded" title=${words.loading.recordedWhy}>${words.loading.recorded}</span>`
      : nothing;
    if (failure !== undefined)
      return html`<div class="line" role="alert">
        ${recorded} <span class="failed">${words.loading.failed} ${failure}</span>
        ${
          state.model.kind === "embedded"
            ? nothing
            : html`<button type="button" @click=${() => app.open({ kind: "embedded" })}>${words.models.embedded}</button>`
        }
      </div>`;
    if (!model) {
      const { received = 0, total = 0 } = this.#progress ?? {};
      const megabytes = (bytes: number) => Math.round(bytes / 1e6);
      return html`<div class="line">
        ${recorded}
        <label>${words.loading.model(nameOfModel(state.model))}
          <progress max="1" .value=${total > 0 ? received / total : 0}></progress>
        </label>
        ${total > 0 ? words.loading.bytes(megabytes(received), megabytes(total)) : nothing}
      </div>`;
    }
    const { said } = model;
    return html`<div class="line" title=${said.backend}>
      ${words.loading.ready(said.label, said.layers, headCounts(seen?.headsOf, said.heads))}
      ${seen ? html` · ${seen.picture ? words.loading.patches(seen.picture.rows, seen.picture.columns) : seen.sound && state.attention === undefined ? words.sound.moments(seen.keys.length) : words.loading.tokens(seen.queries.length, wordCount(seen.queries))}` : nothing}
    </div>`;
  }
}

/** Heads of a layer: "3–24" where layers have other numbers of them. */
function headCounts(of: readonly number[] | undefined, heads: number): number | string {
  if (!of) return heads;
  const [least, most] = [Math.min(...of), Math.max(...of)];
  return least === most ? most : `${least}–${most}`;
}

/** Words have letters or digits: what stands alone is a sign. */
function wordCount(tokens: Seen["queries"]): number {
  const isWord = ({ text }: { readonly text: string }) => /[\p{L}\p{N}]/u.test(text);
  return new Set(tokens.filter(isWord).flatMap(({ word }) => word ?? [])).size;
}
