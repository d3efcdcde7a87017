import { load, readImage } from "heed";
import { serveExplorer, serveTraining } from "heed/explore";
import embedded from "heed/model";

// Asked for no model in particular, it is the one that comes with heed.
serveExplorer((source, options) => load(source ?? embedded, options), undefined, { readImage });
serveTraining(load);
