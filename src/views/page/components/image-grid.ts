import type { HeadAddress } from "../../../probe/address.ts";
import type { ImageView } from "../image-page-data.ts";
import { element, fitCanvas, onceAFrame } from "./element.ts";
import type { ImagePart } from "./image-map.ts";
import { type ImageModel, strongestPatch, weightText } from "./image-model.ts";
import type { ImagePaint } from "./image-paint.ts";
import type { ImageState } from "./image-state.ts";
import { type Inks, readInks } from "./palette.ts";
import type { Tooltip } from "./tooltip.ts";

const gap = 3;
const labelWidth = 28;
const labelHeight = 18;
const largest = 110;

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly cell: { readonly width: number; readonly height: number };
}

/** The image once a head, under what the token looks at there: hover for numbers, click or arrow keys to open one. */
export function createImageGrid(
  model: ImageModel,
  state: ImageState,
  tooltip: Tooltip,
  paint: ImagePaint,
): ImagePart {
  const { data, leading } = model;
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
  let hovered: HeadAddress | undefined;

  const placeOf = ({ layer, head }: HeadAddress, { cell }: Layout) => ({
    x: labelWidth + head * (cell.width + gap),
    y: labelHeight + layer * (cell.height + gap),
    ...cell,
  });
  const frame = (pen: CanvasRenderingContext2D, address: HeadAddress, color: string): void => {
    const { x, y, width, height } = placeOf(address, layout!);
    pen.strokeStyle = color;
    pen.lineWidth = 2;
    pen.strokeRect(x - 1, y - 1, width + 2, height + 2);
  };
  const drawOverlay = onceAFrame(() => {
    if (!layout) return;
    const inks = readInks();
    const pen = fitCanvas(overlay, layout.width, layout.height);
    frame(pen, state.view, inks.mark);
    if (hovered) frame(pen, hovered, inks.ink);
  });
  const addressAt = (event: MouseEvent): HeadAddress | undefined => {
    if (!layout) return undefined;
    const box = overlay.getBoundingClientRect();
    const head = Math.floor((event.clientX - box.left - labelWidth) / (layout.cell.width + gap));
    const layer = Math.floor((event.clientY - box.top - labelHeight) / (layout.cell.height + gap));
    const isHead = head >= 0 && layer >= 0 && head < data.heads && layer < data.layers;
    return isHead ? { layer, head } : undefined;
  };

  overlay.addEventListener("pointermove", (event) => {
    hovered = addressAt(event);
    if (hovered) {
      const row = model.row({ ...state.view, ...hovered });
      const best = strongestPatch(model, row);
      tooltip.show(
        `L${hovered.layer}H${hovered.head}: most at ${model.nameOf(best)}, ${weightText(row[best]!, data)}`,
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
    const moves: Readonly<Record<string, Partial<ImageView>>> = {
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
    draw() {
      layout = layOut(data, root.clientWidth);
      const pen = fitCanvas(picture, layout.width, layout.height);
      const { token } = state.view;
      for (let layer = 0; layer < data.layers; layer++)
        for (let head = 0; head < data.heads; head++) {
          const place = placeOf({ layer, head }, layout);
          pen.drawImage(paint.gray, place.x, place.y, place.width, place.height);
          paint.heat(pen, model.row({ token, layer, head }).subarray(leading), place);
        }
      drawLabels(pen, data, layout, readInks());
      drawOverlay();
    },
  };
}

function layOut({ layers, heads, width, height }: ImageModel["data"], room: number): Layout {
  const fitting = Math.floor((room - labelWidth - 2) / heads) - gap;
  const cellWidth = Math.max(14, Math.min(largest, fitting, (largest * width) / height));
  const cell = { width: cellWidth, height: Math.max(6, (cellWidth * height) / width) };
  return {
    cell,
    width: labelWidth + heads * (cell.width + gap) + 2,
    height: labelHeight + layers * (cell.height + gap) + 2,
  };
}

function drawLabels(
  pen: CanvasRenderingContext2D,
  { layers, heads }: ImageModel["data"],
  { cell }: Layout,
  { quiet }: Inks,
): void {
  pen.fillStyle = quiet;
  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.textAlign = "center";
  const headStride = Math.max(1, Math.ceil(28 / (cell.width + gap)));
  for (let head = 0; head < heads; head += headStride)
    pen.fillText(
      `H${head}`,
      labelWidth + head * (cell.width + gap) + cell.width / 2,
      labelHeight / 2,
    );
  pen.textAlign = "right";
  const layerStride = Math.max(1, Math.ceil(14 / (cell.height + gap)));
  for (let layer = 0; layer < layers; layer += layerStride)
    pen.fillText(
      `L${layer}`,
      labelWidth - 5,
      labelHeight + layer * (cell.height + gap) + cell.height / 2,
    );
}
