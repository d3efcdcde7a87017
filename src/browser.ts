/**
 * heed in browsers: the library, and `load` from hubs, addresses and dropped files.
 * @module heed (in browsers)
 */

export type { BrowserFiles } from "./checkpoint/files.ts";
export type { CacheMode } from "./checkpoint/kept-source.ts";
export type { KeptEntry } from "./checkpoint/remote/kept.ts";
export { keptModels } from "./checkpoint/remote/kept.ts";
export { readImage } from "./images/read-image.browser.ts";
export * from "./library.ts";
export type { LoadOptions } from "./load.browser.ts";
export { embeddedModel, forgetModel, load } from "./load.browser.ts";
