import { html } from "lit-html";
import type { AttentionSource } from "../source/source.ts";
import type { View, ViewChange } from "../state/view.ts";
import type { Size } from "./box.ts";
import { fitCanvas, onceAFrame } from "./canvas.ts";
import { HeedElement } from "./heed-element.ts";
import { type Inks, readInks } from "./palette.ts";
import { reveal, type ScrolledPart } from "./reveal.ts";
import { canvasStyles, hostStyles } from "./styles.ts";
import { type Tooltip, tooltipIn } from "./tooltip.ts";

/** What a canvas is drawn with. */
export type Pen = CanvasRenderingContext2D;

/** What a drawing is made of. */
export interface Drawing<Source, Layout> {
  readonly source: Source;
  readonly view: View;
  readonly layout: Layout;
  readonly inks: Inks;
}

/** Steps across and down. */
const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

/**
 * A picture on a canvas, and over it a second canvas with what is chosen and pointed at: hover for a place's numbers, click or use
 * keys to choose one. Both are drawn before the next frame, however often something changes.
 */
export abstract class CanvasElement<
  Source extends AttentionSource,
  Place,
  Layout extends Size,
> extends HeedElement<Source> {
  static override readonly styles = [hostStyles, canvasStyles];

  #isPrinting = false;
  #hovered: { readonly place: Place; readonly x: number; readonly y: number } | undefined;
  #drawing: Drawing<Source, Layout> | undefined;
  /** The view whose spot was last scrolled to. */
  #revealed: View | undefined;
  #width = 0;
  #tooltip: Tooltip | undefined;
  readonly #redraw = onceAFrame(() => {
    if (!this.#isPrinting) this.#draw();
  });
  readonly #redrawOverlay = onceAFrame(() => this.#drawOverlay());
  #resized: ResizeObserver | undefined;

  /** Where everything is, in a room of so many CSS pixels. */
  protected abstract layOut(source: Source, room: number): Layout;
  /** What is drawn, on a canvas fitted and cleared by `clear`. */
  protected abstract picture(drawing: Drawing<Source, Layout>, clear: () => Pen): void;
  /** What is chosen, and what is pointed at. */
  protected abstract marks(drawing: Drawing<Source, Layout>, pen: Pen, hovered?: Place): void;
  /** The place at (x, y) in CSS pixels. */
  protected abstract placeAt(
    drawing: Drawing<Source, Layout>,
    x: number,
    y: number,
  ): Place | undefined;
  /** What is said of a place that is pointed at. */
  protected abstract said(source: Source, view: View, place: Place): string;
  /** What choosing a place asks for. */
  protected abstract chosen(place: Place): ViewChange;
  /** What an arrow key asks for: one step across or down. */
  protected abstract moved(source: Source, view: View, across: number, down: number): ViewChange;

  /** The browser's call when the element is put into a page. */
  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized = new ResizeObserver(() => {
      if (this.clientWidth !== this.#width) this.#redraw();
    });
    this.#resized.observe(this);
    addEventListener("beforeprint", this.#printed);
    addEventListener("afterprint", this.#wasPrinted);
  }

  /** The browser's call when the element is taken out of its page. */
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized?.disconnect();
    removeEventListener("beforeprint", this.#printed);
    removeEventListener("afterprint", this.#wasPrinted);
  }

  /** Draws the picture at once, in the colours that a page gives it for a sheet. */
  readonly #printed = (): void => {
    // What is chosen stays as it is: cleared anew over the picture, Chromium would print it as a white sheet.
    this.#isPrinting = true;
    this.#draw();
  };

  readonly #wasPrinted = (): void => {
    this.#isPrinting = false;
    this.#redraw();
  };

  /** What is to be seen of a view that is new, where the picture is larger than its room. */
  protected spot(_drawing: Drawing<Source, Layout>): ScrolledPart | undefined {
    return undefined;
  }

  /** What Escape asks for. */
  protected escaped(_source: Source): ViewChange | undefined {
    return undefined;
  }

  /** The two canvases and the tooltip; `label` says what keys do. */
  protected canvases(label: string, frame = "scroller"): unknown {
    return html`
      <div class=${frame}>
        <div class="stack">
          <canvas class="picture"></canvas>
          <canvas
            class="overlay"
            tabindex="0"
            role="application"
            aria-label=${label}
            @pointermove=${this.#point}
            @pointerleave=${this.#leave}
            @click=${this.#click}
            @keydown=${this.#press}
          ></canvas>
        </div>
      </div>
      <div class="tooltip" role="tooltip" hidden></div>`;
  }

  protected override updated(): void {
    this.#say();
    this.#redraw();
  }

  #draw(): void {
    const { source, view } = this;
    const frame = this.#canvas("picture")?.closest(".stack")?.parentElement;
    if (!source || !view || !frame) return;
    this.#width = this.clientWidth;
    const layout = this.layOut(source, frame.clientWidth);
    this.#drawing = { source, view, layout, inks: readInks(this) };
    this.picture(this.#drawing, () => this.#fit("picture", layout));
    this.#drawOverlay();
    const spot = view === this.#revealed ? undefined : this.spot(this.#drawing);
    this.#revealed = view;
    if (spot) reveal(frame, spot);
  }

  #drawOverlay(): void {
    if (!this.#drawing || this.#isPrinting) return;
    const pen = this.#fit("overlay", this.#drawing.layout);
    this.marks(this.#drawing, pen, this.#hovered?.place);
  }

  #canvas(name: string): HTMLCanvasElement | null {
    return this.find<HTMLCanvasElement>(`canvas.${name}`);
  }

  #fit(name: string, { width, height }: Size): Pen {
    return fitCanvas(this.#canvas(name)!, width, height);
  }

  #find({ clientX, clientY }: MouseEvent): Place | undefined {
    if (!this.#drawing) return undefined;
    const { left, top } = this.#canvas("overlay")!.getBoundingClientRect();
    return this.placeAt(this.#drawing, clientX - left, clientY - top);
  }

  #point(event: PointerEvent): void {
    const place = this.#find(event);
    this.#hovered = place === undefined ? undefined : { place, x: event.clientX, y: event.clientY };
    this.#say();
    this.#redrawOverlay();
  }

  #leave(): void {
    this.#hovered = undefined;
    this.#say();
    this.#redrawOverlay();
  }

  #click(event: MouseEvent): void {
    const place = this.#find(event);
    if (place !== undefined) this.change(this.chosen(place));
  }

  #press(event: KeyboardEvent): void {
    const { source, view } = this;
    if (!source || !view) return;
    const step = arrows[event.key];
    let move = step && this.moved(source, view, ...step);
    if (event.key === "Escape") move = this.escaped(source);
    if (!move) return;
    event.preventDefault();
    this.change(move);
  }

  /** Shows what is known of the place that is pointed at; again when an answer has come. */
  #say(): void {
    const box = this.find<HTMLElement>(".tooltip");
    if (!box) return;
    this.#tooltip ??= tooltipIn(box);
    const { source, view } = this;
    if (this.#hovered && source && view) {
      const { place, x, y } = this.#hovered;
      this.#tooltip.show(this.said(source, view, place), x, y);
    } else this.#tooltip.hide();
  }
}
