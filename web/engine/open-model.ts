import { load } from "heed";
import { Explorer, type Exploring } from "heed/explore";
import embedded from "heed/model";
import type { Progress } from "../app/loading.ts";
import type { ModelChoice } from "../state/state.ts";
export interface OpenOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly files?: readonly File[];
  readonly token?: string;
}
export async function openModel(
  _choice: ModelChoice,
  { onProgress }: OpenOptions,
): Promise<Exploring> {
  return new Explorer(
    await load(
      embedded as never,
      { onDownload: ({ received, total }: Progress) => onProgress({ received, total }) } as never,
    ),
  );
}
