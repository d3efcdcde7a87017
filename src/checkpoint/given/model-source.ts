import type { KeysOf } from "../../errors/options.ts";
import type { CacheMode } from "../kept-source.ts";
import type { FileSource } from "../source.ts";
import type { CarriedModel } from "./carried.ts";
import type { ChosenFiles } from "./chosen.ts";

/**
 * Where a model comes from: a hub id (`owner/name`), a folder's path or address, files that were dropped or chosen, the
 * default export of `heed/model`, or an opened source.
 */
export type ModelSource = string | URL | CarriedModel | ChosenFiles | FileSource;

/** How files are found and fetched, and who is told. */
export interface SourceOptions {
  /** A branch, a tag, a commit, or refs/pr/7; hub ids only. */
  readonly revision?: string;
  /** For gated and private repositories; hub ids only. In Node, without it, the one that Python's login keeps. */
  readonly token?: string;
  /**
   * In browsers, models from addresses and hubs are kept in the browser's storage: true (the default) takes them from there without asking the network;
   * "check" asks first whether they changed, and uses them where nobody answers; false neither keeps nor takes. In Node hubs share Python's cache.
   */
  readonly cache?: CacheMode;
  readonly signal?: AbortSignal;
  /** Told how many bytes of a file have come. */
  readonly onDownload?: (progress: { file: string; received: number; total: number }) => void;
  /** Told what is not quite right, in a sentence. */
  readonly onWarning?: (message: string) => void;
}

/** Keys of SourceOptions. */
export const sourceOptions: KeysOf<SourceOptions> = {
  revision: true,
  token: true,
  cache: true,
  signal: true,
  onDownload: true,
  onWarning: true,
};
