/**
 * heed in browsers: the library, and `load` from hubs, addresses and dropped files.
 * @module heed (in browsers)
 */

export type { BrowserFiles } from "./checkpoint/files.ts";
export { readImage } from "./images/read-image.browser.ts";
export * from "./library.ts";
export type { LoadOptions } from "./load.browser.ts";
export { embeddedModel, load } from "./load.browser.ts";
