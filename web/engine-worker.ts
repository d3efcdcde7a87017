import { load, readImage } from "heed";
import { serveExplorer, servePlanner, serveTraining } from "heed/explore";
import embedded from "heed/model";
import stories from "heed/stories";
import { memorySource } from "heed/training";
import type { GivenModel } from "./app/context.ts";
import type { ModelChoice } from "./state/state.ts";

/** The models that come with heed by their choice, files that were made in the page, or what `load` takes. */
function sourceOf(source: (Pick<GivenModel, "made"> & Partial<ModelChoice>) | undefined): unknown {
  if (source?.made) return memorySource(source.made.files, source.made.name);
  if (source?.kind === "stories") return stories;
  return source === undefined || source.kind === "embedded" ? embedded : source;
}

serveExplorer((source, options) => load(sourceOf(source) as never, options), undefined, {
  readImage,
});
serveTraining(load);
servePlanner();
