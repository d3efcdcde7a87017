/**
 * heed in browsers: the library, and `load` from hubs, addresses and dropped files.
 * @module heed (in browsers)
 */

export { readAudio } from "./audio/read-audio.browser.ts";
export { keptModels } from "./checkpoint/remote/kept.ts";
export { readImage } from "./images/read-image.browser.ts";
export * from "./library.ts";
export { forgetModel, load, openSource } from "./load.browser.ts";
