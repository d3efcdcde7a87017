import { html, nothing, type TemplateResult } from "lit-html";
import { AppElement } from "./app-element.ts";
import type { AppContext } from "./context.ts";
import { type Finding, findingOf, resting } from "./finding.ts";
import { inEnglish } from "./in-english.ts";
import { Latest } from "./latest.ts";
import { headText, weightText } from "./numbers.ts";
import { nameOfToken, ownTokens } from "./own-tokens.ts";
import { rich } from "./rich.ts";
import { appStyles, css } from "./styles.ts";
import { whyNothing } from "./why-nothing.ts";

/** What is found, in one sentence, and the three ways on. */
export class FirstElement extends AppElement {
  static readonly tag = "heed-app-first";
  static override readonly styles = [
    appStyles,
    css`
      .found {
        margin-block: 10px 12px;
        font-size: 18px;
      }
      .ways {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        align-items: center;
      }
      .ways button {
        min-height: 44px;
        padding-inline: 18px;
        font-size: 17px;
      }
      .hint {
        max-inline-size: 90ch;
        margin-block: -6px 12px;
      }
      /* A phone shows the whole first screen without it. */
      @media (max-width: 700px) and (max-height: 799px) {
        .hint {
          display: none;
        }
      }
      .error {
        color: var(--first);
      }
      :host([compact]) .found {
        position: absolute;
        width: 1px;
        height: 1px;
        margin: 0;
        overflow: hidden;
        clip-path: inset(50%);
      }
      @media print {
        :host([compact]) .found {
          display: none;
        }
      }
      :host([compact]) .ways {
        gap: 4px;
        flex-wrap: nowrap;
      }
      :host([compact]) .ways button {
        min-height: 38px;
        padding-inline: clamp(6px, 1.6vw, 14px);
        font-size: 15px;
        white-space: nowrap;
      }
      @media (max-width: 480px) {
        :host([compact]) .ways {
          flex-wrap: wrap;
        }
        :host([compact]) .ways button {
          font-size: 14px;
        }
        .found {
          margin-block: 6px 8px;
          font-size: 16px;
        }
        .ways button {
          flex: 1 0 auto;
          white-space: nowrap;
          padding-inline: 8px;
          font-size: 15px;
        }
      }
    `,
  ];
  readonly #found = new Latest<Finding>(() => this.requestUpdate());
  readonly #rows = new Latest<Float32Array>(() => this.requestUpdate());

  protected override content(app: AppContext): unknown {
    const { state, words } = app;
    const finding = this.#finding(app);
    const error = app.error ?? this.#found.error;
    const way = (panel: "steps" | "change" | "heads", text: string) => html`<button
      type="button"
      aria-pressed=${String(state.panel === panel)}
      @click=${() => app.set({ panel: state.panel === panel ? undefined : panel })}
    >${text}</button>`;
    return html`
      <p class="found" aria-live="polite">${this.#sentence(app, finding)}</p>
      ${state.panel === undefined && finding ? this.#hint(app) : nothing}
      ${error === undefined || whyNothing(app) !== undefined ? nothing : this.#error(app, error)}
      <div class="ways chrome">
        ${way("steps", words.first.why)} ${way("change", words.first.whatIf)}
        ${way("heads", words.first.otherHeads)}
      </div>
      ${
        state.panel === undefined
          ? html`<heed-app-says .app=${app}></heed-app-says>
              ${app.hasTowers ? html`<heed-app-fits .app=${app}></heed-app-fits>` : nothing}`
          : nothing
      }`;
  }

  /** What the head's name says, and what can be touched. */
  #hint({ state, seen, words }: AppContext): TemplateResult {
    const first = state.countsFromOne ? 1 : 0;
    const all = seen!.headsOf?.reduce((sum, heads) => sum + heads, 0) ?? seen!.layers * seen!.heads;
    const said = words.first.hint(
      headText(state, state),
      String(state.layer + first),
      String(state.head + first),
      String(all),
    );
    return html`<p class="quiet hint chrome">${said}</p>`;
  }

  #error({ state, words, set }: AppContext, error: string): TemplateResult {
    return html`<p class="error" role="alert">
      ${words.first.failed} ${inEnglish(error)}
      ${
        state.changes.length === 0
          ? nothing
          : html`<button type="button" @click=${() => set({ changes: [] })}>
              ${words.first.withoutChanges}
            </button>`
      }
    </p>`;
  }

  #sentence(app: AppContext, finding: Finding | undefined): unknown {
    const { state, words, failure, error } = app;
    const isWaiting = failure === undefined && error === undefined;
    const reads = app.model?.said;
    if ((reads?.readsImages || reads?.readsSound) && !app.seen && !app.isBusy) return "";
    if (!finding) return isWaiting ? words.first.loading : "";
    const { keys, query, rest, special } = finding;
    const [most, next] = keys;
    if (!most) return words.first.nothing(query);
    const { own } = ownTokens(app.seen!, state.layer);
    const named = (text: string) => nameOfToken(app, text);
    const name = (token: number, text: string) => {
      const pinned = state.keys.findIndex((key) => own(key) === token);
      return html`<strong class=${pinned === 0 ? "first" : pinned === 1 ? "second" : ""} dir="auto">${named(text)}</strong>`;
    };
    const values = {
      query: html`<strong class="query" dir="auto">${named(query)}</strong>`,
      most: name(most.token, most.text),
      weight: weightText(most.weight),
      next: next && name(next.token, next.text),
      nextWeight: next && weightText(next.weight),
      rest: rest && name(rest.token, rest.text),
      restWeight: rest && weightText(rest.weight),
      special: weightText(special),
    };
    const found = finding.isAlone ? "onlyItself" : next ? "found" : "foundOne";
    const head = headText(state, state);
    const said = [
      words.first[found](head),
      ...(rest ? [words.first.leftOut] : []),
      ...this.#ofReadingForward(app, most.token),
    ];
    return said.map((sentence) => [rich(sentence, values), " "]);
  }

  /** What is to be known of a model that reads forward alone: what it cannot see, and where its heads rest. */
  #ofReadingForward({ state, seen, source, words }: AppContext, most: number): string[] {
    if (!seen?.isCausal || !source) return [];
    const rows = this.#rows.ask([source, state.query], () => source.rows(state.query));
    const count = seen.layers * seen.heads;
    const resters = rows && state.query > 0 && most === 0 ? resting(rows, seen.keys.length) : 0;
    return [
      ...(resters > count / 4 ? [words.first.rests(resters, count)] : []),
      ...(state.query < seen.keys.length - 1 ? [words.first.looksBack] : []),
    ];
  }

  #finding({ state, seen, source }: AppContext): Finding | undefined {
    if (!seen || !source) return undefined;
    const { layer, head, query } = state;
    return this.#found.ask([source, layer, head, query, state.keys], () => {
      const answer = source.row({ layer, head }, query);
      const find = (row: Float32Array) => findingOf(seen, state, row, source);
      return answer instanceof Promise ? answer.then(find) : find(answer);
    });
  }
}
