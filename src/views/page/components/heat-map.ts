import { html } from "lit-html";
import { formatHead, type HeadAddress } from "../../../probe/head-address.ts";
import { formatNarrowWeight } from "../../numbers.ts";
import { drawHidden, drawUnknown, typeOf, typeSize } from "../base/canvas.ts";
import { CanvasElement, type Drawing, type Pen } from "../base/canvas-element.ts";
import { type DrawnWords, drawnEnglish } from "../base/drawn-words.ts";
import { type Inks, type Palette, paletteOf } from "../base/palette.ts";
import type { ScrolledPart } from "../base/reveal.ts";
import { canvasStyles, css, hostStyles } from "../base/styles.ts";
import { exactWeight } from "../base/weight-text.ts";
import { whenAnswered } from "../source/answer.ts";
import type { SourceToken, TextSource } from "../source/source.ts";
import type { View, ViewChange } from "../state/view.ts";
import {
  cellAt,
  drawHoverLabels,
  drawLabels,
  drawOutline,
  type HeatLayout,
  labelSize,
  layOut,
  type Place,
} from "./heat-layout.ts";

/** What one step of zoom makes of a cell. */
const zoomStep = 1.6;

/** All weights of one head. */
interface SeenHead extends HeadAddress {
  /** (T, S) */
  readonly weights: Float32Array;
}

type HeatDrawing = Drawing<TextSource, HeatLayout>;

/** `<heed-heat-map>`: one head. Hover for numbers, click or arrow keys to choose a query and a key. */
export class HeatMapElement extends CanvasElement<TextSource, Place, HeatLayout> {
  static readonly tag = "heed-heat-map";

  static override readonly styles = [
    hostStyles,
    canvasStyles,
    css`
      .zoom {
        display: flex;
        gap: 6px;
        margin-bottom: 6px;
      }
      .zoom .plain {
        min-width: 36px;
        min-height: 36px;
        font-size: 16px;
      }
      .zoom .plain:disabled {
        color: var(--line);
        cursor: default;
      }
    `,
  ];

  readonly #head = this.question<SeenHead>();
  /** How many times larger cells are than fits. */
  #zoom = 1;
  #canGrow = false;
  #canShrink = false;
  #words = drawnEnglish;
  /** The weights a pixel each. */
  #pixels: HTMLCanvasElement | undefined;

  /** What it says in words; English if not given. */
  get words(): DrawnWords {
    return this.#words;
  }

  set words(words: DrawnWords | undefined) {
    this.#words = words ?? drawnEnglish;
    this.requestUpdate();
  }

  protected override content(source: TextSource, view: View): unknown {
    const { layer, head } = view;
    this.#head.ask([source, layer, head], () =>
      whenAnswered(source.weights({ layer, head }), (weights) => ({ layer, head, weights })),
    );
    const { query, key } = view;
    const status = key === undefined ? "" : this.said(source, view, { query, key });
    return html`
      ${this.#zoomButtons()} ${this.canvases(this.#words.headMap)}
      <p class="status" aria-live="polite">${status}</p>`;
  }

  protected override layOut(source: TextSource, room: number): HeatLayout {
    const label = typeSize(this, labelSize);
    const layout = layOut(source, room, this.#zoom, label);
    const isLarger = layout.cell > layOut(source, room, 1, label).cell;
    const next = layOut(source, room, this.#zoom * zoomStep, label).cell > layout.cell;
    if (isLarger !== this.#canShrink || next !== this.#canGrow) {
      this.#canShrink = isLarger;
      this.#canGrow = next;
      this.requestUpdate();
    }
    return layout;
  }

  /** Buttons that make cells larger and smaller, where they are small enough for that. */
  #zoomButtons(): unknown {
    if (!this.#canGrow && !this.#canShrink) return "";
    const zoomBy = (factor: number) => (): void => {
      this.#zoom = Math.max(1, this.#zoom * factor);
      this.requestUpdate();
    };
    const button = (label: string, sign: string, factor: number, isThere: boolean): unknown => html`
      <button
        type="button"
        class="plain"
        aria-label=${label}
        title=${label}
        ?disabled=${!isThere}
        @click=${zoomBy(factor)}
      >${sign}</button>`;
    return html`<div class="zoom by-hand">
      ${button(this.#words.larger, "+", zoomStep, this.#canGrow)}
      ${button(this.#words.smaller, "−", 1 / zoomStep, this.#canShrink)}
    </div>`;
  }

  protected override picture({ source, layout, inks }: HeatDrawing, clear: () => Pen): void {
    const pen = clear();
    pen.font = typeOf(layout.label);
    const weights = this.#head.value?.weights;
    if (weights) {
      const palette = paletteOf(source.colors, this.shade);
      this.#drawCells(pen, weights, source, layout, palette, inks);
      if (layout.cell >= 26) drawNumbers(pen, weights, source, layout, palette);
    } else {
      const { left, top, width, height } = layout;
      drawUnknown(pen, left, top, width - left - 4, height - top - 4, inks);
    }
    drawLabels(pen, layout, source, inks);
  }

  protected override marks({ source, view, layout, inks }: HeatDrawing, pen: Pen, hovered?: Place) {
    pen.font = typeOf(layout.label);
    drawOutline(pen, layout, view, inks.mark);
    if (!hovered) return;
    drawOutline(pen, layout, hovered, inks.ink);
    drawHoverLabels(pen, layout, hovered, source, inks);
  }

  protected override spot({ layout, view }: HeatDrawing): ScrolledPart {
    const { left, top, cell, width } = layout;
    const column = { x: left + (view.key ?? 0) * cell, width: cell };
    const row = { x: 0, width };
    return {
      ...(view.key === undefined ? row : column),
      y: top + view.query * cell,
      height: cell,
    };
  }

  protected override placeAt({ source, layout }: HeatDrawing, x: number, y: number) {
    return cellAt(layout, source, x, y);
  }

  /** "it → cat: 0.7117 in L5H11". */
  protected override said(source: TextSource, view: View, { query, key }: Place): string {
    const { queries, keys } = source;
    const between = `${queries[query]!.name} → ${keys[key]!.name}`;
    const seen = this.#head.value;
    const { inHead, hidden } = this.#words;
    if (!seen) return inHead(between, formatHead(view));
    const weight = seen.weights[query * keys.length + key]!;
    const said = Number.isNaN(weight) ? hidden : exactWeight(weight, source);
    return inHead(`${between}: ${said}`, formatHead(seen));
  }

  protected override chosen(place: Place): ViewChange {
    return place;
  }

  protected override moved(_: TextSource, { query, key = 0 }: View, across: number, down: number) {
    return { query: query + down, key: key + across };
  }

  /** The weights a pixel each, enlarged without smoothing. */
  #drawCells(
    pen: Pen,
    weights: Float32Array,
    { queries, keys }: TextSource,
    { left, top, cell }: HeatLayout,
    { pixelOf }: Palette,
    inks: Inks,
  ): void {
    const canvas = this.#pixels ?? document.createElement("canvas");
    this.#pixels = canvas;
    canvas.width = keys.length;
    canvas.height = queries.length;
    const image = new ImageData(canvas.width, canvas.height);
    const words = new Uint32Array(image.data.buffer);
    for (let index = 0; index < words.length; index++) words[index] = pixelOf(weights[index]!);
    if (weights.some(Number.isNaN)) {
      const size = { width: canvas.width * cell, height: canvas.height * cell };
      drawHidden(pen, { x: left, y: top, ...size }, inks);
    }
    canvas.getContext("2d")!.putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(canvas, left, top, canvas.width * cell, canvas.height * cell);
  }
}

function drawNumbers(
  pen: Pen,
  weights: Float32Array,
  {
    queries,
    keys,
  }: { readonly queries: readonly SourceToken[]; readonly keys: readonly SourceToken[] },
  { left, top, cell }: HeatLayout,
  palette: Palette,
): void {
  pen.save();
  pen.font = typeOf(typeSize(pen.canvas, 11));
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (let query = 0; query < queries.length; query++)
    for (let key = 0; key < keys.length; key++) {
      const weight = weights[query * keys.length + key]!;
      if (Number.isNaN(weight)) continue;
      pen.fillStyle = palette.colorsOf(weight).ink;
      const [x, y] = [left + (key + 0.5) * cell, top + (query + 0.5) * cell];
      pen.fillText(formatNarrowWeight(weight), x, y);
    }
  pen.restore();
}
