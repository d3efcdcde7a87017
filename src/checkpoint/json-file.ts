import { CheckpointError } from "../errors/errors.ts";
import type { Checkpoint } from "./checkpoint.ts";

/** A JSON file beside the tensors, parsed; undefined when there is none. Throws CheckpointError when it is no JSON. */
export async function readJson(
  files: Pick<Checkpoint, "label" | "text">,
  file: string,
): Promise<unknown> {
  const text = await files.text(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(`${files.label}: ${file} is not JSON: ${(error as Error).message}`);
  }
}
