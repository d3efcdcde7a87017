/**
 * Traces in, numbers out.
 * @module heed/analysis
 */

export * from "./output/predictions.ts";
export * from "./pictures/patch-focus.ts";
export * from "./words/compare.ts";
export * from "./words/focus.ts";
export * from "./words/word-weights.ts";
