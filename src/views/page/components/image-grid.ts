import type { HeadAddress } from "../../../probe/head-address.ts";
import type { Size } from "../base/box.ts";
import type { Drawing, Pen } from "../base/canvas-element.ts";
import { type DrawnWords, drawnEnglish } from "../base/drawn-words.ts";
import { drawHeadLabels, GridElement, type GridLayout, placeOf } from "../base/grid-element.ts";
import { askRows, type SeenRows } from "../base/seen-row.ts";
import { gridIn } from "../source/layer-grid.ts";
import type { ImageSource } from "../source/source.ts";
import type { View } from "../state/view.ts";
import { askPaint, type ImagePaint } from "./image-paint.ts";
import { namedIn, nameIn, rowIn, strongestPatch, weightText } from "./patches.ts";

const largest = 110;

/** `<heed-image-grid>`: the image once a head, under what the token looks at there. */
export class ImageGridElement extends GridElement<ImageSource> {
  static readonly tag = "heed-image-grid";

  #words = drawnEnglish;
  readonly #paint = this.question<ImagePaint>();
  readonly #rows = this.question<SeenRows>();

  /** What it says in words; English if not given. */
  get words(): DrawnWords {
    return this.#words;
  }

  set words(words: DrawnWords | undefined) {
    this.#words = words ?? drawnEnglish;
    this.requestUpdate();
  }

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
      for (let head = 0; head < (source.headsOf?.[layer] ?? source.heads); head++) {
        const place = placeOf(layout, { layer, head });
        pen.drawImage(paint.gray, place.x, place.y, place.width, place.height);
        const row = this.#row(source, { layer, head });
        const { image } = source;
        if (row) paint.heat(pen, row.subarray(image.leading), gridIn(image, layer), place);
      }
    drawHeadLabels(pen, source, layout, inks);
  }

  protected override finding(source: ImageSource, view: View, address: HeadAddress): string {
    const row = this.#rows.isPending ? undefined : this.#row(source, address);
    const { layer } = address;
    if (!row) return this.#words.looks(nameIn(source, layer, view.query, this.#words));
    const best = strongestPatch(source, row);
    const { name } = namedIn(source, layer, best, this.#words);
    return this.#words.most(name, weightText(row[best]!, source, this.#words));
  }

  /** What the token looks at in one head, (S). */
  #row(source: ImageSource, address: HeadAddress): Float32Array | undefined {
    const rows = this.#rows.value?.rows;
    return rows && rowIn(source, rows, address);
  }
}
