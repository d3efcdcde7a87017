import type { CarriedModel } from "../../dist/checkpoint/given/carried.js";

/** The model that comes with heed, heed-stories, for `load` in a bundle: `import embedded from "heed/stories"; await load(embedded)`. */
declare const embedded: CarriedModel;
export default embedded;
