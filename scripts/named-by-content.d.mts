import type { Metafile } from "esbuild";

/** Scripts by name, and what esbuild says of each. */
export interface Bundle {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly outputs: Metafile["outputs"];
}

export declare function namedByContent(
  bundle: Bundle,
  entries: readonly string[],
  names: Map<string, string>,
): Bundle;
