import { notLooked } from "../packed-numbers.ts";
import { element, fitCanvas, onceAFrame } from "./element.ts";
import type { Model } from "./model.ts";
import type { Palette } from "./palette.ts";
import type { Part } from "./sentence.ts";
import type { State, View } from "./state.ts";
import type { Tooltip } from "./tooltip.ts";

const gap = 3;
const labelWidth = 28;
const labelHeight = 18;

interface Layout {
  readonly side: number;
  readonly width: number;
  readonly height: number;
}

type Address = Pick<View, "layer" | "head">;

/** All heads as thumbnails on one canvas: hover for a head's numbers, click or arrow keys to open it. */
export function createHeadGrid(model: Model, state: State, tooltip: Tooltip): Part {
  const { data, weight, queryNames, keyNames } = model;
  const picture = element("canvas", { class: "picture" });
  const overlay = element("canvas", {
    class: "overlay",
    tabindex: 0,
    role: "application",
    "aria-label": "All heads: arrow keys choose one, up and down change the layer",
  });
  const stack = element("div", { class: "stack" }, [picture, overlay]);
  const root = element("div", { class: "scroller" }, [stack]);
  let layout: Layout | undefined;
  let drawn: { readonly palette: Palette; readonly layout: Layout } | undefined;
  let hovered: Address | undefined;
  let colors: Palette | undefined;

  const drawOverlay = onceAFrame(() => {
    if (!layout || !colors) return;
    const pen = fitCanvas(overlay, layout.width, layout.height);
    frame(pen, layout, state.view, colors.mark);
    if (hovered) frame(pen, layout, hovered, colors.ink);
  });

  const addressAt = (event: MouseEvent): Address | undefined => {
    if (!layout) return undefined;
    const box = overlay.getBoundingClientRect();
    const head = Math.floor((event.clientX - box.left - labelWidth) / (layout.side + gap));
    const layer = Math.floor((event.clientY - box.top - labelHeight) / (layout.side + gap));
    const isHead = head >= 0 && layer >= 0 && head < data.heads && layer < data.layers;
    return isHead ? { layer, head } : undefined;
  };
  overlay.addEventListener("pointermove", (event) => {
    hovered = addressAt(event);
    if (hovered) {
      const { layer, head } = hovered;
      const { query, key } = state.view;
      const value = weight(layer, head, query, key);
      const amount = Number.isNaN(value) ? "cannot look" : value.toFixed(4);
      tooltip.show(
        `L${layer}H${head}: ${queryNames[query]} → ${keyNames[key]} ${amount}`,
        event.clientX,
        event.clientY,
      );
    } else tooltip.hide();
    drawOverlay();
  });
  overlay.addEventListener("pointerleave", () => {
    hovered = undefined;
    tooltip.hide();
    drawOverlay();
  });
  overlay.addEventListener("click", (event) => {
    const address = addressAt(event);
    if (address) state.set(address);
  });
  overlay.addEventListener("keydown", (event) => {
    const { layer, head } = state.view;
    const moves: Readonly<Record<string, Partial<View>>> = {
      ArrowUp: { layer: layer - 1 },
      ArrowDown: { layer: layer + 1 },
      ArrowLeft: { head: head - 1 },
      ArrowRight: { head: head + 1 },
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    state.set(move);
  });

  return {
    root,
    draw(_view, palette) {
      colors = palette;
      layout = layOut(data.layers, data.heads, root.clientWidth);
      // The thumbnails do not depend on the view: they are drawn again only for a new size or theme.
      if (drawn?.palette !== palette || drawn.layout.side !== layout.side) {
        const pen = fitCanvas(picture, layout.width, layout.height);
        drawThumbnails(pen, model, layout, palette);
        drawn = { palette, layout };
      }
      drawOverlay();
    },
  };
}

function layOut(layers: number, heads: number, room: number): Layout {
  const side = Math.max(10, Math.min(64, Math.floor((room - labelWidth) / heads) - gap));
  return {
    side,
    width: labelWidth + heads * (side + gap) + 2,
    height: labelHeight + layers * (side + gap) + 2,
  };
}

function drawThumbnails(
  pen: CanvasRenderingContext2D,
  model: Model,
  { side }: Layout,
  palette: Palette,
): void {
  const { data, codes } = model;
  const pitch = side + gap;
  const thumbnail = document.createElement("canvas");
  const density = Math.min(3, devicePixelRatio || 1);
  const most = Math.round(side * density);
  const columns = Math.min(data.keys.length, most);
  const rows = Math.min(data.queries.length, most);
  thumbnail.width = columns;
  thumbnail.height = rows;
  const image = new ImageData(columns, rows);
  const words = new Uint32Array(image.data.buffer);
  const brush = thumbnail.getContext("2d")!;
  pen.imageSmoothingEnabled = false;
  for (let layer = 0; layer < data.layers; layer++)
    for (let head = 0; head < data.heads; head++) {
      const largest = reduce(
        codes(layer, head),
        data.queries.length,
        data.keys.length,
        rows,
        columns,
      );
      for (let index = 0; index < words.length; index++)
        words[index] = palette.pixels[largest[index]!]!;
      brush.putImageData(image, 0, 0);
      pen.drawImage(thumbnail, labelWidth + head * pitch, labelHeight + layer * pitch, side, side);
    }
  pen.fillStyle = palette.quiet;
  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "middle";
  const headStride = Math.max(1, Math.ceil(28 / pitch));
  const layerStride = Math.max(1, Math.ceil(14 / pitch));
  pen.textAlign = "center";
  for (let head = 0; head < data.heads; head += headStride)
    pen.fillText(`H${head}`, labelWidth + head * pitch + side / 2, labelHeight / 2);
  pen.textAlign = "right";
  for (let layer = 0; layer < data.layers; layer += layerStride)
    pen.fillText(`L${layer}`, labelWidth - 5, labelHeight + layer * pitch + side / 2);
}

/** The largest weight under each pixel; a pixel over keys that cannot be looked at alone stays empty. */
function reduce(
  codes: Uint16Array,
  T: number,
  S: number,
  rows: number,
  columns: number,
): Uint16Array {
  if (rows === T && columns === S) return codes;
  const largest = new Uint16Array(rows * columns).fill(notLooked);
  for (let query = 0; query < T; query++) {
    const row = Math.floor((query * rows) / T) * columns;
    for (let key = 0; key < S; key++) {
      const code = codes[query * S + key]!;
      const pixel = row + Math.floor((key * columns) / S);
      if (code !== notLooked && (largest[pixel] === notLooked || code > largest[pixel]!))
        largest[pixel] = code;
    }
  }
  return largest;
}

function frame(
  pen: CanvasRenderingContext2D,
  { side }: Layout,
  { layer, head }: Address,
  color: string,
): void {
  pen.strokeStyle = color;
  pen.lineWidth = 2;
  const pitch = side + gap;
  pen.strokeRect(
    labelWidth + head * pitch - 1.5,
    labelHeight + layer * pitch - 1.5,
    side + 3,
    side + 3,
  );
}
