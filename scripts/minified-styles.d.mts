import type { Plugin } from "esbuild";

export declare function minifiedStyles(filter: RegExp, target: string[]): Plugin;
