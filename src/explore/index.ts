/**
 * A model as a page asks it: what is seen, explained and changed, as plain data.
 * @module heed/explore
 */

export { Explorer, type ExplorerOptions } from "./explorer.ts";
export * from "./questions.ts";
export { type ExploredSourceOptions, exploredSource } from "./source.ts";
