import type { BuildOptions, Plugin } from "esbuild";

export declare function importedLater(
  entries: readonly string[],
  options: BuildOptions & { readonly plugins: Plugin[] },
): Promise<ReadonlySet<string>>;

export declare function laterOutside(isOutside: (file: string) => boolean): Plugin;
