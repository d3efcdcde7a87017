import { changed, type HeadsMeasure, type TextSource, type ViewChange } from "heed/elements";
import type { Exploring, Seen } from "heed/explore";
import { html, nothing, type TemplateResult } from "lit-html";
import { AppElement } from "../app/app-element.ts";
import type { AppContext } from "../app/context.ts";
import { aroundEnglish } from "../app/in-english.ts";
import { Latest } from "../app/latest.ts";
import { directionOf, headText, signedText } from "../app/numbers.ts";
import { nameOfToken, ownTokens } from "../app/own-tokens.ts";
import { appStyles } from "../app/styles.ts";
import { viewOf } from "../app/view.ts";
import { askedOf, attentionOf } from "../state/state.ts";
import { alikeChart } from "./compare/alike-chart.ts";
import { comparedExamples } from "./compare/examples.ts";
import { moveAlong } from "./compare/move-along.ts";
import {
  counterpart,
  headDifferences,
  type Pair,
  pairAt,
  pairsOf,
  type WordAt,
  wordsOf,
} from "./compare/pairs.ts";
import { compareStyles } from "./compare/styles.ts";
import { usualOther } from "./compare/usual-other.ts";
import { weightsTable } from "./compare/weights-table.ts";
import { headsWords } from "./heads/context.ts";
import { headsStyles } from "./heads/styles.ts";
import { viewAfter } from "./presented.ts";

/** Two runs that are held against each other. */
interface Compared {
  readonly model: Exploring;
  readonly first: Seen;
  readonly second: Seen;
  readonly pairs: readonly Pair[];
  /** Of the words that are looked at, which may be another text's. */
  readonly keyPairs: readonly Pair[];
  /** Whether both are the same text, before and after changes. */
  readonly isChange: boolean;
}

/** The two words that are compared. */
interface Chosen {
  readonly first: WordAt;
  readonly second: WordAt;
}

/** What one query looks at in every head of both runs, (L, H, S) each. */
type BothRows = readonly [Float32Array, Float32Array];

/** What is seen of two runs, as a link names it: the step of the panel. */
const views = [undefined, "looks", "heads"] as const;

/** `<heed-app-compare>`: a second sentence beside the first, or the run before the changes: how alike words are, and where they look. */
export class ComparePanel extends AppElement {
  static readonly tag = "heed-app-compare";
  static override readonly styles = [appStyles, headsStyles, compareStyles];

  #wantsChange = false;
  /** The word chosen in the second sentence, while the first run is on screen; else the counterpart of the first's. */
  #other: { readonly seen: Seen; readonly token: number } | undefined;
  /** The word that is to be chosen when an example has been read. */
  #sought: { readonly text: string; readonly word: string } | undefined;
  readonly #second = new Latest<Seen>(() => this.requestUpdate());
  readonly #alike = new Latest<Float32Array>(() => this.requestUpdate());
  readonly #rows = new Latest<BothRows>(() => this.requestUpdate());
  #pairs:
    | (Pick<Compared, "pairs" | "keyPairs"> & { readonly of: readonly [Seen, Seen] })
    | undefined;
  #measure: { readonly rows: BothRows; readonly measure: HeadsMeasure } | undefined;

  disconnectedCallback(): void {
    for (const question of [this.#second, this.#alike, this.#rows]) question.forget();
  }

  /** How alike the words are, then what they look at, then where heads differ: on a lecture's screen one after the other. */
  move(by: number): void {
    const next = this.app && viewAfter(this.app.state, by, views);
    if (next) this.app?.set(next);
  }

  /** Whether a part is on screen: all but on a lecture's. */
  #isShown({ state: { presents, step } }: AppContext, view: (typeof views)[number]): boolean {
    return !presents || views.find((one) => one === step) === view;
  }

  protected override content(app: AppContext): unknown {
    const own = app.words.compare;
    const hasChanges = app.state.changes.length > 0;
    const isPicture = app.model?.said.readsImages === true || app.model?.said.readsSound === true;
    const isChange =
      hasChanges && (isPicture || this.#wantsChange || app.state.other === undefined);
    if (isPicture && !isChange)
      return html`<p>${app.words.picture.beforeAfter}</p>
        <button type="button" class="main" @click=${() => app.set({ panel: "change" })}>${app.words.first.whatIf}</button>`;
    this.#chooseSought(app);
    const compared = this.#compared(app, isChange);
    return html`
      <p class="quiet chrome">${own.intro}</p>
      ${hasChanges && !isPicture ? this.#choice(app, isChange) : nothing}
      ${isChange ? nothing : this.#form(app)}
      <p class="quiet" role="status">${this.#progress(app, isChange)}</p>
      ${compared && app.source ? this.#shown(app, compared, app.source) : nothing}`;
  }

  #choice({ words: { compare: own } }: AppContext, isChange: boolean): unknown {
    const button = (wants: boolean, label: string): unknown => html`
      <button
        type="button"
        aria-pressed=${String(wants === isChange)}
        @click=${() => {
          this.#wantsChange = wants;
          if (!wants && this.app) this.app.set({ other: otherOf(this.app) });
          this.requestUpdate();
        }}
      >${label}</button>`;
    return html`<div class="choice chrome" role="group" aria-label=${own.choose}>
      ${button(false, own.sentence)} ${button(true, own.change)}
    </div>`;
  }

  #form(app: AppContext): unknown {
    const { set } = app;
    const own = app.words.compare;
    const submit = (event: SubmitEvent): void => {
      event.preventDefault();
      const field = (event.target as HTMLFormElement).elements.namedItem("other");
      const other = (field as HTMLInputElement).value.trim();
      set({ other: other === "" ? undefined : other });
    };
    const examples = comparedExamples.map(({ name, text, other, word }) => {
      const take = (): void => {
        this.#sought = { text, word };
        set({ text, other });
      };
      return html`<button type="button" @click=${take}>${own.examples[name]}</button>`;
    });
    return html`
      <form class="chrome" @submit=${submit}>
        <label>
          <span>${own.other}</span>
          <input name="other" type="text" dir="auto" autocomplete="off" .value=${otherOf(app) ?? ""} />
        </label>
        <button class="main">${own.compare}</button>
      </form>
      <div class="tries chrome"><span class="quiet">${own.tries}</span>${examples}</div>`;
  }

  #progress(
    { words: { compare: own }, model }: AppContext,
    isChange: boolean,
  ): string | TemplateResult {
    if (!model) return own.needsModel;
    const failed = [this.#second, this.#alike, this.#rows].find(({ error }) => error !== undefined);
    if (failed) return aroundEnglish(own.failed, failed.error!);
    return !isChange && this.#second.isPending ? own.working : "";
  }

  /** Looks from an example's word once its text has been read. */
  #chooseSought({ seen, state, set }: AppContext): void {
    const sought = this.#sought;
    if (!sought || !seen || state.text !== sought.text) return;
    const token = seen.queries.findIndex(({ text }) => text === sought.word);
    // The run on screen is still that of the text before.
    if (token < 0 || wordsOf(seen.queries).some(({ text }) => !isIn(sought.text, text))) return;
    this.#sought = undefined;
    if (token !== state.query) queueMicrotask(() => set({ query: token }));
  }

  /** The two runs, as far as they are there. */
  #compared(app: AppContext, isChange: boolean): Compared | undefined {
    const { model, seen, clean, state } = app;
    if (!model || !seen) return undefined;
    const other = otherOf(app);
    const found = isChange
      ? seen
      : other === undefined
        ? undefined
        : this.#second.ask([model, other, seen.run], (signal) =>
            model.see({ ...askedOf(state, model.said), input: other }, { signal }),
          );
    const first = isChange ? clean : seen;
    if (!found || !first) return undefined;
    if (this.#pairs?.of[0] !== first || this.#pairs.of[1] !== found)
      this.#pairs = {
        of: [first, found],
        pairs: pairsOf(first.queries, found.queries),
        keyPairs: pairsOf(first.keys, found.keys),
      };
    const { pairs, keyPairs } = this.#pairs;
    return { model, first, second: found, pairs, keyPairs, isChange };
  }

  #shown(app: AppContext, compared: Compared, source: TextSource): unknown {
    const chosen = this.#chosen(app, compared);
    return html`
      ${app.image ? nothing : this.#texts(app, compared, chosen)}
      ${
        chosen
          ? html`${this.#alikeSection(app, compared, chosen)} ${this.#looksSection(app, compared, chosen, source)}`
          : nothing
      }`;
  }

  #chosen({ state }: AppContext, { first, second, pairs }: Compared): Chosen | undefined {
    const own = wordsOf(first.queries).find(({ tokens }) => tokens.includes(state.query));
    if (!own) return undefined;
    const there = wordsOf(second.queries);
    const asked = this.#other?.seen === second ? this.#other.token : undefined;
    const other =
      asked === undefined
        ? counterpart(pairs, own, there)
        : there.find(({ tokens }) => tokens.includes(asked));
    return { first: own, second: other ?? there.find(({ isSpecial }) => !isSpecial) ?? there[0]! };
  }

  #texts(app: AppContext, { first, second, pairs, isChange }: Compared, chosen?: Chosen): unknown {
    const own = app.words.compare;
    const row = (
      side: "first" | "second",
      seen: Seen,
      label: string,
      choose: (token: number) => void,
    ): unknown => html`
      <div>
        <p class="text-label">${label}</p>
        <div class="words" role="radiogroup" dir=${directionOf(lineOf(seen))} aria-label=${own.chooseWord(label)} @keydown=${moveAlong}>
          ${wordsOf(seen.queries).map(({ text, tokens, isSpecial }) => {
            const isChosen = chosen?.[side].tokens[0] === tokens[0];
            const isOther = !isChange && pairAt(pairs, side, tokens[0]!)?.isSame !== true;
            return html`
              <button
                type="button"
                role="radio"
                dir="auto"
                class="${isOther ? "other" : ""} ${isSpecial ? "special" : ""}"
                aria-checked=${String(isChosen)}
                tabindex=${isChosen || (!chosen && tokens[0] === 0) ? 0 : -1}
                @click=${() => choose(tokens[0]!)}
              >${text}</button>`;
          })}
        </div>
      </div>`;
    const chooseFirst = (query: number): void => {
      this.#other = undefined;
      app.set({ query });
      this.requestUpdate();
    };
    const chooseSecond = (token: number): void => {
      this.#other = { seen: second, token };
      this.requestUpdate();
    };
    return html`<div class="texts">
      ${row("first", first, isChange ? own.before : own.first, chooseFirst)}
      ${isChange ? nothing : row("second", second, own.second, chooseSecond)}
    </div>`;
  }

  #alikeSection(
    app: AppContext,
    { model, first, second, isChange }: Compared,
    chosen: Chosen,
  ): unknown {
    const own = app.words.compare;
    const [a, b] = [
      { run: first.run, tokens: chosen.first.tokens },
      { run: second.run, tokens: chosen.second.tokens },
    ];
    const about = [model, a.run, b.run, a.tokens.join(), b.tokens.join()];
    const values = this.#alike.ask(about, (signal) => model.alike(a, b, { signal }));
    if (!values) return nothing;
    const layers = values.length - 2;
    const base = app.state.countsFromOne ? 1 : 0;
    const names = Array.from(values, (_, place) =>
      place === 0 ? own.embedding : place > layers ? own.end : own.layer(String(place - 1 + base)),
    );
    const digits = digitsFor(values);
    const write = (value: number): string => signedText(value, digits);
    const [start, end] = [write(values[0]!), write(values.at(-1)!)];
    const of = nameOfToken(app, chosen.first.text);
    const says = isChange
      ? own.alikeChanged(of, start, end)
      : own.alikeSays(of, nameOfToken(app, chosen.second.text), start, end);
    const label = own.alikeLabel(
      Array.from(values, (value, place) => `${names[place]} ${write(value)}`).join(", "),
    );
    return html`
      <section ?hidden=${!this.#isShown(app, undefined)}>
        <h3>${own.alike}</h3>
        <p>${says}</p>
        ${alikeChart(values, names, label, write)}
      </section>`;
  }

  #looksSection(app: AppContext, compared: Compared, chosen: Chosen, source: TextSource): unknown {
    const { model, first, second, keyPairs: pairs, isChange } = compared;
    const own = app.words.compare;
    const [a, b] = [chosen.first.tokens[0]!, chosen.second.tokens[0]!];
    const rows = this.#rows.ask([model, first, second, a, b], (signal) => {
      const both = [rowsOf(model, first, a, signal), rowsOf(model, second, b, signal)] as const;
      return Promise.all(both);
    });
    if (!rows) return nothing;
    const { layers, heads } = first;
    const view = viewOf(app.state, source);
    const [S, R] = [first.keys.length, second.keys.length];
    const place = view.layer * heads + view.head;
    if (this.#measure?.rows !== rows) {
      const values = headDifferences(pairs, ...rows, layers * heads);
      const measure = {
        name: own.elsewhere,
        values,
        format: (value: number) => signedText(value, 2),
      };
      this.#measure = { rows, measure };
    }
    const choose = ({ detail }: CustomEvent<ViewChange>): void => {
      const next = changed(source, view, detail);
      if (next) app.set({ layer: next.layer, head: next.head });
    };
    return html`
      <section ?hidden=${!this.#isShown(app, "looks")}>
        <h3>${own.looks(headText(view, app.state))}</h3>
        ${weightsTable(
          pairsIn(first, view.layer) ?? pairs,
          [
            rows[0].subarray(place * S, (place + 1) * S),
            rows[1].subarray(place * R, (place + 1) * R),
          ],
          own,
          isChange,
        )}
      </section>
      <section ?hidden=${!this.#isShown(app, "heads")}>
        <h3>${own.heads}</h3>
        <p class="quiet">${own.headsSays}</p>
        <heed-heads
          ?still=${app.state.presents}
          .source=${source}
          .view=${view}
          .measure=${this.#measure.measure}
          .words=${headsWords(app.words.heads)}
          @heed-view=${choose}
        ></heed-heads>
      </section>`;
  }
}

/** The second sentence: what was chosen, else one that goes with the first; undefined until that was read. */
function otherOf({ state, model, seen, isBusy }: AppContext): string | undefined {
  if (state.other !== undefined || !model || !seen || isBusy) return state.other;
  // Where what is written looks at itself, no word on screen is of the sentence.
  if (attentionOf(state, model.said) === "decoder") return comparedExamples[0].other;
  return usualOther(state, seen);
}

/** A picture's patches before and after, as a layer has its own; undefined where all layers have the same tokens. */
function pairsIn(seen: Seen, layer: number): readonly Pair[] | undefined {
  const own = ownTokens(seen, layer);
  if (!own.isMerged) return undefined;
  return Array.from({ length: own.count }, (_, token) => {
    const word = { text: own.text(token), tokens: [token], isSpecial: false };
    return { first: word, second: word, isSame: true };
  });
}

/** What a query looks at in every head: from the weights that came along, else asked for. */
function rowsOf(
  model: Exploring,
  { run, weights, layers, heads, queries, keys }: Seen,
  query: number,
  signal: AbortSignal,
): Float32Array | Promise<Float32Array> {
  if (!weights) return model.rows(run, query, { signal });
  const [T, S] = [queries.length, keys.length];
  const rows = new Float32Array(layers * heads * S);
  for (let layer = 0; layer < layers; layer++)
    for (let head = 0; head < heads; head++) {
      const start = (head * T + query) * S;
      rows.set(weights[layer]!.subarray(start, start + S), (layer * heads + head) * S);
    }
  return rows;
}

/** The words of a run without its special tokens, which are written from the left. */
function lineOf({ queries }: Seen): string {
  return queries.flatMap(({ text, isSpecial }) => (isSpecial ? [] : [text])).join(" ");
}

/** As many digits as tell the values from 1: two at least, five at most. */
function digitsFor(values: Float32Array): number {
  const largest = Math.max(...values.map((value) => Math.abs(1 - value)));
  return largest >= 0.01 || largest === 0 ? 2 : Math.min(5, Math.ceil(-Math.log10(largest)) + 1);
}

function isIn(text: string, word: string): boolean {
  return /^[[<]/.test(word) || text.toLowerCase().includes(word.toLowerCase());
}
