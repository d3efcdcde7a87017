import {
  changed,
  type HeadAddress,
  type HeadLabel,
  type HeadsMeasure,
  type HeadsOrder,
  type TextSource,
  type View,
  type ViewChange,
} from "heed/elements";
import type { Seen } from "heed/explore";
import { html, nothing, type TemplateResult } from "lit-html";
import { AppElement } from "../app/app-element.ts";
import type { AppContext } from "../app/context.ts";
import { aroundEnglish } from "../app/in-english.ts";
import { Latest } from "../app/latest.ts";
import { headText } from "../app/numbers.ts";
import { distanceFrom, ownTokens } from "../app/own-tokens.ts";
import { appStyles } from "../app/styles.ts";
import { viewOf } from "../app/view.ts";
import { headsWords, linesWords, namesIn } from "./heads/context.ts";
import { headPictures, pictureOf, withKept } from "./heads/head-picture.ts";
import { largestOf, signed, written, written3 } from "./heads/measured.ts";
import { headLabels } from "./heads/named-heads.ts";
import { type RowMeasureName, rowMeasure, rowMeasureNames } from "./heads/row-measures.ts";
import { measureSaid, mostSaid } from "./heads/said.ts";
import { sharedLookSaid } from "./heads/shared-look.ts";
import { Silenced } from "./heads/silenced.ts";
import { headsStyles } from "./heads/styles.ts";
import { viewAfter } from "./presented.ts";

type Shown = "pattern" | RowMeasureName | "silenced" | "gradient";
const shownNames: readonly Shown[] = ["pattern", ...rowMeasureNames, "silenced", "gradient"];
const orders: readonly HeadsOrder[] = ["layers", "most", "least"];
type Names = readonly (HeadLabel | undefined)[];

/** Heads whose lines are kept at most. */
const mostKept = 5;
/** Steps of the slider that fades heads. */
const steps = 20;

/** `<heed-app-heads>`: all heads by a measure; the chosen one as a map or lines, and its strongest links. */
export class HeadsPanel extends AppElement {
  static readonly tag = "heed-app-heads";
  static override readonly styles = [appStyles, headsStyles];

  /** What a reader chose; else what shows most. */
  #chosen: Shown | undefined;
  #shown: Shown = "key";
  #order: HeadsOrder = "layers";
  /** The slider's place, 0 to `steps`. */
  #fade = 0;
  /** Heads whose lines stay beside those of the open one. */
  #kept: readonly HeadAddress[] = [];
  readonly #silenced = new Silenced(() => this.requestUpdate());
  readonly #gradient = new Latest<Float32Array>(() => this.requestUpdate());
  readonly #rows = new Latest<Float32Array>(() => this.requestUpdate());
  #names: { readonly seen: Seen; readonly names: Names } | undefined;
  #measured: { readonly about: readonly unknown[]; readonly measure: HeadsMeasure } | undefined;

  disconnectedCallback(): void {
    this.#silenced.cancel();
    this.#gradient.forget();
  }

  protected override content(app: AppContext): unknown {
    const { words, source, seen, state } = app;
    const own = words.heads;
    // From one text to another there is no distance.
    this.#shown = this.#chosen ?? (app.image ? "pattern" : "key");
    if (seen && !this.#offered(app, seen).includes(this.#shown)) this.#shown = "key";
    if (!source || !seen) return html`<p class="quiet">${own.loading}</p>`;
    const view = viewOf(state, source);
    const measure = this.#measure(app, source, seen, view);
    const largest = largestOf(measure);
    const threshold = this.#fade === 0 ? undefined : (largest * this.#fade) / steps;
    const names = this.#namesOf(seen, own);
    // A lecture's screen shows all heads, or the one that is open.
    if (state.presents && state.step !== undefined) return this.#head(app, source, view, names);
    return html`
      <p class="quiet chrome">${own.intro(String(source.headsOf?.reduce((sum, count) => sum + count) ?? source.layers * source.heads))}</p>
      ${this.#controls(app, source, seen, view, measure, threshold)}
      ${
        app.image && this.#shown === "pattern"
          ? html`<heed-image-grid
              .words=${app.words.drawn}
              .source=${app.image}
              .view=${view}
              @heed-view=${(event: CustomEvent<ViewChange>) => this.#ask(app, source, view, event)}
            ></heed-image-grid>`
          : html`<heed-heads
              ?still=${state.presents}
              .source=${source}
              .view=${view}
              .measure=${measure}
              .order=${this.#order}
              .threshold=${threshold}
              .names=${names}
              .words=${headsWords(own, this.#isHidden() ? words.change.hidden : undefined)}
              @heed-view=${(event: CustomEvent<ViewChange>) => this.#ask(app, source, view, event)}
            ></heed-heads>`
      }
      ${this.#shown === "pattern" && !app.image ? html`<heed-legend .words=${app.words.drawn} .source=${source} .view=${view}></heed-legend>` : nothing}
      ${state.presents ? nothing : this.#head(app, source, view, names)}`;
  }

  /** All heads, then the one that is open as a map, then as lines. */
  move(by: number): void {
    const { app } = this;
    if (!app) return;
    const next = viewAfter(app.state, by, [undefined, ...(app.image ? [] : headPictures)]);
    if (next) app.set(next);
  }

  /** What heads can be shaded by here: from one text to another there is no distance, and without special tokens the first may be one. */
  #offered({ image, model }: AppContext, seen: Seen): readonly Shown[] {
    const { isSelf, isCausal, keys } = seen;
    const hasSpecial = keys.some(({ isSpecial }) => isSpecial);
    const isThere: Partial<Readonly<Record<Shown, boolean>>> = {
      distance: isSelf,
      special: hasSpecial,
      first: isCausal,
      gradient: isSelf && !image && model?.said?.decoderLayers === undefined,
    };
    return shownNames.filter((name) => isThere[name] ?? true);
  }

  #controls(
    app: AppContext,
    source: TextSource,
    seen: Seen,
    view: View,
    measure: HeadsMeasure | undefined,
    threshold: number | undefined,
  ): unknown {
    const own = app.words.heads;
    const [query, key] = namesIn(source, view);
    const measures = { ...own.measures, key: own.measures.key(key) };
    const choose = (change: (value: string) => void) => (event: Event) => {
      change((event.target as HTMLInputElement).value);
      this.requestUpdate();
    };
    const isMeasured = this.#shown !== "pattern";
    return html`
      <div class="controls chrome">
        <label>
          <span>${own.shadeBy}</span>
          <select
            name="measure"
            @change=${choose((value) => {
              this.#chosen = value as Shown;
            })}
          >
            ${this.#offered(app, seen).map(
              (name) =>
                html`<option value=${name} ?selected=${name === this.#shown}>${measures[name]}</option>`,
            )}
          </select>
        </label>
        <label ?hidden=${!isMeasured}>
          <span>${own.order}</span>
          <select
            name="order"
            @change=${choose((value) => {
              this.#order = value as HeadsOrder;
            })}
          >
            ${orders.map(
              (name) =>
                html`<option value=${name} ?selected=${name === this.#order}>${own.orders[name]}</option>`,
            )}
          </select>
        </label>
        <label ?hidden=${!isMeasured}>
          <span>${own.hideBelow} ${threshold === undefined ? "" : written(measure, threshold)}</span>
          <input
            name="fade"
            type="range"
            min="0"
            max=${steps}
            .value=${String(this.#fade)}
            @input=${choose((value) => {
              this.#fade = Number(value);
            })}
          />
        </label>
      </div>
      <p class="says">${measureSaid(own.says, this.#shown, query, key)} ${mostSaid(app, source, measure, () => this.#bring())}</p>
      <p class="quiet" role="status">${this.#progress(app)}</p>`;
  }

  /** What is said of a measure that is not all there. */
  #progress({ words, model }: AppContext): string | TemplateResult {
    const own = words.heads;
    if (this.#shown === "gradient") {
      if (!model) return own.needsModel;
      if (this.#gradient.error) return aroundEnglish(own.failed, this.#gradient.error);
      return this.#gradient.isPending ? own.unknown : "";
    }
    if (this.#shown !== "silenced")
      return this.#rows.error ? aroundEnglish(own.failed, this.#rows.error) : "";
    if (!model) return own.needsModel;
    const { done, of, error } = this.#silenced;
    if (error !== undefined) return aroundEnglish(own.failed, error);
    return done < of ? own.working(String(done), String(of)) : "";
  }

  #head(app: AppContext, source: TextSource, view: View, names: Names): unknown {
    const own = app.words.heads;
    const { layer, head } = view;
    const base = app.state.countsFromOne ? 1 : 0;
    const opened = headText({ layer, head }, app.state);
    const name = names[layer * source.heads + head];
    const isOnTop = app.seen?.picture?.ofLayers !== undefined;
    // Where layers have patches of their own, the map on top is all there is of a head.
    if (isOnTop && name === undefined) return nothing;
    const pictures = { map: own.map, lines: own.lines };
    const shown = pictureOf(app.state);
    return html`
      <section class="head" aria-labelledby="opened">
        <div class="said"><div class="top">
          <h3 id="opened">
            ${own.opened(opened, String(layer + base), String(head + base))}
          </h3>
          <div class="chrome" role="group" aria-label=${own.pictures} ?hidden=${app.image !== undefined}>
            ${headPictures.map(
              (picture) => html`
                <button
                  type="button"
                  aria-pressed=${String(picture === shown)}
                  @click=${() => app.set({ step: picture })}
                >
                  ${pictures[picture]}
                </button>`,
            )}
          </div>
        </div>
        ${name === undefined ? nothing : html`<p>${own.mostly(name.does)}</p>`}
        ${sharedLookSaid(app, source, view)}</div>
        ${isOnTop ? nothing : this.#opened(app, source, view)}
      </section>`;
  }

  /** The open head as it is drawn, and its strongest links beside it. */
  #opened(app: AppContext, source: TextSource, view: View): unknown {
    const own = app.words.heads;
    const { layer, head } = view;
    const ask = (event: CustomEvent<ViewChange>) => this.#ask(app, source, view, event);
    const { presents } = app.state;
    const special = app.seen?.rest ? own.linksRest : own.linksSpecial;
    return html`<div class="beside">
      <div>
        ${
          pictureOf(app.state) === "map" || app.image
            ? html`
              <heed-heat-map ?still=${presents} .words=${app.words.drawn} .source=${source} .view=${view} @heed-view=${ask}></heed-heat-map>
              <heed-legend .words=${app.words.drawn} .source=${source} .view=${view}></heed-legend>`
            : html`
              ${this.#keeping(app, { layer, head })}
              <heed-lines
                ?still=${presents}
                .source=${source}
                .view=${view}
                .heads=${withKept(this.#kept, source, { layer, head })}
                .words=${linesWords(own)}
                @heed-view=${ask}
              ></heed-lines>`
        }
      </div>
      <div>
        <h3>${own.links}</h3>
        <heed-links
          ?still=${presents}
          .source=${source}
          .view=${view}
          .words=${{ label: own.linksLabel, special, none: own.linksNone }}
          @heed-view=${ask}
        ></heed-links>
      </div>
    </div>`;
  }

  /** Keeps the lines of a head beside those of the next ones, or lets them go. */
  #keeping({ words: { heads: own }, state }: AppContext, address: HeadAddress): unknown {
    const isSame = (other: HeadAddress): boolean =>
      other.layer === address.layer && other.head === address.head;
    const isKept = this.#kept.some(isSame);
    const keep = (): void => {
      const others = this.#kept.filter((other) => !isSame(other));
      this.#kept = isKept ? others : [...others, address].slice(-mostKept);
      this.requestUpdate();
    };
    return html`<div class="keep chrome">
      <button type="button" aria-pressed=${String(isKept)} @click=${keep}>
        ${own.keep(headText(address, state))}
      </button>
      <span class="quiet">${own.keepSays}</span>
    </div>`;
  }

  /** Takes over what a picture asks for, where it exists: a head, or a pair of words, which is pinned. */
  #ask(app: AppContext, source: TextSource, view: View, event: CustomEvent<ViewChange>): void {
    const next = changed(source, view, event.detail);
    if (!next) return;
    const { layer, head, query, key } = next;
    const others = app.state.keys.slice(1).filter((other) => other !== key);
    app.set({ layer, head, query, ...(key !== undefined && { keys: [key, ...others] }) });
    if (event.detail.head !== undefined) this.#bring();
  }

  /** Brings what is said of the head that was opened to where it is seen. */
  #bring(): void {
    const said = () => this.root.querySelector(".said");
    requestAnimationFrame(() => said()?.scrollIntoView({ block: "nearest" }));
  }

  #namesOf(seen: Seen, words: AppContext["words"]["heads"]): Names {
    if (this.#names?.seen !== seen) this.#names = { seen, names: headLabels(seen, words) };
    return this.#names.names;
  }

  /** The measure that is shown; the same object while nothing of it changed. */
  #measure(app: AppContext, source: TextSource, seen: Seen, view: View): HeadsMeasure | undefined {
    const shown = this.#shown;
    if (shown !== "silenced") this.#silenced.cancel();
    if (shown === "pattern") return undefined;
    const values =
      shown === "gradient"
        ? this.#gradientOf(app, seen, view)
        : shown === "silenced"
          ? this.#silenced.ask(app.model, seen, view.query)
          : this.#rows.ask([source, view.query], () => source.rows(view.query));
    const about = [shown, values, view.query, view.key, app.words, source];
    if (this.#measured?.about.every((part, i) => part === about[i])) return this.#measured.measure;
    const measure = this.#made(app, source, seen, view, values);
    this.#measured = { about, measure };
    return measure;
  }

  /** Whether a head without a number is one that cannot look: the row is there. */
  #isHidden(): boolean {
    return this.#shown === "key" && !this.#rows.isPending;
  }

  /** What each head brings to the likeness of the two words; undefined until it is there. */
  #gradientOf(
    { model }: AppContext,
    { run }: Seen,
    { query, key }: View,
  ): Float32Array | undefined {
    if (!model) return undefined;
    const known = this.#gradient.ask([model, run, query, key], (signal) =>
      model.measure(run, "gradient", { query, ...(key !== undefined && { key }) }, { signal }),
    );
    return this.#gradient.isPending ? undefined : known;
  }

  #made(
    { words: { heads: own } }: AppContext,
    source: TextSource,
    seen: Seen,
    view: View,
    known: Float32Array | undefined,
  ): HeadsMeasure {
    const count = source.layers * source.heads;
    const none = new Float32Array(count).fill(Number.NaN);
    const shown = this.#shown as Exclude<Shown, "pattern">;
    const two = (value: number): string => value.toFixed(2);
    if (shown === "silenced")
      return {
        name: own.short.silenced,
        values: known?.map((cosine) => 1 - cosine) ?? none,
        scale: "range",
        format: written3,
      };
    if (shown === "gradient")
      return {
        name: own.short.gradient,
        values: known ?? none,
        scale: "difference",
        format: signed,
      };
    const special = source.keys.map(({ isSpecial }) => isSpecial === true);
    const rows = known && {
      rows: known,
      count,
      ...(seen.isSelf && {
        far: (head: number) => distanceFrom(seen, Math.floor(head / source.heads), view.query),
      }),
      place: (head: number) => ownTokens(seen, Math.floor(head / source.heads)).own(view.key ?? 0),
      special,
    };
    const values = rows ? rowMeasure(shown, rows) : none;
    if (shown === "key")
      return { name: own.measures.key(namesIn(source, view)[1]), values, format: two };
    const scale = shown === "special" || shown === "first" ? "share" : "range";
    return { name: own.short[shown], values, scale, format: two };
  }
}
