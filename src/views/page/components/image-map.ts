import type { ImageGrid } from "../../image-heat.ts";
import type { Size } from "../base/box.ts";
import { CanvasElement, type Drawing, type Pen } from "../base/canvas-element.ts";
import { type DrawnWords, drawnEnglish } from "../base/drawn-words.ts";
import { askRow, type SeenRow } from "../base/seen-row.ts";
import { canvasStyles, css, hostStyles } from "../base/styles.ts";
import { firstOf, gridIn, placeIn, sameOrFirst } from "../source/layer-grid.ts";
import type { ImageSource } from "../source/source.ts";
import type { View, ViewChange } from "../state/view.ts";
import { askPaint, type ImagePaint } from "./image-paint.ts";
import { namedIn, weightText } from "./patches.ts";

const tallest = 620;

type MapDrawing = Drawing<ImageSource, Size>;
/** Colour and width of a line. */
type Line = readonly [string, number];

// Two lines: on any colour one of them can be seen.
const chosenLines: readonly Line[] = [
  ["#000000", 5],
  ["#4dd0e1", 3],
];
const pinColors = [
  ["--heed-first", "#b04a00"],
  ["--heed-second", "#0b62a8"],
] as const;
const hoveredLines: readonly Line[] = [
  ["#000000", 3],
  ["#ffffff", 1.5],
];

/**
 * `<heed-image-map>`: the image under the weights of one head. Hover for a patch's weight, click or arrow keys to choose the patch that looks, or, where
 * its attribute `chooses` is "key", one that is looked at. `plain` leaves the weights out; patches in `pinned` have frames of their own.
 */
export class ImageMapElement extends CanvasElement<ImageSource, number, Size> {
  static readonly tag = "heed-image-map";
  static override readonly observedAttributes = [...super.observedAttributes, "plain", "chooses"];
  static override readonly styles = [
    hostStyles,
    canvasStyles,
    css`
      canvas {
        max-width: 100%;
      }
    `,
  ];

  #words = drawnEnglish;
  readonly #paint = this.question<ImagePaint>();
  readonly #row = this.question<SeenRow>();

  #pinned: readonly number[] = [];

  /** Tokens that are held against each other, two at most: framed in the page's --heed-first and --heed-second. */
  get pinned(): readonly number[] {
    return this.#pinned;
  }

  set pinned(pinned: readonly number[]) {
    this.#pinned = pinned;
    this.requestUpdate();
  }

  /** What it says in words; English if not given. */
  get words(): DrawnWords {
    return this.#words;
  }

  set words(words: DrawnWords | undefined) {
    this.#words = words ?? drawnEnglish;
    this.requestUpdate();
  }

  get #choosesKey(): boolean {
    return this.getAttribute("chooses") === "key";
  }

  /** Whether the image is shown without weights. */
  get isPlain(): boolean {
    return this.hasAttribute("plain");
  }

  protected override content(source: ImageSource, view: View): unknown {
    askPaint(this.#paint, source);
    askRow(this.#row, source, view);
    return this.canvases(this.#words.picture, "map");
  }

  protected override layOut({ image }: ImageSource, room: number): Size {
    const scale = Math.min(room / image.width, tallest / image.height);
    return { width: image.width * scale, height: image.height * scale };
  }

  protected override picture({ source, view, layout }: MapDrawing, clear: () => Pen): void {
    const pen = clear();
    const paint = this.#paint.value;
    if (!paint) return;
    const place = { x: 0, y: 0, ...layout };
    pen.drawImage(this.isPlain ? paint.picture : paint.gray, 0, 0, layout.width, layout.height);
    const seen = this.#row.value;
    if (!seen || this.isPlain) return;
    const { image } = source;
    paint.heat(pen, seen.row.subarray(image.leading), gridIn(image, seen.layer), place);
    if (image.ofLayers) edges(pen, gridIn(image, view.layer), layout);
  }

  protected override marks({ source, view, layout }: MapDrawing, pen: Pen, hovered?: number): void {
    const style = getComputedStyle(this);
    for (const [index, [name, usual]] of pinColors.entries()) {
      const token = this.#pinned[index];
      if (token === undefined || token < source.image.leading) continue;
      const color = style.getPropertyValue(name).trim() || usual;
      outline(pen, source, view, layout, token, [
        ["#ffffff", 5],
        [color, 3],
      ]);
    }
    if (view.query >= source.image.leading)
      outline(pen, source, view, layout, view.query, chosenLines);
    if (hovered !== undefined) outline(pen, source, view, layout, hovered, hoveredLines);
  }

  protected override placeAt({ source, view, layout }: MapDrawing, x: number, y: number) {
    const { image } = source;
    const { rows, columns, covered } = gridIn(image, view.layer);
    const column = Math.floor((x * columns) / (layout.width * covered.width));
    const row = Math.floor((y * rows) / (layout.height * covered.height));
    const isPatch = column >= 0 && column < columns && row >= 0 && row < rows;
    if (!isPatch) return undefined;
    // What was chosen or pinned on a finer grid stays what it is.
    const own = image.leading + row * columns + column;
    const known = [view.query, ...this.#pinned].find(
      (token) => placeIn(image, view.layer, token) === own,
    );
    return sameOrFirst(image, view.layer, own, known);
  }

  protected override said(source: ImageSource, { layer }: View, token: number): string {
    const own = placeIn(source.image, layer, token);
    const { name } = namedIn(source, layer, own, this.#words);
    const seen = this.#row.value;
    return seen?.layer === layer
      ? `${name}: ${weightText(seen.row[own]!, source, this.#words)}`
      : name;
  }

  protected override chosen(token: number): ViewChange {
    return this.#choosesKey ? { key: token } : { query: token };
  }

  /** Arrows from a token that is no patch lead to the middle. */
  protected override moved(
    { image }: ImageSource,
    { query, layer }: View,
    across: number,
    down: number,
  ) {
    const { leading } = image;
    const { rows, columns } = gridIn(image, layer);
    const at = (row: number, column: number) =>
      firstOf(image, layer, leading + row * columns + column);
    const patch = placeIn(image, layer, query) - leading;
    if (patch < 0) return { query: at(rows >> 1, columns >> 1) };
    const row = Math.floor(patch / columns) + down;
    const column = (patch % columns) + across;
    const isPatch = row >= 0 && row < rows && column >= 0 && column < columns;
    return { query: isPatch ? at(row, column) : query };
  }

  protected override escaped({ image }: ImageSource): ViewChange | undefined {
    return image.leading > 0 ? { query: 0 } : undefined;
  }
}

/** Thin lines between the patches of a layer that has its own, where there is room for them. */
function edges(pen: Pen, { rows, columns, covered }: Required<ImageGrid>, layout: Size): void {
  const [width, height] = [layout.width * covered.width, layout.height * covered.height];
  if (width / columns < 5 || height / rows < 5) return;
  pen.strokeStyle = "#ffffff40";
  pen.lineWidth = 1;
  pen.beginPath();
  for (let column = 1; column < columns; column++) {
    pen.moveTo((column * width) / columns, 0);
    pen.lineTo((column * width) / columns, height);
  }
  for (let row = 1; row < rows; row++) {
    pen.moveTo(0, (row * height) / rows);
    pen.lineTo(width, (row * height) / rows);
  }
  pen.stroke();
}

function outline(
  pen: Pen,
  { image }: ImageSource,
  { layer }: View,
  layout: Size,
  token: number,
  lines: readonly Line[],
): void {
  const { rows, columns, covered } = gridIn(image, layer);
  const patch = placeIn(image, layer, token) - image.leading;
  const width = (layout.width * covered.width) / columns;
  const height = (layout.height * covered.height) / rows;
  for (const [color, thick] of lines) {
    pen.strokeStyle = color;
    pen.lineWidth = thick;
    pen.strokeRect((patch % columns) * width, Math.floor(patch / columns) * height, width, height);
  }
}
