/** heed in Node, Deno and Bun: the library, and `load` from hubs, folders and addresses. */

export { readImage } from "./images/read-image.node.ts";
export * from "./library.ts";
export type { LoadOptions, SourceOptions } from "./load.node.ts";
export { embeddedModel, load, openSource } from "./load.node.ts";
