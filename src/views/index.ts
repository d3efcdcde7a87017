/**
 * Numbers in, pictures out: terminal text, SVG, PNG and HTML. Pure functions.
 * @module heed/views
 */

export type { Noun } from "../probe/noun.ts";
export { escapeMarkup } from "./escape.ts";
export type * from "./explain/explained.ts";
export {
  type FilmPicture,
  type FilmPictureFrame,
  type FilmPictureHead,
  filmHtml,
  filmSvg,
} from "./film/film.ts";
export {
  imageGridPicture,
  imagePicture,
  type RunImageOptions,
} from "./from-run/images.ts";
export { pagePicture, type RunPageOptions } from "./from-run/page.ts";
export type { PicturedRun, RunPictureOptions } from "./from-run/run.ts";
export type { ShownPage, ShownPicture } from "./from-run/shown.ts";
export { gridPicture, headPicture, linkGrid, sentencePicture } from "./from-run/texts.ts";
export type { ImagePixels } from "./image-heat.ts";
export { type HeadMap, headMapSvg } from "./measured/head-map.ts";
export type { HeadNames, NamedHeads } from "./measured/head-names.ts";
export { headNamesSvg } from "./measured/head-names-svg.ts";
export { headNamesText } from "./measured/head-names-text.ts";
export type { NumberGrid } from "./measured/number-grid.ts";
export { numberGridSvg } from "./measured/number-grid-svg.ts";
export { numberGridText } from "./measured/number-grid-text.ts";
export type { ShadedWords } from "./measured/shaded-words.ts";
export { shadedWordsSvg } from "./measured/shaded-words-svg.ts";
export { shadedWordsText } from "./measured/shaded-words-text.ts";
export type { WordBars } from "./measured/word-bars.ts";
export { wordBarsSvg } from "./measured/word-bars-svg.ts";
export { wordBarsText } from "./measured/word-bars-text.ts";
export {
  type Displayed,
  displayNode,
  type ElementOptions,
  type PageElement,
  type PageNodeOptions,
  type PngNodeOptions,
  pageNode,
  pngNode,
  svgNode,
  textNode,
} from "./nodes.ts";
export { explainHtml, stepsHtml } from "./page/explain.ts";
export { type ImagePage, imagePage, type WindowedLayer } from "./page/image-page.ts";
export {
  type LayerWeights,
  type PageOptions,
  type PagePicture,
  pageHtml,
  type VectorPicture,
} from "./page/page.ts";
export { imageGridPng, imagePng } from "./png/image.ts";
export type { Theme } from "./scale.ts";
export type { Word } from "./surface.ts";
export { compareSvg } from "./svg/compare.ts";
export { explainSvg, stepsSvg } from "./svg/explain.ts";
export type { SvgOptions } from "./svg/frame.ts";
export { type GridPicture, gridSvg } from "./svg/grid.ts";
export { type HeadSvgOptions, headSvg } from "./svg/head.ts";
export { type ImageGridPicture, type ImagePicture, imageGridSvg, imageSvg } from "./svg/image.ts";
export { type SentencePicture, type SentenceSvgOptions, sentenceSvg } from "./svg/sentence.ts";
export {
  type ComparedHead,
  type ComparedPair,
  type CompareReport,
  compareText,
} from "./text/compare.ts";
export { type Derivation, derivationText, type Projection } from "./text/derivation.ts";
export { explainText, stepsText } from "./text/explain.ts";
export * from "./text/focus.ts";
export { gridText, type HeadGrid } from "./text/grid.ts";
export { type HeadPicture, headText } from "./text/head.ts";
export { type ImageHead, type ImageReport, imageText } from "./text/image.ts";
export { type ParameterPicture, parameterText } from "./text/parameter.ts";
export { type ParameterList, type ParameterRow, parametersText } from "./text/parameters.ts";
export {
  type NamedPrediction,
  type PredictionPicture,
  predictionsText,
} from "./text/predictions.ts";
export { type SiteRow, sitesText } from "./text/sites.ts";
export { type MatrixPicture, matrixText } from "./text/tensor.ts";
export type { Terminal } from "./text/terminal.ts";
export { type WordLook, type WordsReport, wordsText } from "./text/words.ts";
