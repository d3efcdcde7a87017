import type { Intervention } from "heed/analysis";
import { type Exploring, firstOf, type Seen } from "heed/explore";
import { html, nothing, type TemplateResult } from "lit-html";
import { AppElement } from "../app/app-element.ts";
import type { AppContext } from "../app/context.ts";
import { inEnglish } from "../app/in-english.ts";
import { nameOfToken, ownTokens } from "../app/own-tokens.ts";
import { appStyles } from "../app/styles.ts";
import { askedOf, attentionOf, inputOf } from "../state/state.ts";
import { brief } from "./change/brief.ts";
import { causeView } from "./change/cause.ts";
import { consequence, consequenceViews, hasNumbers, type Shown } from "./change/consequence.ts";
import { isOfWritten, nameInOther, outputOf } from "./change/followed.ts";
import { namesForCommand, runNames, tokenNames } from "./change/names.ts";
import { rowWith } from "./change/row.ts";
import { changeSaid } from "./change/said.ts";
import { changeStyles } from "./change/styles.ts";
import {
  type Choices,
  changedAt,
  changeOf,
  cutOf,
  firstChoices,
  keysChanged,
  layerOf,
  type Place,
  weightOf,
  withChange,
} from "./change/tools.ts";
import { commandOf, experimentOf, fileName, typescriptOf, type Written } from "./change/written.ts";
import { viewAfter } from "./presented.ts";

/** Controls of a text this long or shorter are as many as the library takes; of longer ones few. */
const shortText = 64;
const fewControls = 12;
/** A weight that keys move is set when they have rested so long, in milliseconds: one change, one step to undo. */
const keysRest = 300;

/** What if? Something is changed on the left; on the right is what comes of it, where it was changed, layer by layer, and at the end. */
export class ChangeElement extends AppElement {
  static readonly tag = "heed-app-change";
  static override readonly styles = [appStyles, changeStyles];
  #choices: Choices = firstChoices;
  #showsAll = false;
  #row: { readonly asked: string; readonly numbers: Float32Array } | undefined;
  #dragged: { readonly key: number; readonly value: number } | undefined;
  #shown: Shown | undefined;
  #asked = "";
  #dropping: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | undefined;
  #failure: string | undefined;
  #note: { readonly text: string; readonly copy?: string } | undefined;

  disconnectedCallback(): void {
    this.#asking?.abort();
    this.#asked = "";
    clearTimeout(this.#dropping);
  }

  /** One view forth or back, on a lecture's screen. */
  move(by: number): void {
    const { app } = this;
    const isShort = !this.#shown || !hasNumbers(this.#shown);
    const next =
      app && viewAfter(app.state, by, consequenceViews.slice(0, isShort ? -1 : undefined));
    if (next) app.set(next);
  }

  protected override content(app: AppContext): unknown {
    const { seen, words } = app;
    if (!seen) return html`<p class="quiet">${words.first.loading}</p>`;
    this.#askRow(app, seen);
    this.#askEffect(app);
    const names = runNames(app, seen, app.state.layer);
    const place = placeOf(app, seen);
    const isBusy = app.isBusy || this.#shown?.isComparing === true;
    return html`
      <p class="quiet chrome">${words.change.intro}</p>
      ${app.model ? nothing : html`<p class="busy" role="status">${words.change.waiting}</p>`}
      <div class="columns">
        <section class="cause chrome" aria-label=${words.change.cause}>
          <h3>${words.change.cause}</h3>
          ${causeView({
            app,
            choices: this.#choices,
            place,
            names,
            row: this.#rowNow(),
            kept: [
              ...keysChanged(app.state.changes, place),
              ...(this.#dragged ? [this.#dragged.key] : []),
            ],
            showsAll: this.#showsAll,
            choose: (change) => {
              this.#choices = { ...this.#choices, ...change };
              this.requestUpdate();
            },
            showAll: () => {
              this.#showsAll = true;
              this.requestUpdate();
            },
            cut: (key) => this.#add(app, cutOf(this.#choices, place, key)),
            drag: (key, value) => {
              this.#dragged = { key, value };
              this.requestUpdate();
            },
            drop: (key, value, isByKeys) => {
              clearTimeout(this.#dropping);
              const drop = () => this.#add(app, weightOf(this.#choices, place, key, value));
              if (isByKeys) this.#dropping = setTimeout(drop, keysRest);
              else drop();
            },
            apply: () => this.#add(app, changeOf(this.#choices, place)),
          })}
        </section>
        <section class="consequence" aria-label=${words.change.consequence} aria-busy=${String(isBusy)}>
          <h3>${words.change.consequence}</h3>
          ${this.#right(app, seen)}
        </section>
        ${
          app.state.presents && app.state.step !== undefined
            ? nothing
            : html`<section class="yours" aria-label=${words.change.changes}>
                ${this.#list(app, seen)}
              </section>`
        }
      </div>
      ${app.state.changes.length === 0 ? nothing : brief(app, this.#shown, this.#showConsequence)}`;
  }

  readonly #showConsequence = (): void => {
    this.root.querySelector(".consequence")?.scrollIntoView({ block: "start" });
  };

  #add(app: AppContext, change: Intervention | undefined): void {
    if (!change) return;
    this.#note = undefined;
    app.set({ changes: withChange(app.state.changes, change) });
  }

  #right(app: AppContext, seen: Seen): unknown {
    const { state, words } = app;
    const shown = this.#shown;
    const failure = this.#failure;
    if (state.changes.length === 0) return html`<p class="quiet">${words.change.nothing}</p>`;
    const last = state.changes.at(-1);
    const at = changedAt(last);
    const layer = layerOf(last) ?? state.layer;
    const { queries } = runNames(app, seen, layer);
    const place = at !== undefined && seen.picture ? firstOf(seen.picture, layer, at) : at;
    const isElsewhere = at !== ownTokens(seen, layer).own(state.query);
    return html`
      ${failure === undefined ? nothing : html`<p class="error" role="alert">${words.change.failed} ${inEnglish(failure)}</p>`}
      ${shown ? consequence(app, shown) : nothing}
      ${
        place === undefined || !isElsewhere || queries[at!] === undefined || shown?.followed.isOther
          ? nothing
          : html`<button type="button" class="small chrome" @click=${() => app.set({ query: place })}>
              ${words.change.elsewhere(queries[at!]!)}
            </button>`
      }`;
  }

  #list(app: AppContext, seen: Seen): TemplateResult {
    const { state, words } = app;
    const { change } = words;
    const { changes } = state;
    return html`
      <h4>${change.changes}</h4>
      ${
        changes.length === 0
          ? html`<p class="quiet">${change.none}</p>`
          : html`<ol class="changes">
              ${changes.map((one, index) => {
                const layer = layerOf(one) ?? state.layer;
                const names = runNames(app, seen, layer);
                const said = changeSaid(one, names, change);
                return html`<li>
                  <span dir="auto">${said}</span>
                  <button
                    type="button"
                    class="plain chrome"
                    aria-label=${change.remove(said)}
                    @click=${() => app.set({ changes: changes.filter((_, other) => other !== index) })}
                  >✕</button>
                </li>`;
              })}
            </ol>`
      }
      <div class="row small chrome">
        <button type="button" ?disabled=${!app.canUndo} @click=${() => app.undo()}>↶ ${change.undo}</button>
        <button type="button" ?disabled=${!app.canRedo} @click=${() => app.redo()}>↷ ${change.redo}</button>
        ${
          changes.length > 1
            ? html`<button type="button" @click=${() => app.set({ changes: [] })}>${change.removeAll}</button>`
            : nothing
        }
      </div>
      ${changes.length === 0 ? nothing : this.#ways(app, seen)}`;
  }

  /** Ways to take the changes along. */
  #ways(app: AppContext, seen: Seen): TemplateResult {
    const { state, words } = app;
    const { change } = words;
    const { model, text, picture, sound, query, changes } = state;
    const isWriter = app.model?.said.decoderLayers !== undefined;
    const written: Written = {
      ...{ model, text, picture, sound, query, changes },
      ...(isWriter && state.written && { written: state.written }),
      names: namesForCommand(seen.queries),
    };
    const way = (name: string, made: () => string) => html`<button
      type="button"
      @click=${() => void this.#copy(made(), change)}
    >${name}</button>`;
    return html`
      <div class="row small chrome">
        ${way(change.copyTypescript, () => typescriptOf(written))}
        ${way(change.copyCommand, () => commandOf(written))}
        ${way(change.copyLink, () => location.href)}
        <button type="button" @click=${() => save(written)}>${change.saveFile}</button>
      </div>
      <p class="quiet" role="status">${this.#note?.text ?? ""}</p>
      ${
        this.#note?.copy === undefined
          ? nothing
          : html`<textarea readonly aria-label=${this.#note.text} .value=${this.#note.copy}></textarea>`
      }`;
  }

  async #copy(text: string, words: AppContext["words"]["change"]): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.#note = { text: words.copied };
    } catch {
      // Pages without a right to the clipboard show what would be copied.
      this.#note = { text: words.notCopied, copy: text };
    }
    this.requestUpdate();
  }

  /** The row on screen, with a weight that is being dragged and what the others become by it. */
  #rowNow(): Float32Array | undefined {
    const numbers = this.#row?.numbers;
    if (!numbers || !this.#dragged) return numbers;
    const { key, value } = this.#dragged;
    return rowWith(numbers, key, value, this.#choices.shares);
  }

  #askRow({ state, source }: AppContext, seen: Seen): void {
    const { layer, head, query } = state;
    const asked = `${seen.run} ${layer} ${head} ${query}`;
    if (!source || this.#row?.asked === asked || query >= seen.queries.length) return;
    const take = (row: Float32Array) => {
      this.#row = { asked, numbers: row.slice() };
      this.#dragged = undefined;
    };
    const answer = source.row({ layer, head }, query);
    if (answer instanceof Float32Array) {
      take(answer);
      return;
    }
    void answer.then(
      (row) => {
        take(row);
        this.requestUpdate();
      },
      (error: unknown) => {
        this.#failure = messageOf(error);
        this.requestUpdate();
      },
    );
  }

  /** Asks what the changes do once the run with them is on screen: without controls first, which come after. */
  #askEffect(app: AppContext): void {
    const { state, model, seen, clean, isBusy } = app;
    const { changes, query } = state;
    const asking = model && askedOf(state, model.said);
    if (changes.length === 0 || !model || !asking) {
      this.#asking?.abort();
      this.#asked = "";
      this.#shown = undefined;
      this.#failure = undefined;
      return;
    }
    if (isBusy || !seen || !clean) return;
    const asked = JSON.stringify([seen.run, asking, query, changes]);
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#asking?.abort();
    this.#asking = new AbortController();
    const about = { seen, clean, words: app.words };
    void this.#follow(model, { ...asking, changes }, query, about, this.#asking.signal);
  }

  async #follow(
    model: Exploring,
    asked: Parameters<Exploring["effect"]>[0],
    query: number,
    {
      seen,
      clean,
      words,
    }: { readonly seen: Seen; readonly clean: Seen; readonly words: AppContext["words"] },
    signal: AbortSignal,
  ): Promise<void> {
    const few = seen.queries.length <= shortText ? {} : { controls: fewControls };
    // A word of what is written is none of what is read: then the word is followed that is changed.
    const [changed] = asked.changes ?? [];
    const stack = changed && "stack" in changed ? changed.stack : undefined;
    const isOther = isOfWritten(asked.stack) !== isOfWritten(stack);
    const word = query < seen.queries.length && !isOther ? query : undefined;
    const show = (shown: Shown) => {
      signal.throwIfAborted();
      this.#shown = shown;
      this.#failure = undefined;
      this.requestUpdate();
    };
    try {
      const first = await model.effect(asked, { word, controls: 0 }, { signal });
      const followed =
        word === undefined
          ? {
              name: (await nameInOther(model, asked, changed, signal)) ?? words.change.allWords,
              isOther,
            }
          : { name: nameOfToken({ seen, words }, tokenNames(seen.queries)[word]!), isOther };
      show({ effect: first, isComparing: true, output: undefined, followed });
      const output = await outputOf(model, first, word, [clean, seen], signal);
      show({ effect: first, isComparing: true, output, followed });
      const effect = await model.effect(asked, { word, ...few }, { signal });
      show({ effect, isComparing: false, output, followed });
    } catch (error) {
      if (signal.aborted) return;
      this.#failure = messageOf(error);
      this.#shown = undefined;
      this.requestUpdate();
    }
  }
}

function placeOf({ state, model }: AppContext, seen: Seen): Place {
  const { layer, head } = state;
  const own = ownTokens(seen, layer);
  const query = own.own(state.query);
  const key = seen.isSelf ? query : (state.keys[0] ?? 0);
  const stack = attentionOf(state, model?.said);
  const tokens = own.isMerged ? own.count : seen.queries.length;
  return { input: inputOf(state), layer, head, query, key, tokens, ...(stack && { stack }) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Saves the experiment as a file. */
function save(written: Written): void {
  const json = `${JSON.stringify(experimentOf(written), undefined, 2)}\n`;
  const address = URL.createObjectURL(new Blob([json], { type: "application/json" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: fileName });
  link.click();
  // The click has begun the download by then.
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
