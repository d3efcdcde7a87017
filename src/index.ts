/**
 * heed in Node, Deno and Bun: the library, and `load` from hubs, folders and addresses.
 * @module heed
 */

export type { FileSource } from "./checkpoint/source.ts";
export { readImage } from "./images/read-image.node.ts";
export * from "./library.ts";
export type { LoadOptions, SourceOptions } from "./load.node.ts";
export { embeddedModel, load, openSource } from "./load.node.ts";
