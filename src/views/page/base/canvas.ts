import type { Box } from "./box.ts";

/** Pixels of a canvas at most: 64 MB. */
const mostPixels = 1 << 24;

/** A canvas fitted to `width` × `height` CSS pixels at the screen's own resolution, where that is not too large, cleared, with its pen. */
export function fitCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D {
  const density = Math.min(screenDensity(), Math.sqrt(mostPixels / (width * height)));
  const pixelWidth = Math.max(1, Math.round(width * density));
  const pixelHeight = Math.max(1, Math.round(height * density));
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d")!;
  pen.setTransform(density, 0, 0, density, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

/** What is written on a canvas, in CSS pixels: `size`, or what the page sets as the smallest it can show (`--heed-smallest`). */
export function typeSize(element: Element, size: number): number {
  const smallest = getComputedStyle(element).getPropertyValue("--heed-smallest");
  return Math.max(size, Number.parseFloat(smallest) || 0);
}

/** The type of a canvas, of a size in CSS pixels. */
export function typeOf(size: number): string {
  return `${size}px system-ui, sans-serif`;
}

/** Pixels of the screen in a CSS pixel, as far as pictures make use of them. */
export function screenDensity(): number {
  return Math.min(3, devicePixelRatio || 1);
}

/** Runs `work` before the next frame, once, however often it is asked for. */
export function onceAFrame(work: () => void): () => void {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      work();
    });
  };
}

/** A place whose numbers are not known yet. */
export function drawUnknown(
  pen: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  { quiet }: { readonly quiet: string },
): void {
  pen.globalAlpha = 0.12;
  pen.fillStyle = quiet;
  pen.fillRect(x, y, width, height);
  pen.globalAlpha = 1;
}

/** The word, or as much of it as fits, with an ellipsis. */
export function cut(pen: CanvasRenderingContext2D, word: string, width: number): string {
  if (pen.measureText(word).width <= width) return word;
  const letters = [...word];
  while (letters.length > 0 && pen.measureText(`${letters.join("")}…`).width > width) letters.pop();
  return `${letters.join("")}…`;
}

const hatches = new Map<string, HTMLCanvasElement>();

/** A part that cannot be looked at: hatched, so that nobody takes it for a weight of 0. */
export function drawHidden(
  pen: CanvasRenderingContext2D,
  { x, y, width, height }: Box,
  { quiet }: { readonly quiet: string },
): void {
  const tile = hatches.get(quiet) ?? hatch(quiet);
  hatches.set(quiet, tile);
  pen.fillStyle = pen.createPattern(tile, "repeat")!;
  pen.fillRect(x, y, width, height);
}

/** Thin slanted lines that meet when laid side by side. */
function hatch(color: string): HTMLCanvasElement {
  const side = 6;
  const tile = document.createElement("canvas");
  tile.width = side;
  tile.height = side;
  const pen = tile.getContext("2d")!;
  pen.globalAlpha = 0.4;
  pen.strokeStyle = color;
  pen.lineWidth = 1;
  for (const start of [-side, 0, side]) {
    pen.moveTo(start, side);
    pen.lineTo(start + side, 0);
  }
  pen.stroke();
  return tile;
}
