/**
 * Pictures of attention as custom elements: `<heed-sentence>`, `<heed-heat-map>`, `<heed-head-grid>` and their kin, over any source of
 * weights. An element is given `source` and `view`, and says by the event `heed-view` what a reader asks for; a `ViewStore` answers it:
 *
 *     defineElements();
 *     const source = textSource({ texts, model, queries, weights });
 *     const store = new ViewStore(source, { layer: 5, head: 11 });
 *     const map = Object.assign(document.createElement("heed-heat-map"), { source, view: store.view });
 *     map.addEventListener("heed-view", ({ detail }) => store.set(detail));
 *     store.listen((view) => Object.assign(map, { view }));
 *     document.body.append(map);
 *
 * Their colours are those of the page's `color-scheme`, or of the attribute `theme`, unless it sets `--heed-ground`, `--heed-card`,
 * `--heed-ink`, `--heed-quiet`, `--heed-line`, `--heed-mark` or `--heed-font`. Importing this module names nothing; it can be done in Node.
 * @module heed/elements
 */

import type { Explained } from "../explain/explained.ts";
import { defineAll } from "./base/define.ts";
import type { HeedElement } from "./base/heed-element.ts";
import { HeadChooserElement } from "./components/head-chooser.ts";
import { HeadGridElement } from "./components/head-grid.ts";
import { HeadlineElement, ImageHeadlineElement } from "./components/headline.ts";
import { HeadsElement } from "./components/heads.ts";
import { HeatMapElement } from "./components/heat-map.ts";
import { ImageGridElement } from "./components/image-grid.ts";
import { ImageLegendElement } from "./components/image-legend.ts";
import { ImageMapElement } from "./components/image-map.ts";
import { ImageNumbersElement } from "./components/image-numbers.ts";
import { ImagePageElement, imageElements } from "./components/image-page.ts";
import { ImageRankingsElement } from "./components/image-rankings.ts";
import { LegendElement } from "./components/legend.ts";
import { LinesElement } from "./components/lines.ts";
import { LinksElement } from "./components/links.ts";
import { RankingsElement } from "./components/rankings.ts";
import { SentenceElement } from "./components/sentence.ts";
import { StepsElement } from "./components/steps.ts";
import { TextPageElement, textElements } from "./components/text-page.ts";
import { WayElement } from "./components/way.ts";
import { FilmElement } from "./film/film-element.ts";
import { readOwnNumbers } from "./source/own-numbers.ts";
import type { TextSource } from "./source/source.ts";

export {
  type AttentionChoice,
  type AttentionFile,
  readAttention,
} from "../../export/attention-file.ts";
export type { HeadAddress } from "../../probe/head-address.ts";
export type { Explained } from "../explain/explained.ts";
export type { FilmPicture, FilmPictureFrame, FilmPictureHead } from "../film/film-picture.ts";
export { DrawnElement } from "./base/drawn-element.ts";
export { type DrawnWords, drawnEnglish } from "./base/drawn-words.ts";
export { HeedElement } from "./base/heed-element.ts";
export type { HeadLabel, HeadsMeasure, HeadsWords } from "./components/heads.ts";
export type { HeadsOrder } from "./components/heads-layout.ts";
export type { ImageLegendWords } from "./components/image-legend.ts";
export type { LinesWords } from "./components/lines.ts";
export type { LinksWords } from "./components/links.ts";
export { type FilmFacts, type FilmWords, filmWords } from "./film/film-words.ts";
export type { ImagePage, WindowedLayer } from "./image-picture.ts";
export type { PagePicture, VectorPicture } from "./page-picture.ts";
export type { Answer } from "./source/answer.ts";
export { attentionSource } from "./source/from-attention.ts";
export { imageSource, textSource } from "./source/from-picture.ts";
export { namedTokens, type Unnamed } from "./source/names.ts";
export type * from "./source/source.ts";
export { thumbnail } from "./source/thumbnail.ts";
export { type Addressed, addressOf, keepInAddress, viewAt } from "./state/address.ts";
export { changed, type View, type ViewChange, ViewStore } from "./state/view.ts";
export { type StepNotation, written } from "./steps/drawn-step.ts";
export { inRoles } from "./steps/in-roles.ts";
export { filled, type StepWords, stepWords, type WordsOfStep } from "./steps/step-words.ts";

export {
  FilmElement,
  HeadChooserElement,
  HeadGridElement,
  HeadlineElement,
  HeadsElement,
  HeatMapElement,
  ImageGridElement,
  ImageHeadlineElement,
  ImageLegendElement,
  ImageMapElement,
  ImageNumbersElement,
  ImagePageElement,
  ImageRankingsElement,
  LegendElement,
  LinesElement,
  LinksElement,
  RankingsElement,
  SentenceElement,
  StepsElement,
  TextPageElement,
  WayElement,
};

declare global {
  interface HTMLElementTagNameMap {
    "heed-film": FilmElement;
    "heed-head-chooser": HeadChooserElement;
    "heed-head-grid": HeadGridElement;
    "heed-headline": HeadlineElement;
    "heed-heads": HeadsElement;
    "heed-heat-map": HeatMapElement;
    "heed-image-grid": ImageGridElement;
    "heed-image-headline": ImageHeadlineElement;
    "heed-image-legend": ImageLegendElement;
    "heed-image-map": ImageMapElement;
    "heed-image-numbers": ImageNumbersElement;
    "heed-image-page": ImagePageElement;
    "heed-image-rankings": ImageRankingsElement;
    "heed-legend": LegendElement;
    "heed-lines": LinesElement;
    "heed-links": LinksElement;
    "heed-page": TextPageElement;
    "heed-rankings": RankingsElement;
    "heed-sentence": SentenceElement;
    "heed-steps": StepsElement;
    "heed-way": WayElement;
  }
}

/** Elements that show a text, and can carry its numbers themselves. */
const ofTexts = [...textElements, HeadsElement, LinesElement, LinksElement] as const;

/** Where elements have their numbers from that a page's script gives none. */
export interface OwnNumbers {
  /** Gives a source and a view to an element, or lets it fail. */
  give(element: HeedElement<TextSource>): void;
  /** The steps of a `<heed-steps>`. */
  explain(element: Element): Promise<Explained | undefined>;
}

/**
 * Gives every element its name, except where that is taken; those of texts read the numbers that they carry themselves, or have them from `own`, and
 * then those of pictures too.
 */
export function defineElements(registry?: CustomElementRegistry, own?: OwnNumbers): void {
  for (const element of ofTexts) element.ownNumbers = own?.give ?? readOwnNumbers;
  if (own) {
    for (const element of imageElements) element.ownNumbers = own.give;
    StepsElement.ownSteps = own.explain;
  }
  defineAll([...ofTexts, StepsElement, FilmElement, ...imageElements], registry);
}
