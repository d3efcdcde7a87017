import type { Run } from "../models/run.ts";

/** Files that hold what a run read as numbers, for other tools. */
export const runFormats = ["parquet", "npz", "safetensors"] as const;
export type RunFormat = (typeof runFormats)[number];

export function isRunFormat(format: string): format is RunFormat {
  return (runFormats as readonly string[]).includes(format);
}

/** A run as such a file. */
export async function runFile(run: Run, format: RunFormat): Promise<Uint8Array> {
  const { traceNpz, traceParquet, traceSafetensors } = await import("../export/index.ts");
  return { parquet: traceParquet, npz: traceNpz, safetensors: traceSafetensors }[format](run);
}
