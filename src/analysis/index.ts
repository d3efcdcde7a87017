/**
 * Traces in, numbers out.
 * @module heed/analysis
 */

export * from "./compare.ts";
export * from "./focus.ts";
export * from "./patch-focus.ts";
export * from "./predictions.ts";
export * from "./word-weights.ts";
