import { html } from "lit-html";
import { formatHead, type HeadAddress } from "../../../probe/head-address.ts";
import { differenceColor } from "../../diverging-scale.ts";
import { formatNumber } from "../../numbers.ts";
import { hex, inkOn, type Rgb } from "../../scale.ts";
import type { Box } from "../base/box.ts";
import { cut, drawUnknown, onceAFrame, screenDensity, typeOf, typeSize } from "../base/canvas.ts";
import { CanvasElement, type Drawing, type Pen } from "../base/canvas-element.ts";
import { type Palette, paletteOf } from "../base/palette.ts";
import type { Question } from "../base/question.ts";
import type { ScrolledPart } from "../base/reveal.ts";
import { canvasStyles, css, hostStyles } from "../base/styles.ts";
import { headPainter } from "../base/thumbnails.ts";
import type { TextSource } from "../source/source.ts";
import type { View, ViewChange } from "../state/view.ts";
import {
  boxOf,
  type HeadsGiven,
  type HeadsLayout,
  type HeadsOrder,
  headAt,
  headBeside,
  isKept,
  layOutHeads,
  rankOf,
} from "./heads-layout.ts";

/** A number for each head, and how it is drawn. */
export interface HeadsMeasure {
  /** What it is, as it is said before a number: "looks at cat". */
  readonly name: string;
  /** (L, H); NaN where it is not known yet. */
  readonly values: ArrayLike<number>;
  /**
   * "share" (the usual): of 0 to 1, in the colours of weights. "range": from 0, or the least where that is below, to the largest.
   * "difference": around 0, less in blue and more in red.
   */
  readonly scale?: "share" | "range" | "difference";
  /** How a number is written; with three significant digits if not given. */
  readonly format?: (value: number) => string;
}

/** What a head does: in few letters for its cell, and as the end of a sentence. */
export interface HeadLabel {
  readonly short: string;
  readonly does: string;
}

/** What `<heed-heads>` says in words; English if not given. */
export interface HeadsWords {
  readonly label: string;
  readonly pattern: string;
  readonly unknown: string;
  /** The place of a head among all by the measure shown. */
  readonly rank: (rank: number, of: number) => string;
}

const english: HeadsWords = {
  label: "All heads: arrow keys choose one",
  pattern: "its pattern",
  unknown: "not known yet",
  rank: (rank, of) => `number ${rank} of ${of}`,
};

interface HeadsOptions {
  readonly measure?: HeadsMeasure;
  readonly order?: HeadsOrder;
  readonly threshold?: number;
  readonly names?: readonly (HeadLabel | undefined)[];
  readonly words?: HeadsWords;
}

type HeadsDrawing = Drawing<TextSource, HeadsLayout>;
/** Ground and ink of a head's number. */
type ColorsOf = (value: number) => { readonly ground: string; readonly ink: string };

/**
 * `<heed-heads>`: all heads as small multiples, shaded by a `measure`, or with their patterns where there is none; in layer order or
 * sorted. Hover for a head's number, click or use arrow keys to choose one.
 */
export class HeadsElement extends CanvasElement<TextSource, HeadAddress, HeadsLayout> {
  static readonly tag = "heed-heads";
  static override readonly styles = [
    hostStyles,
    canvasStyles,
    css`
      :host([aria-busy="true"]) .content {
        opacity: 1;
      }
      .overlay {
        cursor: pointer;
        touch-action: manipulation;
      }
    `,
  ];

  #options: HeadsOptions = {};
  #layout: HeadsLayout | undefined;
  /** One a layer, (H, rows, columns), asked for one after another. */
  #layers: Question<Float32Array>[] = [];
  #reached = 1;
  /** What the picture that is there was made of, and the layers that it has. */
  #drawn: { readonly of: readonly unknown[]; readonly layers: (Float32Array | undefined)[] } = {
    of: [],
    layers: [],
  };
  readonly #reachOn = onceAFrame(() => {
    this.#reached += 1;
    this.requestUpdate();
  });

  /** What heads are shaded by; their patterns are drawn if there is none. */
  get measure(): HeadsMeasure | undefined {
    return this.#options.measure;
  }

  set measure(measure: HeadsMeasure | undefined) {
    this.#choose({ measure });
  }

  /** A row a layer (the usual), or sorted by the measure. */
  get order(): HeadsOrder {
    return this.#options.order ?? "layers";
  }

  set order(order: HeadsOrder | undefined) {
    this.#choose({ order });
  }

  /** Heads whose number is smaller are pale, or left out where they are sorted. */
  get threshold(): number | undefined {
    return this.#options.threshold;
  }

  set threshold(threshold: number | undefined) {
    this.#choose({ threshold });
  }

  /** What heads do, (L, H), undefined for heads without. */
  get names(): readonly (HeadLabel | undefined)[] | undefined {
    return this.#options.names;
  }

  set names(names: readonly (HeadLabel | undefined)[] | undefined) {
    this.#choose({ names });
  }

  /** What it says; English if not given. */
  get words(): HeadsWords {
    return this.#options.words ?? english;
  }

  set words(words: HeadsWords | undefined) {
    this.#choose({ words });
  }

  protected override content(source: TextSource, view: View): unknown {
    while (this.#layers.length < source.layers) this.#layers.push(this.question());
    return html`
      ${this.canvases(this.words.label)}
      <p class="status" aria-live="polite">${this.#status(source, view)}</p>`;
  }

  protected override layOut(source: TextSource, room: number): HeadsLayout {
    this.#layout = layOutHeads(this.#given(source), room);
    return this.#layout;
  }

  protected override picture(drawing: HeadsDrawing, clear: () => Pen): void {
    const { source, layout, inks } = drawing;
    const { measure, order, threshold, names } = this;
    const palette = paletteOf(source.colors, this.shade);
    const layers = measure ? [] : this.#thumbnails(source, layout);
    const { width, height } = layout;
    const of = [source, palette, inks.quiet, width, height, measure, order, threshold, names];
    const isSame =
      of.every((part, i) => part === this.#drawn.of[i]) &&
      (!measure || this.#drawn.of.length > 0) &&
      this.#drawn.layers.every((part, layer) => part === undefined || part === layers[layer]);
    const pen = isSame ? this.#pen() : clear();
    const before = isSame ? this.#drawn.layers : [];
    const isNew = !isSame;
    this.#drawn = { of, layers };
    if (measure) {
      if (isNew) this.#drawMeasured(pen, drawing, measure, palette);
    } else
      for (let layer = 0; layer < source.layers; layer++)
        if (isNew || before[layer] !== layers[layer])
          this.#drawPatterns(pen, drawing, layer, layers[layer], palette);
    if (isNew) drawLabels(pen, drawing);
  }

  protected override marks(
    { view, layout, inks, source }: HeadsDrawing,
    pen: Pen,
    at?: HeadAddress,
  ) {
    frame(pen, boxOf(layout, indexOf(view, source)), inks.mark, 2.5);
    if (at) frame(pen, boxOf(layout, indexOf(at, source)), inks.ink, 2);
  }

  protected override placeAt({ source, layout }: HeadsDrawing, x: number, y: number) {
    return headAt(layout, source.heads, x, y);
  }

  protected override spot({ layout, view, source }: HeadsDrawing): ScrolledPart | undefined {
    return boxOf(layout, indexOf(view, source));
  }

  /** "L3H1: looks at cat 0.49, rests on [CLS]". */
  protected override said(source: TextSource, _: View, address: HeadAddress): string {
    const { measure, names, words } = this;
    const index = indexOf(address, source);
    const value = measure?.values[index];
    const number =
      value === undefined
        ? words.pattern
        : Number.isNaN(value)
          ? words.unknown
          : this.#format(value);
    const what = measure ? `${measure.name} ${number}` : number;
    return [`${formatHead(address)}: ${what}`, names?.[index]?.does].filter(Boolean).join(", ");
  }

  protected override chosen(address: HeadAddress): ViewChange {
    return { layer: address.layer, head: address.head };
  }

  protected override moved(source: TextSource, view: View, across: number, down: number) {
    return (this.#layout && headBeside(this.#layout, source.heads, view, across, down)) ?? {};
  }

  #choose(options: HeadsOptions): void {
    this.#options = { ...this.#options, ...options };
    this.requestUpdate();
  }

  #given({ layers, heads }: TextSource): HeadsGiven {
    const { order, threshold, measure } = this;
    return { layers, heads, order, threshold, values: measure?.values };
  }

  #format(value: number): string {
    return (this.measure?.format ?? formatNumber)(value);
  }

  #status(source: TextSource, view: View): string {
    const { measure } = this;
    const said = this.said(source, view, view);
    const rank = measure && rankOf(measure.values, indexOf(view, source));
    return rank ? `${said} (${this.words.rank(rank.rank, rank.of)})` : said;
  }

  /** What is known of the patterns; the next layer is asked for when the last one has come, so that no frame waits for all. */
  #thumbnails(source: TextSource, layout: HeadsLayout): (Float32Array | undefined)[] {
    const { layers } = source;
    const size = this.#size(source, layout);
    const known = this.#layers.slice(0, layers).map((question, layer) => {
      if (layer >= this.#reached) return undefined;
      return question.ask([source, layer, size.rows, size.columns], () =>
        source.thumbnails(layer, size),
      );
    });
    if (this.#reached < layers && !this.#layers[this.#reached - 1]!.isPending) this.#reachOn();
    return known;
  }

  #size({ queries, keys }: Pick<TextSource, "queries" | "keys">, { cell }: HeadsLayout) {
    const most = Math.round(cell.width * Math.min(2, screenDensity()));
    return { rows: Math.min(queries.length, most), columns: Math.min(keys.length, most) };
  }

  #pen(): Pen {
    return this.find<HTMLCanvasElement>("canvas.picture")!.getContext("2d")!;
  }

  #drawPatterns(
    pen: Pen,
    { source, layout, inks }: HeadsDrawing,
    layer: number,
    values: Float32Array | undefined,
    palette: Palette,
  ): void {
    pen.imageSmoothingEnabled = false;
    const paint = values && headPainter(pen, values, this.#size(source, layout), palette, inks);
    for (let head = 0; head < source.heads; head++) {
      const box = boxOf(layout, layer * source.heads + head)!;
      if (paint) {
        pen.clearRect(box.x, box.y, box.width, box.height);
        paint(head, box);
      } else drawUnknown(pen, box.x, box.y, box.width, box.height, inks);
    }
  }

  #drawMeasured(pen: Pen, drawing: HeadsDrawing, measure: HeadsMeasure, palette: Palette): void {
    const { source, layout, inks } = drawing;
    const colorsOf = scaled(measure, palette, this.shade);
    const given = this.#given(source);
    for (const index of layout.shown) {
      const box = boxOf(layout, index)!;
      const value = measure.values[index]!;
      if (Number.isNaN(value)) {
        drawUnknown(pen, box.x, box.y, box.width, box.height, inks);
        continue;
      }
      pen.globalAlpha = isKept(given, index) ? 1 : 0.2;
      const { ground, ink } = colorsOf(value);
      pen.fillStyle = ground;
      pen.fillRect(box.x, box.y, box.width, box.height);
      pen.strokeStyle = inks.line;
      pen.lineWidth = 1;
      pen.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
      this.#drawNumber(pen, box, this.#format(value), this.names?.[index]?.short, ink);
      pen.globalAlpha = 1;
    }
  }

  /** The number of a head in its cell, and its name below where there is room. */
  #drawNumber(pen: Pen, box: Box, number: string, name: string | undefined, ink: string): void {
    if (box.width < 32) return;
    pen.fillStyle = ink;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const hasName = name !== undefined && box.height >= 40;
    pen.font = typeOf(typeSize(this, 12));
    pen.fillText(number, box.x + box.width / 2, box.y + box.height * (hasName ? 0.36 : 0.5));
    if (!hasName) return;
    pen.font = typeOf(typeSize(this, 10));
    pen.fillText(cut(pen, name, box.width - 4), box.x + box.width / 2, box.y + box.height * 0.74);
  }
}

/** The colours of a measure's numbers. */
function scaled(
  { values, scale = "share" }: HeadsMeasure,
  palette: Palette,
  theme: "light" | "dark",
): ColorsOf {
  if (scale === "share") return (value) => palette.colorsOf(value);
  let [least, most] = [0, 0];
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (value > most) most = value;
    if (value < least) least = value;
  }
  if (scale === "difference") {
    const largest = Math.max(most, -least) || 1;
    return (value) => onGround(differenceColor(value / largest, theme));
  }
  const width = most - least || 1;
  // The palette takes roots, as weights need it; here equal steps are to be equal steps of colour.
  return (value) => palette.colorsOf(((value - least) / width) ** 2);
}

function onGround(color: Rgb): ReturnType<ColorsOf> {
  return { ground: hex(color), ink: hex(inkOn(color)) };
}

function indexOf({ layer, head }: HeadAddress, { heads }: TextSource): number {
  return layer * heads + head;
}

/** "H0" above and "L0" beside rows that are layers; else each head's own name below it. */
function drawLabels(pen: Pen, { source, layout, inks }: HeadsDrawing): void {
  const { cell, left, top, stepX, stepY, isByLayer, shown } = layout;
  pen.fillStyle = inks.quiet;
  pen.font = typeOf(typeSize(pen.canvas, 11));
  pen.textBaseline = "middle";
  pen.textAlign = "center";
  if (!isByLayer) {
    for (const index of shown) {
      const { x, y } = boxOf(layout, index)!;
      const address = { layer: Math.floor(index / source.heads), head: index % source.heads };
      pen.fillText(formatHead(address), x + cell.width / 2, y + cell.height + 8);
    }
    return;
  }
  const headStride = Math.max(1, Math.ceil(28 / stepX));
  for (let head = 0; head < source.heads; head += headStride)
    pen.fillText(`H${head}`, left + head * stepX + cell.width / 2, top / 2);
  pen.textAlign = "right";
  const layerStride = Math.max(1, Math.ceil(14 / stepY));
  for (let layer = 0; layer < source.layers; layer += layerStride)
    pen.fillText(`L${layer}`, left - 5, top + layer * stepY + cell.height / 2);
}

function frame(pen: Pen, box: Box | undefined, color: string, lineWidth: number): void {
  if (!box) return;
  pen.strokeStyle = color;
  pen.lineWidth = lineWidth;
  pen.strokeRect(box.x - 1.5, box.y - 1.5, box.width + 3, box.height + 3);
}
