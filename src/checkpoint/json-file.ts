import type { Checkpoint } from "./checkpoint.ts";
import { parseJson } from "./strict-json.ts";

/** A JSON file beside the tensors, parsed; undefined when there is none. Throws CheckpointError when it is no JSON, or a trap (see parseJson). */
export async function readJson(
  files: Pick<Checkpoint, "label" | "text">,
  file: string,
): Promise<unknown> {
  const text = await files.text(file);
  return text === undefined ? undefined : parseJson(text, `${files.label}: ${file}`);
}
