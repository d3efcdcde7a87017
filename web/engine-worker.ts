import { load, readImage } from "heed";
import { serveExplorer, serveTraining } from "heed/explore";
import embedded from "heed/model";
import { memorySource } from "heed/training";
import type { GivenModel } from "./app/context.ts";

// Asked for no model in particular, it is the one that comes with heed.
const sourceOf = (source: Pick<GivenModel, "made"> | undefined) =>
  source?.made ? memorySource(source.made.files, source.made.name) : (source ?? embedded);

serveExplorer((source, options) => load(sourceOf(source) as never, options), undefined, {
  readImage,
});
serveTraining(load);
