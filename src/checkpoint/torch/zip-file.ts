import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import { readZip, type Zip, type ZipEntry } from "../archive/zip.ts";
import type { FileSource } from "../source.ts";
import type { PlacedTensor } from "../stored-checkpoint.ts";
import { torchRules } from "./globals.ts";
import { readPickle } from "./pickle.ts";
import { placeTensors, type StoragePlace, stateDict } from "./state-dict.ts";

/** A local header with its name, and what aligns the bytes behind it to 64. */
const LOCAL_BYTES = 512;
const LARGEST_PICKLE = 64 * 1024 * 1024;

/**
 * torch.save since 1.6: a zip with NAME/data.pkl, NAME/data/KEY for each storage, and since 2.1 NAME/byteorder. The zip's
 * CRC-32 sums are not checked: tensors are read in parts, and torch.save may leave the sums out (set_crc32_options), so a
 * flipped bit inside a tensor goes unseen here.
 */
export async function zipTable(
  source: FileSource,
  file: string,
  size: number,
): Promise<Map<string, PlacedTensor>> {
  const place = `${source.label}: ${file}`;
  const zip = await readZip(source, file, size);
  const pickleName = [...zip.entries.keys()].find((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (pickleName === undefined)
    throw new CheckpointError(`${place}: a zip without data.pkl is not a file of torch.save`);
  const root = pickleName.slice(0, -"data.pkl".length);

  async function content(entry: ZipEntry, most: number): Promise<Uint8Array> {
    if (entry.bytes > most)
      throw new CheckpointError(
        `${place}: ${short(entry.name)} has ${entry.bytes} bytes, ${most} are allowed`,
      );
    const start = await zip.locate(entry);
    return source.read(file, start, start + entry.bytes);
  }

  const order = zip.entries.get(`${root}byteorder`);
  const byteOrder = order && String.fromCharCode(...(await content(order, 16)));
  if (byteOrder !== undefined && byteOrder !== "little" && byteOrder !== "big")
    throw new CheckpointError(`${place}: byteorder is "${short(byteOrder)}", not little or big`);
  const pickle = await content(zip.entries.get(pickleName)!, LARGEST_PICKLE);
  const read = readPickle(pickle, 0, torchRules(place), place);
  if (read === undefined) throw new CheckpointError(`${place}: ${pickleName} is cut short`);
  const isBigEndian = byteOrder === "big";
  return placeTensors(stateDict(read.value, place), storages(zip, `${root}data/`), {
    file,
    place,
    isBigEndian,
  });
}

function storages(zip: Zip, folder: string): Map<string, StoragePlace> {
  const places = new Map<string, StoragePlace>();
  for (const entry of zip.entries.values()) {
    if (!entry.name.startsWith(folder)) continue;
    let start: number | undefined;
    const locate = async () => {
      start ??= await zip.locate(entry);
      return start;
    };
    places.set(entry.name.slice(folder.length), {
      bytes: entry.bytes,
      around: [entry.headerStart, entry.headerStart + LOCAL_BYTES + entry.bytes],
      locate,
    });
  }
  return places;
}
