import { html } from "lit-html";
import { formatHead } from "../../../probe/head-address.ts";
import { HeedElement } from "../base/heed-element.ts";
import { askRow, type SeenRow } from "../base/seen-row.ts";
import { css, hostStyles } from "../base/styles.ts";
import { shortWeight } from "../base/weight-text.ts";
import type { AttentionSource, ImageSource, SourceToken } from "../source/source.ts";
import type { View } from "../state/view.ts";
import { namedIn, nameIn, strongestPatch, weightText } from "./patches.ts";

const headlineStyles = css`
  h2 {
    min-height: 1.45em;
    margin: 18px 0 2px;
    font-size: 17px;
    font-weight: 600;
    overflow-wrap: anywhere;
  }
`;

/** One sentence that says what is found, as a heading. */
abstract class FoundElement<Source extends AttentionSource> extends HeedElement<Source> {
  static override readonly styles = [hostStyles, headlineStyles];

  readonly #row = this.question<SeenRow>();
  /** The last one: it stays while the next is waited for. */
  #sentence = "";

  /** The sentence; undefined while something it says is not known. */
  protected abstract sentence(source: Source, view: View, row: Float32Array): string | undefined;

  protected override content(source: Source, view: View): unknown {
    const seen = askRow(this.#row, source, view);
    if (!seen) this.#sentence = "";
    else if (!this.#row.isPending)
      this.#sentence = this.sentence(source, view, seen.row) ?? this.#sentence;
    return html`<h2 aria-live="polite">${this.#sentence}</h2>`;
  }
}

/** `<heed-headline>`: "it" looks at "cat": 0.71 in L5H11. */
export class HeadlineElement extends FoundElement<AttentionSource> {
  static readonly tag = "heed-headline";

  protected override sentence(
    source: AttentionSource,
    view: View,
    row: Float32Array,
  ): string | undefined {
    if (view.key === undefined) return undefined;
    const { queries, keys } = source;
    const value = row[view.key]!;
    const from = quoted(queries[view.query]!);
    const to = quoted(keys[view.key]!);
    if (Number.isNaN(value)) return `${from} cannot look at ${to} ${placeOf(view)}`;
    return `${from} looks at ${to}: ${shortWeight(value, source)} ${placeOf(view)}`;
  }
}

/** `<heed-image-headline>`: Patch 3,5 looks most at patch 0,2: 0.41 in L1H2. */
export class ImageHeadlineElement extends FoundElement<ImageSource> {
  static readonly tag = "heed-image-headline";

  protected override sentence(source: ImageSource, view: View, row: Float32Array): string {
    const best = strongestPatch(source, row);
    const from = nameIn(source, view.layer, view.query).replace(/^p/, "P");
    return `${from} looks most at ${namedIn(source, view.layer, best).name}: ${weightText(row[best]!, source)} ${placeOf(view)}`;
  }
}

function quoted({ name, whole }: SourceToken): string {
  return whole === undefined ? `"${name}"` : `"${name}" (a piece of "${whole}")`;
}

function placeOf({ layer, head }: View): string {
  return `in ${formatHead({ layer, head })} (layer ${layer}, head ${head})`;
}
