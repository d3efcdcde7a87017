import { html, type TemplateResult } from "lit-html";
import { formatNumber } from "../../numbers.ts";
import { card, PageElement } from "../base/page-element.ts";
import type { ImageSource } from "../source/source.ts";
import { HeadChooserElement } from "./head-chooser.ts";
import { ImageHeadlineElement } from "./headline.ts";
import { ImageGridElement } from "./image-grid.ts";
import { ImageLegendElement } from "./image-legend.ts";
import { ImageMapElement } from "./image-map.ts";
import { ImageNumbersElement } from "./image-numbers.ts";
import { ImageRankingsElement } from "./image-rankings.ts";

/** `<heed-image-page>`: everything about an image. */
export class ImagePageElement extends PageElement<ImageSource> {
  static readonly tag = "heed-image-page";

  #isPlain = false;

  protected override subtitle({ model, image: { rows, columns } }: ImageSource): string {
    return `${model}; ${rows} × ${columns} patches, named row,column from 0,0 at the top left`;
  }

  protected override parts({ smallest }: ImageSource): TemplateResult {
    return html`
      <heed-image-headline></heed-image-headline>
      <div class="columns">
        ${card(
          "One head",
          "Choose the patch that looks; colours show what it looks at.",
          html`
            <div class="row">
              <heed-head-chooser></heed-head-chooser>
              ${this.#plainSwitch()}
            </div>
            <heed-image-map ?plain=${this.#isPlain}></heed-image-map>
            <heed-image-legend></heed-image-legend>`,
        )}
        <div>
          ${card(
            "All heads",
            "A row a layer, a column a head, each in the colours of its own strongest patch. Choose one to open it.",
            html`<heed-image-grid></heed-image-grid>`,
          )}
          <section class="card">
            <heed-image-rankings></heed-image-rankings>
          </section>
        </div>
      </div>
      <heed-image-numbers></heed-image-numbers>
      ${smallest ? html`<p class="hint">${precision(smallest)}</p>` : ""}`;
  }

  #plainSwitch(): TemplateResult {
    const turn = (): void => {
      this.#isPlain = !this.#isPlain;
      this.requestUpdate();
    };
    return html`
      <button type="button" class="plain" aria-pressed=${String(this.#isPlain)} @click=${turn}>
        picture only
      </button>`;
  }
}

function precision(smallest: number): string {
  return `This page keeps weights to within 1 %, and those under ${formatNumber(smallest, 2)} as 0.`;
}

/** The page's element, and all that it is made of. */
export const imageElements = [
  ImageHeadlineElement,
  HeadChooserElement,
  ImageMapElement,
  ImageLegendElement,
  ImageGridElement,
  ImageRankingsElement,
  ImageNumbersElement,
  ImagePageElement,
] as const;
