import type { Run } from "../models/run.ts";
import { transformerLensName, transformerLensNote } from "../probe/transformer-lens.ts";
import { warn } from "./terminal/warnings.ts";

/** Files that hold what a run read as numbers, for other tools. */
export const runFormats = ["parquet", "npz", "safetensors"] as const;
export type RunFormat = (typeof runFormats)[number];

export function isRunFormat(format: string): format is RunFormat {
  return (runFormats as readonly string[]).includes(format);
}

/** Whose names sites have in a file: heed's, or "tl", TransformerLens's. */
export interface NamesOptions {
  readonly names?: "heed" | "tl";
}

/** A run as such a file; of what TransformerLens has not, or has at another moment, it is said. */
export async function runFile(
  run: Run,
  format: RunFormat,
  { names }: NamesOptions,
): Promise<Uint8Array> {
  const { traceNpz, traceParquet, traceSafetensors } = await import("../export/index.ts");
  if (format === "parquet") return traceParquet(run);
  if (names === "tl") sayNames(run.trace.sites);
  return (format === "npz" ? traceNpz : traceSafetensors)(run, { names });
}

function sayNames(sites: readonly string[]): void {
  const others = sites.filter((site) => transformerLensName(site) === undefined);
  if (others.length > 0)
    warn(
      `--names tl: TransformerLens has no such tensor as ${others[0]}${others.length > 1 ? ` and ${others.length - 1} more` : ""}, which keep heed's names`,
    );
  for (const note of new Set(sites.map(transformerLensNote))) if (note) warn(`--names tl: ${note}`);
}
