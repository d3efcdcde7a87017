/**
 * heed in Node, Deno and Bun: the library, and `load` from hubs, folders and addresses.
 * @module heed
 */

export { readAudio } from "./audio/read-audio.node.ts";
export { keptModels } from "./checkpoint/remote/kept.ts";
export { readImage } from "./images/read-image.node.ts";
export * from "./library.ts";
export { forgetModel, load, openSource } from "./load.node.ts";
