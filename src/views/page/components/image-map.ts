import { element, fitCanvas, onceAFrame } from "./element.ts";
import { type ImageModel, weightText } from "./image-model.ts";
import type { ImagePaint } from "./image-paint.ts";
import type { ImageState } from "./image-state.ts";
import type { Tooltip } from "./tooltip.ts";

/** A part of the page that can be drawn again. */
export interface ImagePart {
  readonly root: HTMLElement;
  draw(): void;
}

const tallest = 620;
const framed = "#4dd0e1";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The image under the weights of one head: hover for a patch's weight, click or arrow keys to choose the patch that looks. */
export function createImageMap(
  model: ImageModel,
  state: ImageState,
  tooltip: Tooltip,
  paint: ImagePaint,
): ImagePart & { showsWeights: boolean } {
  const { data, leading, patches } = model;
  const { rows, columns, covered } = data;
  const picture = element("canvas", { class: "picture" });
  const overlay = element("canvas", {
    class: "overlay",
    tabindex: 0,
    role: "application",
    "aria-label":
      "The picture: arrow keys choose the patch that looks, Escape the token before the patches",
  });
  const root = element("div", { class: "map" }, [picture, overlay]);
  let size: Size = { width: 1, height: 1 };
  let hovered: number | undefined;
  let row: Float32Array = new Float32Array(leading + patches);

  const outline = (
    pen: CanvasRenderingContext2D,
    token: number,
    [color, thick]: readonly [string, number],
  ): void => {
    const patch = token - leading;
    const width = (size.width * covered.width) / columns;
    const height = (size.height * covered.height) / rows;
    pen.strokeStyle = color;
    pen.lineWidth = thick;
    pen.strokeRect((patch % columns) * width, Math.floor(patch / columns) * height, width, height);
  };
  const drawOverlay = onceAFrame(() => {
    const pen = fitCanvas(overlay, size.width, size.height);
    const { token } = state.view;
    // Two lines: on any colour one of them can be seen.
    if (token >= leading)
      for (const line of [
        ["#000000", 5],
        [framed, 3],
      ] as const)
        outline(pen, token, line);
    if (hovered !== undefined)
      for (const line of [
        ["#000000", 3],
        ["#ffffff", 1.5],
      ] as const)
        outline(pen, hovered, line);
  });
  const tokenAt = (event: MouseEvent): number | undefined => {
    const box = overlay.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) * columns) / (box.width * covered.width));
    const line = Math.floor(((event.clientY - box.top) * rows) / (box.height * covered.height));
    const isPatch = column >= 0 && column < columns && line >= 0 && line < rows;
    return isPatch ? leading + line * columns + column : undefined;
  };

  overlay.addEventListener("pointermove", (event) => {
    hovered = tokenAt(event);
    if (hovered === undefined) tooltip.hide();
    else
      tooltip.show(
        `${model.nameOf(hovered)}: ${weightText(row[hovered]!, data)}`,
        event.clientX,
        event.clientY,
      );
    drawOverlay();
  });
  overlay.addEventListener("pointerleave", () => {
    hovered = undefined;
    tooltip.hide();
    drawOverlay();
  });
  overlay.addEventListener("click", (event) => {
    const token = tokenAt(event);
    if (token !== undefined) state.set({ token });
  });
  overlay.addEventListener("keydown", (event) => {
    const token = moved(event.key, state.view.token);
    if (token === undefined) return;
    event.preventDefault();
    state.set({ token });
  });

  /** The token a key leads to; arrows from a token that is no patch lead to the middle. */
  function moved(key: string, token: number): number | undefined {
    if (key === "Escape" && leading > 0) return 0;
    const move = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    }[key];
    if (!move) return undefined;
    const patch = token - leading;
    if (patch < 0) return leading + (rows >> 1) * columns + (columns >> 1);
    const line = Math.floor(patch / columns) + move[0]!;
    const column = (patch % columns) + move[1]!;
    const isPatch = line >= 0 && line < rows && column >= 0 && column < columns;
    return isPatch ? leading + line * columns + column : token;
  }

  return {
    root,
    showsWeights: true,
    draw() {
      row = model.row(state.view);
      const scale = Math.min(root.clientWidth / data.width, tallest / data.height);
      size = { width: data.width * scale, height: data.height * scale };
      const pen = fitCanvas(picture, size.width, size.height);
      pen.drawImage(this.showsWeights ? paint.gray : paint.picture, 0, 0, size.width, size.height);
      if (this.showsWeights) paint.heat(pen, row.subarray(leading), { x: 0, y: 0, ...size });
      drawOverlay();
    },
  };
}
