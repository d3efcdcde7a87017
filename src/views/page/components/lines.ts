import { html, type TemplateResult } from "lit-html";
import { formatHead, type HeadAddress } from "../../../probe/head-address.ts";
import { fitCanvas, onceAFrame } from "../base/canvas.ts";
import { HeedElement } from "../base/heed-element.ts";
import type { Question } from "../base/question.ts";
import { hostStyles } from "../base/styles.ts";
import { exactWeight } from "../base/weight-text.ts";
import { whenAnswered } from "../source/answer.ts";
import {
  crosses,
  goes,
  heaviest,
  heavyLinks,
  lineLook,
  type RowsSeen,
  type SentenceWay,
  sentencesOf,
  sentenceWays,
} from "../source/head-lines.ts";
import type { SourceToken, TextSource } from "../source/source.ts";
import type { Link } from "../source/strongest-links.ts";
import type { View } from "../state/view.ts";
import { headColor, linesStyles, rowHeight, wordsWidth } from "./lines-styles.ts";

/** What `<heed-lines>` says in words; English if not given. */
export interface LinesWords {
  readonly looking: string;
  readonly lookedAt: string;
  readonly between: string;
  readonly all: string;
  /** What a word's lines are: "it looks at". */
  readonly looks: (word: string) => string;
  /** What lines to a word are: "it is looked at by". */
  readonly isLookedAt: (word: string) => string;
  /** What is said where only the heaviest lines are drawn. */
  readonly leftOut: (drawn: number, all: number) => string;
}

const english: LinesWords = {
  looking: "Words that look",
  lookedAt: "Words that are looked at",
  between: "Between the sentences",
  all: "all",
  looks: (word) => `${word} looks at`,
  isLookedAt: (word) => `${word} is looked at by`,
  leftOut: (drawn, all) => `The ${drawn} heaviest of ${all} lines are drawn here.`,
};

/** A word whose lines alone are shown. */
interface Only {
  readonly side: "query" | "key";
  readonly index: number;
}

/** Lines of one head that are kept: lighter ones would be too faint to see. */
const least = 0.02;
/** Lines of one picture, all heads together. */
const mostLines = 1200;
/** The same while it is scrolled, so that every frame is in time. */
const mostMoving = 250;
/** When a picture counts as standing still, in milliseconds. */
const settled = 120;
/** Words that are named of a word's lines. */
const mostNamed = 5;

/**
 * `<heed-lines>`: the words twice, and a line from each to what it looks at, as wide as the weight. Several heads have a colour each. Hover,
 * focus or tap a word to see its lines alone.
 */
export class LinesElement extends HeedElement<TextSource> {
  static readonly tag = "heed-lines";
  static override readonly styles = [hostStyles, linesStyles];

  #given: readonly HeadAddress[] | undefined;
  #words: LinesWords = english;
  #way: SentenceWay = "all";
  #only: Only | undefined;
  #questions: Question<{ readonly weights: Float32Array; readonly links: readonly Link[] }>[] = [];
  #resized: ResizeObserver | undefined;
  /** While set, the picture is being scrolled. */
  #settles: ReturnType<typeof setTimeout> | undefined;
  readonly #redraw = onceAFrame(() => this.#draw());

  /** The heads whose lines are drawn, at most eight; the view's if not given. */
  get heads(): readonly HeadAddress[] | undefined {
    return this.#given;
  }

  set heads(heads: readonly HeadAddress[] | undefined) {
    this.#given = heads?.slice(0, 8);
    this.requestUpdate();
  }

  /** What it says; English if not given. */
  get words(): LinesWords {
    return this.#words;
  }

  set words(words: LinesWords | undefined) {
    this.#words = words ?? english;
    this.requestUpdate();
  }

  /** The browser's call when the element is put into a page. */
  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized = new ResizeObserver(() => this.#redraw());
    this.#resized.observe(this);
  }

  /** The browser's call when the element is taken out of its page. */
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#settles);
    this.#settles = undefined;
    this.#resized?.disconnect();
  }

  protected override content(source: TextSource, view: View): unknown {
    const heads = this.#headsOf(view);
    while (this.#questions.length < heads.length) this.#questions.push(this.question());
    for (const [n, { layer, head }] of heads.entries())
      this.#questions[n]!.ask([source, layer, head], () => linesOf(source, { layer, head }));
    const { queries, keys } = source;
    const height = Math.max(queries.length, keys.length) * rowHeight;
    return html`
      ${this.#legend(heads)} ${this.#ways(source)}
      <div class="scroller" @scroll=${this.#scroll}>
        <div class="rows" style="height: ${height}px">
          <div class="sticky"><canvas></canvas></div>
          ${this.#side("query", queries, view)} ${this.#side("key", keys, view)}
        </div>
      </div>
      <p class="status" aria-live="polite"></p>`;
  }

  protected override updated(): void {
    this.#mark();
    this.#redraw();
  }

  #headsOf({ layer, head }: View): readonly HeadAddress[] {
    return this.#given && this.#given.length > 0 ? this.#given : [{ layer, head }];
  }

  #legend(heads: readonly HeadAddress[]): TemplateResult | string {
    if (heads.length < 2) return "";
    const names = heads.map((address, n) => {
      const style = `background-color: ${headColor(n, this.shade)}`;
      return html`<li><span class="swatch" style=${style}></span>${formatHead(address)}</li>`;
    });
    return html`<ul class="legend">${names}</ul>`;
  }

  #ways({ queries, keys }: TextSource): TemplateResult | string {
    if (queries !== keys || !sentencesOf(queries)) return "";
    const choose = (way: SentenceWay) => (): void => {
      this.#way = way;
      this.requestUpdate();
    };
    const buttons = sentenceWays.map(
      (way) => html`
        <button
          type="button"
          class="plain"
          aria-pressed=${String(way === this.#way)}
          @click=${choose(way)}
        >${way === "all" ? this.#words.all : way}</button>`,
    );
    return html`<div class="ways by-hand" role="group" aria-label=${this.#words.between}>${buttons}</div>`;
  }

  #side(side: Only["side"], tokens: readonly SourceToken[], view: View): TemplateResult {
    const chosen = side === "query" ? view.query : view.key;
    const label = side === "query" ? this.#words.looking : this.#words.lookedAt;
    const placeOf = ({ target }: Event): number | undefined => {
      const word = target instanceof Element ? target.closest<HTMLElement>("[data-index]") : null;
      return word ? Number(word.dataset.index) : undefined;
    };
    const show = (event: Event): void => {
      const index = placeOf(event);
      this.#look(index === undefined ? undefined : { side, index });
    };
    const choose = (event: Event): void => {
      const index = placeOf(event);
      if (index === undefined) return;
      this.#look({ side, index });
      this.change(side === "query" ? { query: index } : { key: index });
    };
    const move = (event: KeyboardEvent): void => this.#move(event, side, tokens.length);
    const buttons = tokens.map(
      ({ text }, index) => html`
        <button
          type="button"
          class="word"
          data-index=${index}
          aria-pressed=${String(index === chosen)}
          tabindex=${index === (chosen ?? 0) ? 0 : -1}
        ><span dir="auto">${text}</span></button>`,
    );
    return html`
      <div
        class="side ${side}"
        role="group"
        aria-label=${label}
        @pointerover=${show}
        @pointerleave=${() => this.#look(undefined)}
        @focusin=${show}
        @focusout=${() => this.#look(undefined)}
        @click=${choose}
        @keydown=${move}
      >${buttons}</div>`;
  }

  /** Arrow keys go up and down the words, and to the other side. */
  #move(event: KeyboardEvent, side: Only["side"], count: number): void {
    const index = Number((event.target as HTMLElement).dataset.index);
    const places: Readonly<Record<string, number>> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      Home: 0,
      End: count - 1,
    };
    const isAcross = event.key === (side === "query" ? "ArrowRight" : "ArrowLeft");
    const other = side === "query" ? "key" : "query";
    const at = isAcross ? index : places[event.key];
    if (at === undefined) return;
    const found = this.find<HTMLElement>(`.side.${isAcross ? other : side} [data-index="${at}"]`);
    if (!found) return;
    event.preventDefault();
    found.focus();
  }

  /** Shows the lines of one word alone, or all: no markup is made again for that. */
  #look(only: Only | undefined): void {
    if (only?.side === this.#only?.side && only?.index === this.#only?.index) return;
    this.#only = only;
    this.#mark();
    this.#redraw();
  }

  /** Marks the word whose lines are shown and says its heaviest. */
  #mark(): void {
    for (const word of this.findAll(".word.only")) word.classList.remove("only");
    const status = this.find(".status");
    const { source, view } = this;
    if (!status || !source || !view) return;
    const only = this.#only;
    status.textContent = only ? this.#said(source, view, only) : "";
    if (only) this.find(`.side.${only.side} [data-index="${only.index}"]`)?.classList.add("only");
  }

  /** "it looks at (L3H1): cat 0.4904, mat 0.1023". */
  #said(source: TextSource, view: View, { side, index }: Only): string {
    const { queries, keys } = source;
    const isQuery = side === "query";
    const word = (isQuery ? queries : keys)[index];
    if (!word) return "";
    const what = isQuery ? this.#words.looks(word.name) : this.#words.isLookedAt(word.name);
    const others = isQuery ? keys : queries;
    const parts = this.#headsOf(view).map((address, n) => {
      const weights = this.#questions[n]!.value?.weights;
      if (!weights) return `${formatHead(address)}: …`;
      const named = Array.from(others, ({ name }, other) => {
        const [query, key] = isQuery ? [index, other] : [other, index];
        return { name, weight: weights[query * keys.length + key]! };
      })
        .filter(({ weight }) => weight > 0)
        .sort((a, b) => b.weight - a.weight)
        .slice(0, mostNamed)
        .map(({ name, weight }) => `${name} ${exactWeight(weight, source)}`);
      return `${formatHead(address)}: ${named.join(", ")}`;
    });
    return `${what}: ${parts.join("; ")}`;
  }

  /** Draws the lines that cross what is seen. */
  #draw(): void {
    const { source, view } = this;
    const scroller = this.find<HTMLElement>(".scroller");
    const canvas = this.find<HTMLCanvasElement>("canvas");
    if (!source || !view || !scroller || !canvas) return;
    const { clientWidth: width, clientHeight, scrollTop } = scroller;
    const height = Math.min(
      clientHeight,
      Math.max(source.queries.length, source.keys.length) * rowHeight,
    );
    if (width === 0 || height === 0) return;
    const pen = fitCanvas(canvas, width, height);
    const words = wordsWidth(width);
    const [from, to] = [words + 4, width - words - 4];
    const y = (row: number): number => (row + 0.5) * rowHeight - scrollTop;
    pen.lineCap = "round";
    const rows = {
      first: scrollTop / rowHeight - 1,
      last: (scrollTop + height) / rowHeight,
    };
    const heads = this.#headsOf(view);
    const isMoving = this.#settles !== undefined;
    const most = Math.ceil((isMoving ? mostMoving : mostLines) / heads.length);
    const { shade } = this;
    let [drawn, all] = [0, 0];
    for (let n = 0; n < heads.length; n++) {
      const links = this.#questions[n]!.value?.links ?? [];
      const lines = heaviest(links, most, this.#isDrawn(source, rows));
      drawn += lines.drawn.length;
      all += lines.count;
      pen.strokeStyle = headColor(n, shade);
      for (const { query, key, weight } of lines.drawn) {
        const look = lineLook(weight);
        pen.globalAlpha = look.alpha;
        pen.lineWidth = look.width;
        pen.beginPath();
        pen.moveTo(from, y(query));
        const bend = (to - from) * 0.4;
        pen.bezierCurveTo(from + bend, y(query), to - bend, y(key), to, y(key));
        pen.stroke();
      }
    }
    pen.globalAlpha = 1;
    const status = this.find(".status");
    const said = all > drawn ? this.#words.leftOut(drawn, all) : "";
    if (status && !this.#only && !isMoving && status.textContent !== said)
      status.textContent = said;
  }

  readonly #scroll = (): void => {
    clearTimeout(this.#settles);
    this.#settles = setTimeout(() => {
      this.#settles = undefined;
      this.#redraw();
    }, settled);
    this.#redraw();
  };

  /** Whether a line is among those that are asked for, and crosses what is seen. */
  #isDrawn(source: TextSource, rows: RowsSeen): (link: Link) => boolean {
    const only = this.#only;
    const way = this.#way;
    const sentences = source.queries === source.keys ? sentencesOf(source.queries) : undefined;
    return (link) =>
      (!only || link[only.side] === only.index) &&
      crosses(link, rows) &&
      goes(way, sentences, link);
  }
}

function linesOf(source: TextSource, head: HeadAddress) {
  return whenAnswered(source.weights(head), (weights) => ({
    weights,
    links: heavyLinks(weights, source, least),
  }));
}
