import { html, type TemplateResult } from "lit-html";
import { card, PageElement } from "../base/page-element.ts";
import type { TextSource } from "../source/source.ts";
import { HeadChooserElement } from "./head-chooser.ts";
import { HeadGridElement } from "./head-grid.ts";
import { HeadlineElement } from "./headline.ts";
import { HeatMapElement } from "./heat-map.ts";
import { LegendElement } from "./legend.ts";
import { RankingsElement } from "./rankings.ts";
import { SentenceElement } from "./sentence.ts";
import { WayElement } from "./way.ts";

/** `<heed-page>`: everything about a text. */
export class TextPageElement extends PageElement<TextSource> {
  static readonly tag = "heed-page";

  protected override subtitle({ model }: TextSource): string {
    return model;
  }

  protected override parts(): TemplateResult {
    return html`
      <heed-headline></heed-headline>
      <p class="hint">
        Choose the word that looks; the colours and numbers show what it looks at.
      </p>
      <section aria-label="Sentence">
        <heed-sentence></heed-sentence>
      </section>
      <heed-legend></heed-legend>
      <div class="columns">
        ${card(
          "One head",
          "Rows look, columns are looked at. Choose a cell to follow its numbers.",
          html`
            <div class="row">
              <heed-head-chooser></heed-head-chooser>
            </div>
            <heed-heat-map></heed-heat-map>`,
        )}
        <div>
          ${card(
            "All heads",
            "A row a layer, a column a head. Choose one to open it.",
            html`<heed-head-grid></heed-head-grid>`,
          )}
          <section class="card">
            <heed-rankings></heed-rankings>
          </section>
        </div>
      </div>
      <heed-way></heed-way>`;
  }
}

/** The page's element, and all that it is made of. */
export const textElements = [
  HeadlineElement,
  SentenceElement,
  LegendElement,
  HeadChooserElement,
  HeatMapElement,
  HeadGridElement,
  RankingsElement,
  WayElement,
  TextPageElement,
] as const;
