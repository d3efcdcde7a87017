import type { Seen, SeenToken } from "heed/explore";
import { html, nothing, svg, type TemplateResult } from "lit-html";
import { swapIn, wordPattern } from "../examples/examples.ts";
import { attentionOf } from "../state/state.ts";
import { AppElement } from "./app-element.ts";
import { type Arc, pathOf } from "./arcs.ts";
import type { AppContext } from "./context.ts";
import { restLeftOut } from "./finding.ts";
import { Latest } from "./latest.ts";
import { directionOf, strongest, weightText } from "./numbers.ts";
import { sentenceStyles } from "./sentence-styles.ts";
import { appStyles } from "./styles.ts";
import { Tween } from "./tween.ts";
import { WordWalk } from "./word-walk.ts";

/**
 * The sentence: every word with the weight that the pinned one gives it, and arcs to the three that it looks at most. A tap on a word pins
 * it as the one that looks, a tap on a weight pins its word to be compared.
 */
export class SentenceElement extends AppElement {
  static readonly tag = "heed-app-sentence";
  static override readonly styles = [appStyles, sentenceStyles];
  #row: Float32Array | undefined;
  /** Which words the arcs of a row go to: 1, the others 0. */
  #strongest:
    | { readonly row: Float32Array; readonly keys: readonly number[]; readonly marks: Float32Array }
    | undefined;
  readonly #asked = new Latest<Float32Array>(() => this.requestUpdate());
  #arcs: readonly Arc[] = [];
  #isEditing = false;
  /** The run and word that the line was last moved for. */
  #moved = "";
  readonly #walk = new WordWalk(() => this.requestUpdate());
  readonly #tween = new Tween(() => this.requestUpdate());
  readonly #presence = new Tween(() => this.requestUpdate());
  readonly #resized = new ResizeObserver(() => this.requestUpdate());

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
  }

  disconnectedCallback(): void {
    this.#resized.disconnect();
  }

  protected override content(app: AppContext): unknown {
    const { state, seen, words } = app;
    const editor = this.#isEditing || !seen ? this.#editor(app) : nothing;
    if (!seen) return editor;
    this.#ask(app);
    const row = this.#row?.length === seen.keys.length ? this.#tween.toward(this.#row) : undefined;
    return html`
      ${editor}
      <div class="line ${seen.isSelf ? "" : "across"}" dir=${directionOf(state.text)} ?hidden=${this.#isEditing && state.text === ""}>
        ${this.#drawing(row)}
        ${seen.isSelf ? nothing : this.#queries(app, seen)}
        <div
          class="words"
          role="group"
          aria-label=${words.sentence.label}
          @scroll=${() => this.requestUpdate()}
          @focusin=${(event: FocusEvent) => this.#walk.focused(event)}
          @keydown=${(event: KeyboardEvent) => this.#walk.walked(event, app, this.root)}
        >
          ${wordGroups(seen.keys).map((group) => this.#group(group, app, row))}
          ${
            this.#isEditing || app.state.presents
              ? nothing
              : html`<button
                  type="button"
                  class="edit"
                  aria-label=${words.sentence.edit}
                  title=${words.sentence.edit}
                  @click=${this.#edit}
                >✎</button>`
          }
        </div>
      </div>`;
  }

  protected override updated(): void {
    this.#reveal();
    const arcs = this.#measured();
    if (JSON.stringify(arcs) === JSON.stringify(this.#arcs)) return;
    this.#arcs = arcs;
    this.requestUpdate();
  }

  /** Where the line scrolls, the word that looks is brought to its end, and what is left of it shows what it looks back at. */
  #reveal(): void {
    const { app } = this;
    const [row, name] = app?.seen?.isSelf === false ? [".queries", "query"] : [".words", "token"];
    const line = this.root.querySelector<HTMLElement>(row!);
    const word = line?.querySelector<HTMLElement>(`[data-${name}="${app?.state.query}"]`);
    const isLonger = line && line.scrollWidth > line.clientWidth;
    if (!app?.seen || !line || !word || !(isLonger || line.scrollHeight > line.clientHeight)) {
      this.#moved = "";
      return;
    }
    const moved = `${app.seen.run} ${app.state.query}`;
    if (moved === this.#moved) return;
    this.#moved = moved;
    const around = line.getBoundingClientRect();
    const isSeen = (one: Element | null) => {
      const box = one?.getBoundingClientRect();
      const isBeside = box && (box.left < around.left || box.right > around.right);
      return !isBeside && !(box && (box.top < around.top || box.bottom > around.bottom + 1));
    };
    const first = line.querySelector(`[data-token="${app.state.keys[0]}"]`);
    if (isSeen(word) && isSeen(first)) return;
    const box = word.getBoundingClientRect();
    if (isLonger) line.scrollLeft += box.right - around.right + 4;
    else line.scrollTop += box.bottom - around.bottom + 4;
  }

  /** The row of the pinned word in the head on screen; asked for where the run does not carry it. */
  #ask({ state: { layer, head, query }, source }: AppContext): void {
    if (source)
      this.#row = this.#asked.ask([source, layer, head, query], () =>
        source.row({ layer, head }, query),
      );
  }

  #editor({ state, words }: AppContext): TemplateResult {
    return html`
      <textarea
        rows="2"
        spellcheck="false"
        dir="auto"
        maxlength="4000"
        aria-label=${words.sentence.input}
        .value=${lineOf(this.app) ?? state.text}
        @input=${(event: Event) => this.#typed(event)}
        @keydown=${(event: KeyboardEvent) => this.#typedKey(event)}
        @blur=${() => this.#edited()}
      ></textarea>`;
  }

  #typed(event: Event): void {
    const { value } = event.target as HTMLTextAreaElement;
    this.app?.set(isWrittenLine(this.app) ? { written: value } : { text: value });
  }

  #typedKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    this.#edited();
    if (this.#isEditing) return;
    requestAnimationFrame(() => this.root.querySelector<HTMLElement>(".edit")?.focus());
  }

  #edited(): void {
    const { app } = this;
    if (app?.state.text.trim() === "" && !isWrittenLine(app)) return;
    this.#isEditing = false;
    this.requestUpdate();
  }

  readonly #edit = (): void => {
    this.#isEditing = true;
    this.requestUpdate();
    requestAnimationFrame(() => this.root.querySelector("textarea")?.focus());
  };

  #group(
    tokens: readonly number[],
    app: AppContext,
    row: Float32Array | undefined,
  ): TemplateResult {
    const { seen, words } = app;
    const line = lineOf(app) ?? "";
    const swap = isWrittenLine(app) ? undefined : swapIn(line);
    const text = line.slice(seen!.keys[tokens[0]!]!.start, seen!.keys[tokens.at(-1)!]!.end);
    const isSwap = swap !== undefined && text.trim() === swap.from;
    return html`<span class="group">
      ${tokens.map((token) => this.#token(token, app, row))}
      ${
        isSwap
          ? html`<button
              type="button"
              class="swap chrome"
              aria-label=${words.sentence.swap(swap.from, swap.to)}
              @click=${() => this.#swap(swap)}
            ><span aria-hidden="true">⇄</span> ${swap.to}</button>`
          : nothing
      }
    </span>`;
  }

  #swap({ from, to }: { readonly from: string; readonly to: string }): void {
    const { app } = this;
    if (app) app.set({ text: app.state.text.replace(wordPattern(from), () => to) });
  }

  #token(token: number, app: AppContext, row: Float32Array | undefined): TemplateResult {
    const { state, seen, words } = app;
    const { text, isSpecial } = seen!.keys[token]!;
    const isQuery = seen!.isSelf && token === state.query;
    const pinned = state.keys.indexOf(token);
    const role = pinned === 0 ? "first" : pinned === 1 ? "second" : "";
    const weight = row?.[token] ?? Number.NaN;
    const isHidden = row !== undefined && Number.isNaN(weight);
    const printed = row ? weightText(weight) : "";
    return html`<span class="token ${isSpecial ? "special" : ""}" data-token=${token}>
      <button
        type="button"
        class="word ${isQuery ? "query" : role}"
        aria-pressed=${String(isQuery)}
        tabindex=${this.#walk.tabIndex("word", token, app)}
        title=${words.sentence.look(text)}
        dir="auto"
        @click=${() => app.set({ query: token })}
      >${text}</button>
      <button
        type="button"
        tabindex=${this.#walk.tabIndex("weight", token, app)}
        class="weight ${role} ${isHidden ? "hidden" : ""}"
        aria-pressed=${String(pinned >= 0)}
        aria-label=${words.sentence.weight(text, printed)}
        title=${words.sentence.pin(text)}
        @click=${() => this.#pin(token)}
      >
        <span class="column"><span class="bar" style=${`block-size:${isHidden ? 0 : Math.round(34 * (weight || 0)) + 2}px`}></span></span>
        <span class="number">${printed}</span>
      </button>
    </span>`;
  }

  /** A pinned word is let go; another takes the place of the second. */
  #pin(token: number): void {
    const { app } = this;
    if (!app) return;
    const { keys } = app.state;
    app.set({
      keys: keys.includes(token)
        ? keys.filter((key) => key !== token)
        : [...keys.slice(0, 1), token],
    });
  }

  /** The words that look, where they look at those of another text. */
  #queries({ state, words, set }: AppContext, seen: Seen): TemplateResult {
    return html`<div class="words queries" role="group" aria-label=${words.parts.looking}>
      ${seen.queries.map(
        (
          { text, isSpecial },
          token,
        ) => html`<span class="token ${isSpecial ? "special" : ""}" data-query=${token}>
          <button
            type="button"
            class="word ${token === state.query ? "query" : ""}"
            aria-pressed=${String(token === state.query)}
            title=${words.sentence.look(text)}
            dir="auto"
            @click=${() => set({ query: token })}
          >${text}</button>
        </span>`,
      )}
    </div>`;
  }

  /** The arcs as wide as the weights on their way; those that come or go are on their way too. */
  #drawing(row: Float32Array | undefined): TemplateResult {
    const marks = this.#marks();
    const presence = marks && this.#presence.toward(marks);
    return html`<svg class="arcs" aria-hidden="true" width="100%" height="100%">
      ${this.#arcs.map((arc, index) => {
        const { token, role, side } = arc;
        const width = 1 + (side === undefined ? 7 : 4) * (row?.[token] || 0);
        const opacity = presence?.[token] ?? 1;
        return svg`<path
          class=${role}
          d=${pathOf(arc, index)}
          stroke-width=${width.toFixed(2)}
          opacity=${opacity.toFixed(2)}
        />`;
      })}
    </svg>`;
  }

  /** The words that the row's arcs go to; the same list while the row is. */
  #marks(): Float32Array | undefined {
    const { app } = this;
    const row = this.#row;
    if (!app?.seen || !row || row.length !== app.seen.keys.length) return undefined;
    const { state, seen } = app;
    const { keys } = state;
    if (this.#strongest?.row === row && this.#strongest.keys === keys) return this.#strongest.marks;
    const own = seen.isSelf ? state.query : undefined;
    const left = restLeftOut(seen, keys);
    const marks = new Float32Array(row.length);
    for (const token of strongest(row, seen.keys, 3, { own, left }))
      if (token !== own && row[token]! > 0.01) marks[token] = 1;
    this.#strongest = { row, keys, marks };
    return marks;
  }

  /** Where the lines of a word begin that stands above the words it looks at. */
  #below(query: number, origin: DOMRect, zoom: number) {
    const box = this.root.querySelector(`[data-query="${query}"] .word`)?.getBoundingClientRect();
    return (
      box && { x: (box.x + box.width / 2 - origin.x) / zoom, y: (box.bottom - origin.y) / zoom }
    );
  }

  /** Where the arcs go, from where the words stand. */
  #measured(): Arc[] {
    const { app } = this;
    const marks = this.#marks();
    if (!app?.seen || !marks) return [];
    const { state, seen } = app;
    const presence = this.#presence.toward(marks);
    const line = this.root.querySelector(".line");
    if (!line) return [];
    const origin = line.getBoundingClientRect();
    // A page may be zoomed: places on the screen are no lengths of the drawing.
    const zoom = this.root.querySelector<SVGSVGElement>(".arcs")?.getScreenCTM()?.a ?? 1;
    const place = (token: number) => {
      const box = this.root.querySelector(`[data-token="${token}"] .word`)?.getBoundingClientRect();
      return (
        box && {
          x: (box.x + box.width / 2 - origin.x) / zoom,
          y: (box.y - origin.y) / zoom,
        }
      );
    };
    const from = seen.isSelf ? place(state.query) : this.#below(state.query, origin, zoom);
    if (!from) return [];
    const isMirrored = directionOf(state.text) === "rtl";
    const side = isMirrored ? Math.round(origin.width / zoom) - 2 : 2;
    const row = this.#row!;
    const drawn = [...marks.keys()].filter((token) => marks[token] === 1 || presence[token]! > 0);
    drawn.sort((a, b) => row[b]! - row[a]!);
    return drawn.flatMap((token): Arc[] => {
      const to = place(token);
      if (!to) return [];
      const pinned = state.keys.indexOf(token);
      return [
        {
          from: Math.round(from.x),
          to: Math.round(to.x),
          top: Math.round(to.y),
          fromTop: Math.round(from.y),
          token,
          role: pinned === 0 ? "first" : pinned === 1 ? "second" : "other",
          ...(!seen.isSelf && { isAcross: true }),
          // Words of one line differ in height by less than half of it.
          ...(seen.isSelf && Math.abs(to.y - from.y) > 20 && { side }),
        },
      ];
    });
  }
}

/** The text whose words stand on the line: what is read, or what is written where that looks at itself. */
function lineOf(app: AppContext | undefined): string | undefined {
  return isWrittenLine(app) ? (app?.state.written ?? "") : app?.state.text;
}

function isWrittenLine(app: AppContext | undefined): boolean {
  return app !== undefined && attentionOf(app.state, app.model?.said) === "decoder";
}

/** Tokens by words: the pieces of one stand together, a special token alone. */
function wordGroups(tokens: readonly SeenToken[]): number[][] {
  const groups: number[][] = [];
  for (const [index, { word }] of tokens.entries()) {
    const isPiece = word !== undefined && index > 0 && tokens[index - 1]!.word === word;
    if (isPiece) groups.at(-1)!.push(index);
    else groups.push([index]);
  }
  return groups;
}
