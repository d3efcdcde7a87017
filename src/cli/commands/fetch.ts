import { join } from "node:path";
import { hubPlace } from "../../checkpoint/hub/hub-place.ts";
import { InputError } from "../../errors/errors.ts";
import { downloadProgress, type ModelOptions, namedModel } from "../loading.ts";
import { warn } from "../terminal/warnings.ts";

interface FetchOptions extends ModelOptions {
  readonly verify?: boolean;
}

/** `heed fetch owner/name`: a checkpoint into the cache that Python's huggingface_hub uses too. */
export async function fetchCheckpoint(
  given: string,
  { revision, verify }: FetchOptions,
): Promise<void> {
  const id = await namedModel(given, "fetch");
  const place = hubPlace(id, process.env.HF_ENDPOINT);
  if (!place && /^([./~]|https?:)/.test(id))
    throw new InputError(`fetch: "${id}" is no hub id. One looks like openai-community/gpt2`);
  const { fetchFromHub } = await import("../../checkpoint/hub/hub.node.ts");
  const progress = downloadProgress();
  const file = place?.file;
  const folder = await fetchFromHub(place?.id ?? id, {
    ...(file === undefined ? {} : { files: [file] }),
    revision: revision ?? place?.revision,
    check: verify ? "hashes" : "sizes",
    onProgress: progress.show,
    onWarning: warn,
  }).finally(progress.end);
  process.stdout.write(`${file === undefined ? folder : join(folder, file)}\n`);
}
