import embedded from "heed/model";
import { serveExplorer } from "./explore/worker.ts";
import { readImage } from "./images/read-image.browser.ts";
import { load } from "./load.browser.ts";

// Asked for no model in particular, it is the one that comes with heed.
serveExplorer((source, options) => load(source ?? embedded, options), undefined, { readImage });
