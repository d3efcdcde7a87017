import type { HeadAddress } from "../../../probe/head-address.ts";
import type { Size } from "../base/box.ts";
import type { Drawing, Pen } from "../base/canvas-element.ts";
import { drawHeadLabels, GridElement, type GridLayout, placeOf } from "../base/grid-element.ts";
import { askRows, type SeenRows } from "../base/seen-row.ts";
import type { ImageSource } from "../source/source.ts";
import type { View } from "../state/view.ts";
import { askPaint, type ImagePaint } from "./image-paint.ts";
import { strongestPatch, weightText } from "./patches.ts";

const largest = 110;

/** `<heed-image-grid>`: the image once a head, under what the token looks at there. */
export class ImageGridElement extends GridElement<ImageSource> {
  static readonly tag = "heed-image-grid";

  readonly #paint = this.question<ImagePaint>();
  readonly #rows = this.question<SeenRows>();

  protected override content(source: ImageSource, view: View): unknown {
    askPaint(this.#paint, source);
    askRows(this.#rows, source, view);
    return super.content(source, view);
  }

  protected override cellIn({ image: { width, height } }: ImageSource, fitting: number): Size {
    const cellWidth = Math.max(14, Math.min(largest, fitting, (largest * width) / height));
    return { width: cellWidth, height: Math.max(6, (cellWidth * height) / width) };
  }

  protected override picture(
    { source, layout, inks }: Drawing<ImageSource, GridLayout>,
    clear: () => Pen,
  ): void {
    const pen = clear();
    const paint = this.#paint.value;
    for (let layer = 0; paint && layer < source.layers; layer++)
      for (let head = 0; head < source.heads; head++) {
        const place = placeOf(layout, { layer, head });
        pen.drawImage(paint.gray, place.x, place.y, place.width, place.height);
        const row = this.#row(source, { layer, head });
        if (row) paint.heat(pen, row.subarray(source.image.leading), place);
      }
    drawHeadLabels(pen, source, layout, inks);
  }

  protected override finding(source: ImageSource, view: View, address: HeadAddress): string {
    const row = this.#rows.isPending ? undefined : this.#row(source, address);
    if (!row) return `what ${source.queries[view.query]!.name} looks at`;
    const best = strongestPatch(source, row);
    return `most at ${source.keys[best]!.name}, ${weightText(row[best]!, source)}`;
  }

  /** What the token looks at in one head, (S). */
  #row({ heads, keys }: ImageSource, { layer, head }: HeadAddress): Float32Array | undefined {
    const start = (layer * heads + head) * keys.length;
    return this.#rows.value?.rows.subarray(start, start + keys.length);
  }
}
