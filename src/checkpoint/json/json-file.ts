import type { Checkpoint } from "../checkpoint.ts";
import { parseJson, parseJsonTables } from "./strict-json.ts";

/** A JSON file beside the tensors, parsed; undefined when there is none. Throws CheckpointError when it is no JSON, or a trap (see parseJson). */
export async function readJson(
  files: Pick<Checkpoint, "label" | "text">,
  file: string,
  parse: typeof parseJson = parseJson,
): Promise<unknown> {
  const text = await files.text(file);
  return text === undefined ? undefined : parse(text, `${files.label}: ${file}`);
}

/** The same of a file that holds a vocabulary: objects of very many numbers are Maps (see parseJsonTables). */
export function readJsonTables(
  files: Pick<Checkpoint, "label" | "text">,
  file: string,
): Promise<unknown> {
  return readJson(files, file, parseJsonTables);
}
