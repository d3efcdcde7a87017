import { formatNarrowWeight } from "../../numbers.ts";
import { element, fitCanvas, onceAFrame } from "./element.ts";
import type { Model } from "./model.ts";
import type { Palette } from "./palette.ts";
import type { Part } from "./sentence.ts";
import type { State, View } from "./state.ts";
import type { Tooltip } from "./tooltip.ts";

const labelSize = 12;
const font = `${labelSize}px system-ui, sans-serif`;
const smallestCell = 2;

interface Layout {
  readonly left: number;
  readonly top: number;
  readonly cell: number;
  readonly width: number;
  readonly height: number;
}

interface Place {
  readonly query: number;
  readonly key: number;
}

/** One head on a canvas: hover for numbers, click or arrow keys to choose a query and a key. */
export function createHeatMap(model: Model, state: State, tooltip: Tooltip): Part {
  const { data, weight, codes } = model;
  const T = data.queries.length;
  const S = data.keys.length;
  const picture = element("canvas", { class: "picture" });
  const overlay = element("canvas", {
    class: "overlay",
    tabindex: 0,
    role: "application",
    "aria-label":
      "Heat map of the head: arrow keys choose the word that looks and the word looked at",
  });
  const stack = element("div", { class: "stack" }, [picture, overlay]);
  const scroller = element("div", { class: "scroller" }, [stack]);
  const status = element("p", { class: "status", "aria-live": "polite" });
  const root = element("div", {}, [scroller, status]);
  const source = document.createElement("canvas");
  source.width = S;
  source.height = T;
  let layout: Layout | undefined;
  let hovered: Place | undefined;
  let colors: Palette | undefined;

  const drawOverlay = onceAFrame(() => {
    if (!layout || !colors) return;
    const pen = fitCanvas(overlay, layout.width, layout.height);
    pen.font = font;
    const { query, key } = state.view;
    outline(pen, layout, { query, key }, colors.mark);
    if (hovered) {
      outline(pen, layout, hovered, colors.ink);
      hoverLabels(pen, layout, hovered, data, colors);
    }
  });

  overlay.addEventListener("pointermove", (event) => {
    hovered = placeAt(event, overlay, layout, T, S);
    if (hovered) tooltip.show(sentenceOf(model, state.view, hovered), event.clientX, event.clientY);
    else tooltip.hide();
    drawOverlay();
  });
  overlay.addEventListener("pointerleave", () => {
    hovered = undefined;
    tooltip.hide();
    drawOverlay();
  });
  overlay.addEventListener("click", (event) => {
    const place = placeAt(event, overlay, layout, T, S);
    if (place) state.set(place);
  });
  overlay.addEventListener("keydown", (event) => {
    const { query, key } = state.view;
    const moves: Readonly<Record<string, Partial<View>>> = {
      ArrowUp: { query: query - 1, key },
      ArrowDown: { query: query + 1, key },
      ArrowLeft: { key: key - 1 },
      ArrowRight: { key: key + 1 },
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    state.set(move);
  });

  return {
    root,
    draw(view, palette) {
      colors = palette;
      layout = layOut(data.queries, data.keys, scroller.clientWidth);
      const pen = fitCanvas(picture, layout.width, layout.height);
      pen.font = font;
      drawCells(pen, source, codes(view.layer, view.head), layout, palette);
      if (layout.cell >= 26)
        drawNumbers(
          pen,
          layout,
          (query, key) => weight(view.layer, view.head, query, key),
          T,
          S,
          palette,
        );
      drawLabels(pen, layout, data, palette);
      status.textContent = sentenceOf(model, view, view);
      drawOverlay();
    },
  };
}

/** "it → cat: 0.7117 in L5H11". */
function sentenceOf(
  { queryNames, keyNames, weight }: Model,
  { layer, head }: View,
  { query, key }: Place,
): string {
  const value = weight(layer, head, query, key);
  const amount = Number.isNaN(value) ? "cannot look" : value.toFixed(4);
  return `${queryNames[query]} → ${keyNames[key]}: ${amount} in L${layer}H${head}`;
}

function layOut(queries: readonly string[], keys: readonly string[], room: number): Layout {
  const pen = document.createElement("canvas").getContext("2d")!;
  pen.font = font;
  const widest = (words: readonly string[], most: number): number =>
    Math.min(most, Math.max(10, ...words.map((word) => pen.measureText(word).width)));
  const left = Math.ceil(widest(queries, Math.min(120, room / 4))) + 10;
  const top = Math.ceil(widest(keys, 110)) + 10;
  const fitting = (room - left - 4) / keys.length;
  const cell = Math.max(smallestCell, Math.min(40, fitting >= 3 ? Math.floor(fitting) : fitting));
  return {
    left,
    top,
    cell,
    width: left + keys.length * cell + 4,
    height: top + queries.length * cell + 4,
  };
}

/** The weights a pixel each, enlarged without smoothing. */
function drawCells(
  pen: CanvasRenderingContext2D,
  source: HTMLCanvasElement,
  codes: Uint16Array,
  { left, top, cell }: Layout,
  { pixels }: Palette,
): void {
  const { width, height } = source;
  const image = new ImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  for (let index = 0; index < words.length; index++) words[index] = pixels[codes[index]!]!;
  source.getContext("2d")!.putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(source, left, top, width * cell, height * cell);
}

function drawNumbers(
  pen: CanvasRenderingContext2D,
  { left, top, cell }: Layout,
  weight: (query: number, key: number) => number,
  T: number,
  S: number,
  palette: Palette,
): void {
  pen.save();
  pen.font = "11px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (let query = 0; query < T; query++)
    for (let key = 0; key < S; key++) {
      const value = weight(query, key);
      if (Number.isNaN(value)) continue;
      pen.fillStyle = palette.colorsOf(value).ink;
      pen.fillText(
        formatNarrowWeight(value),
        left + (key + 0.5) * cell,
        top + (query + 0.5) * cell,
      );
    }
  pen.restore();
}

function drawLabels(
  pen: CanvasRenderingContext2D,
  layout: Layout,
  data: Model["data"],
  { ink }: Palette,
): void {
  const { left, top, cell } = layout;
  const stride = Math.max(1, Math.ceil((labelSize + 2) / cell));
  pen.fillStyle = ink;
  pen.textBaseline = "middle";
  for (let query = 0; query < data.queries.length; query += stride)
    rowLabel(pen, data.queries[query]!, left, top + (query + 0.5) * cell);
  for (let key = 0; key < data.keys.length; key += stride)
    keyLabel(pen, data.keys[key]!, left + (key + 0.5) * cell, top);
}

function rowLabel(pen: CanvasRenderingContext2D, word: string, left: number, y: number): void {
  pen.textAlign = "right";
  pen.fillText(cut(pen, word, left - 8), left - 6, y);
}

function keyLabel(pen: CanvasRenderingContext2D, word: string, x: number, top: number): void {
  pen.save();
  pen.translate(x, top - 6);
  pen.rotate(-Math.PI / 2);
  pen.textAlign = "left";
  pen.fillText(cut(pen, word, top - 8), 0, 0);
  pen.restore();
}

/** The word, or as much of it as fits, with an ellipsis. */
function cut(pen: CanvasRenderingContext2D, word: string, width: number): string {
  if (pen.measureText(word).width <= width) return word;
  const letters = [...word];
  while (letters.length > 0 && pen.measureText(`${letters.join("")}…`).width > width) letters.pop();
  return `${letters.join("")}…`;
}

/** A frame round the query's row, and a stronger one round the key's cell. */
function outline(
  pen: CanvasRenderingContext2D,
  { left, top, cell, width, height }: Layout,
  { query, key }: Place,
  color: string,
): void {
  pen.strokeStyle = color;
  pen.lineWidth = 1.5;
  pen.strokeRect(left - 0.5, top + query * cell - 0.5, width - left - 3, cell + 1);
  pen.globalAlpha = 0.35;
  pen.strokeRect(left + key * cell - 0.5, top - 0.5, cell + 1, height - top - 3);
  pen.globalAlpha = 1;
  pen.lineWidth = 2.5;
  pen.strokeRect(left + key * cell - 1, top + query * cell - 1, cell + 2, cell + 2);
}

/** The hovered row's and column's words, over whatever labels stand there. */
function hoverLabels(
  pen: CanvasRenderingContext2D,
  { left, top, cell }: Layout,
  { query, key }: Place,
  data: Model["data"],
  { ground, ink }: Palette,
): void {
  const y = top + (query + 0.5) * cell;
  const x = left + (key + 0.5) * cell;
  pen.fillStyle = ground;
  pen.fillRect(0, y - labelSize, left - 2, labelSize * 2);
  pen.fillRect(x - labelSize, 0, labelSize * 2, top - 2);
  pen.fillStyle = ink;
  pen.textBaseline = "middle";
  pen.font = `600 ${font}`;
  rowLabel(pen, data.queries[query]!, left, y);
  keyLabel(pen, data.keys[key]!, x, top);
}

function placeAt(
  event: MouseEvent,
  canvas: HTMLCanvasElement,
  layout: Layout | undefined,
  T: number,
  S: number,
): Place | undefined {
  if (!layout) return undefined;
  const box = canvas.getBoundingClientRect();
  const key = Math.floor((event.clientX - box.left - layout.left) / layout.cell);
  const query = Math.floor((event.clientY - box.top - layout.top) / layout.cell);
  return key >= 0 && query >= 0 && key < S && query < T ? { query, key } : undefined;
}
