import { type BackendOptions, backendOptions } from "../backends/names.ts";
import { isCarriedModel, placedModel } from "../checkpoint/given/carried.ts";
import { sentFiles } from "../checkpoint/given/chosen.ts";
import type { KeysOf } from "../errors/options.ts";
import { type LoadFromOptions, loadFromOptions } from "../models/load.ts";

/** What can be said of loading in a worker: what its `load` takes. */
export interface WorkerLoadOptions extends LoadFromOptions, BackendOptions {
  readonly revision?: string;
  readonly token?: string;
  /** Called while a file comes in: bytes so far, and in all. */
  readonly onDownload?: (progress: { file: string; received: number; total: number }) => void;
}

/** Keys of WorkerLoadOptions. */
export const workerLoadOptions: KeysOf<WorkerLoadOptions> = {
  ...loadFromOptions,
  ...backendOptions,
  revision: true,
  token: true,
  onDownload: true,
};

/** A worker's script may lie elsewhere than the page: paths are those of the page, and what was dropped on it goes over file by file. */
export async function fromHere(source: unknown): Promise<unknown> {
  const here = (globalThis as { location?: Location }).location?.href;
  if (typeof source === "object" && source !== null)
    return isCarriedModel(source) ? placedModel(source) : ((await sentFiles(source)) ?? source);
  const isPath = typeof source === "string" && /^\.{0,2}\//.test(source);
  return isPath && here && /^https?:/.test(here) ? new URL(source, here).href : source;
}
