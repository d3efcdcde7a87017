import type { CarriedModel } from "../../dist/checkpoint/given/carried.js";

/** The model that comes with heed, all-MiniLM-L6-v2, for `load` in a bundle: `import embedded from "heed/model"; await load(embedded)`. */
declare const embedded: CarriedModel;
export default embedded;
