import type { ThumbnailSize } from "../source/source.ts";
import type { Box } from "./box.ts";
import { drawHidden } from "./canvas.ts";
import type { Palette } from "./palette.ts";

/** Draws heads of a layer (H, rows, columns) into boxes; what cannot be looked at is hatched. */
export function headPainter(
  pen: CanvasRenderingContext2D,
  values: Float32Array,
  { rows, columns }: ThumbnailSize,
  { pixelOf }: Palette,
  inks: { readonly quiet: string },
): (head: number, box: Box) => void {
  const thumbnail = document.createElement("canvas");
  thumbnail.width = columns;
  thumbnail.height = rows;
  const image = new ImageData(columns, rows);
  const words = new Uint32Array(image.data.buffer);
  const brush = thumbnail.getContext("2d")!;
  return (head, { x, y, width, height }) => {
    const start = head * rows * columns;
    let hasHidden = false;
    for (let index = 0; index < words.length; index++) {
      const weight = values[start + index]!;
      hasHidden ||= Number.isNaN(weight);
      words[index] = pixelOf(weight);
    }
    if (hasHidden) drawHidden(pen, { x, y, width, height }, inks);
    brush.putImageData(image, 0, 0);
    pen.drawImage(thumbnail, x, y, width, height);
  };
}
