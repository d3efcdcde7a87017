import { CheckpointError } from "../../errors/errors.ts";
import { otherContent } from "../safetensors.ts";
import type { FileSource } from "../source.ts";
import type { PlacedTensor } from "../stored-checkpoint.ts";
import { legacyTable } from "./legacy-file.ts";
import { zipTable } from "./zip-file.ts";

/**
 * The tensors of a file that torch.save wrote, in the zip format or the one before PyTorch 1.6. Only the pickle is read, and
 * nothing in it is executed; tensors stay in the file. Throws CheckpointError for all but a plain state dict.
 */
export async function torchTable(
  source: FileSource,
  file: string,
): Promise<Map<string, PlacedTensor>> {
  const place = `${source.label}: ${file}`;
  const size = await source.size(file);
  if (size === undefined) throw new CheckpointError(`${source.label}: there is no ${file}`);
  const first = await source.read(file, 0, Math.min(8, size));
  if (first[0] === 0x50 && first[1] === 0x4b) return zipTable(source, file, size);
  if (first[0] === 0x80) return legacyTable(source, file, size);
  const reason = otherContent(first) ?? "it begins neither as a zip nor as a pickle";
  throw new CheckpointError(`${place} is not a file of torch.save: ${reason}`);
}
