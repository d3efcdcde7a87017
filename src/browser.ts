/** heed in browsers: the library, and `load` from hubs, addresses and dropped files. */
export * from "./library.ts";
export type { LoadOptions } from "./load.browser.ts";
export { embeddedModel, load } from "./load.browser.ts";
export { readImage } from "./tokens/read-image.browser.ts";
