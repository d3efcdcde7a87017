/**
 * Runs as files that other tools open.
 * @module heed/export
 */

export { type AttentionChoice, type AttentionFile, readAttention } from "./attention-file.ts";
export type { NamedOptions } from "./named.ts";
export { traceNpz } from "./npz.ts";
export { traceParquet } from "./parquet.ts";
export { traceSafetensors } from "./safetensors.ts";
