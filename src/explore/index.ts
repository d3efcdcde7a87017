/**
 * A model as a page asks it: what is seen, explained and changed, as plain data.
 * @module heed/explore
 */

export * from "./questions.ts";
