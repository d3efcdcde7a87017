import embedded from "heed/model";
import { serveExplorer } from "./explore/worker.ts";
import { readImage } from "./images/read-image.browser.ts";
import { load } from "./load.browser.ts";

// Asked for no model in particular, it is the one that comes with heed.
// Of a model of two towers it shows that of pictures.
serveExplorer(
  (source, options) =>
    load(source ?? embedded, { reads: "images", ...(options as object | undefined) }),
  undefined,
  { readImage },
);
