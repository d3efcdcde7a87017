import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { readJson } from "../../checkpoint/json/json-file.ts";

/** What a checkpoint says of how its images or sounds are prepared, and where; undefined where it says nothing. */
export interface ProcessorFile {
  readonly contents: Readonly<Record<string, unknown>> | undefined;
  readonly place: string;
}

/**
 * A checkpoint's part of processor_config.json, as transformers 5 saves it, else its preprocessor_config.json: `parts` are the names it may
 * have there.
 */
export async function readProcessorFile(
  files: Pick<Checkpoint, "label" | "text">,
  parts: readonly string[],
): Promise<ProcessorFile> {
  const shared = "processor_config.json";
  const nested = (await readJson(files, shared)) as Record<string, unknown> | undefined;
  const part = parts.find((name) => Object.hasOwn(nested ?? {}, name));
  if (part !== undefined)
    return {
      contents: nested![part] as ProcessorFile["contents"],
      place: `${files.label}: ${shared}: ${part}`,
    };
  const own = "preprocessor_config.json";
  const contents = (await readJson(files, own)) as ProcessorFile["contents"];
  return { contents, place: `${files.label}: ${own}` };
}
