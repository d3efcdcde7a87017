/**
 * A model as a page asks it: what is seen, explained and changed, as plain data. `Explorer` answers over a model that `load` gives; in a worker
 * by `serveExplorer` and `exploreInWorker`, over HTTP by `answerRequest` and `exploreOver`. What was seen is a source of `heed/elements`.
 * A model that learns is asked alike: `serveTraining` in a worker, `trainInWorker` in the page.
 * @module heed/explore
 */

export { firstOf, gridIn, patchText, placeIn, tokensIn } from "../views/page/source/layer-grid.ts";
export { Explorer, type ExplorerOptions } from "./explorer.ts";
export type { ImageOptions } from "./images.ts";
export { pack, unpack } from "./pack.ts";
export * from "./planner.ts";
export * from "./questions.ts";
export { answerRequest, exploreOver } from "./remote.ts";
export {
  type ExploredPicture,
  type ExploredSourceOptions,
  exploredImageSource,
  exploredSource,
} from "./source.ts";
export { explorerOf, towersOf } from "./towers-explorer.ts";
export { trainInWorker } from "./training/ask-worker.ts";
export * from "./training/questions.ts";
export { serveTraining } from "./training/serve.ts";
export { version } from "./version.ts";
export { exploreInWorker, serveExplorer } from "./worker.ts";
