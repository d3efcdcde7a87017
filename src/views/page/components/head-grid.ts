import type { HeadAddress } from "../../../probe/head-address.ts";
import type { Box, Size } from "../base/box.ts";
import { drawUnknown, screenDensity } from "../base/canvas.ts";
import type { Drawing, Pen } from "../base/canvas-element.ts";
import { drawHeadLabels, GridElement, type GridLayout, placeOf } from "../base/grid-element.ts";
import { paletteOf } from "../base/palette.ts";
import { Question } from "../base/question.ts";
import { askRows, type SeenRows } from "../base/seen-row.ts";
import { headPainter } from "../base/thumbnails.ts";
import { exactWeight } from "../base/weight-text.ts";
import type { TextSource } from "../source/source.ts";
import type { View } from "../state/view.ts";

/** `<heed-head-grid>`: every head as a small heat map. */
export class HeadGridElement extends GridElement<TextSource> {
  static readonly tag = "heed-head-grid";

  /** Asked for a head that is pointed at: the picture neither waits for it nor fails without it. */
  readonly #rows = new Question<SeenRows>(() => this.requestUpdate());
  /** One a layer, (H, rows, columns). */
  #layers: Question<Float32Array>[] = [];
  /** What the picture that is there was made of. */
  #drawn: readonly unknown[] = [];

  protected override content(source: TextSource, view: View): unknown {
    while (this.#layers.length < source.layers) this.#layers.push(this.question());
    return super.content(source, view);
  }

  protected override cellIn(_source: TextSource, fitting: number): Size {
    const side = Math.max(10, Math.min(64, fitting));
    return { width: side, height: side };
  }

  protected override picture(
    { source, layout, inks }: Drawing<TextSource, GridLayout>,
    clear: () => Pen,
  ): void {
    const { queries, keys, layers } = source;
    const most = Math.round(layout.cell.width * screenDensity());
    const size = { rows: Math.min(queries.length, most), columns: Math.min(keys.length, most) };
    const answers = this.#layers
      .slice(0, layers)
      .map((question, layer) =>
        question.ask([source, layer, size.rows, size.columns], () =>
          source.thumbnails(layer, size),
        ),
      );
    const palette = paletteOf(source.colors, this.shade);
    // The thumbnails do not depend on the view: they are drawn again only for other numbers, another size or theme.
    const made = [palette, inks.quiet, layout.width, layout.height, most, ...answers];
    if (made.length === this.#drawn.length && made.every((part, i) => part === this.#drawn[i]))
      return;
    this.#drawn = made;
    const pen = clear();
    pen.imageSmoothingEnabled = false;
    for (const [layer, values] of answers.entries()) {
      const drawHead = values
        ? headPainter(pen, values, size, palette, inks)
        : (_: number, { x, y, width, height }: Box) => drawUnknown(pen, x, y, width, height, inks);
      for (let head = 0; head < source.heads; head++)
        drawHead(head, placeOf(layout, { layer, head }));
    }
    drawHeadLabels(pen, source, layout, inks);
  }

  /** "it → cat 0.7117". */
  protected override finding(source: TextSource, view: View, { layer, head }: HeadAddress): string {
    const { query, key } = view;
    const { queries, keys, heads } = source;
    if (key === undefined) return `what ${queries[query]!.name} looks at`;
    const between = `${queries[query]!.name} → ${keys[key]!.name}`;
    const seen = askRows(this.#rows, source, view);
    if (!seen || this.#rows.isPending) return between;
    const weight = seen.rows[(layer * heads + head) * keys.length + key]!;
    return `${between} ${exactWeight(weight, source)}`;
  }
}
