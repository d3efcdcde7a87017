export interface WebOptions {
  /** The recorded runs that the page draws before its model has loaded: files by their names. */
  readonly recorded?: Readonly<Record<string, Uint8Array>>;
  /** For a static host: the model's files that a service worker keeps. */
  readonly site?: { readonly modelVersion: string; readonly modelFiles: readonly string[] };
}

export declare function buildWeb(
  outdir: string,
  options?: WebOptions,
): Promise<ReadonlyMap<string, number>>;

export declare function versionOf(contents: readonly (string | Uint8Array)[]): string;

export declare function recordedRuns(): Readonly<Record<string, Uint8Array>>;

/** Files of the models that come with heed, and where each lies beside a page. */
export declare function filesBeside(): readonly {
  readonly file: string;
  readonly beside: string;
}[];
