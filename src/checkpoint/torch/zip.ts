import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import type { FileSource } from "../source.ts";

/** One file in a zip archive. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: number;
  /** Whether it lies there as it is. */
  readonly isStored: boolean;
  readonly headerStart: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const LARGEST_DIRECTORY = 64 * 1024 * 1024;

/** A zip archive of which only the directory has been read. */
export interface Zip {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** Where an entry's bytes begin in the file; reads its 30-byte header. Throws CheckpointError when it is compressed. */
  locate(entry: ZipEntry): Promise<number>;
}

/** Reads a zip's directory (PKWARE's APPNOTE.TXT 4.3, zip64 included); throws CheckpointError for a broken or cut archive. */
export async function readZip(source: FileSource, file: string, size: number): Promise<Zip> {
  const place = `${source.label}: ${file}`;
  const { start, bytes } = await findDirectory(source, file, size);
  if (bytes > LARGEST_DIRECTORY)
    throw new CheckpointError(`${place}: the zip directory has ${bytes} bytes, too many`);
  if (start + bytes > size) throw cut(place, "its zip directory lies beyond the end");
  const entries = parseDirectory(await source.read(file, start, start + bytes), place);

  async function locate(entry: ZipEntry): Promise<number> {
    const where = `${place}: ${short(entry.name)}`;
    if (!entry.isStored)
      throw new CheckpointError(
        `${where} is compressed or encrypted; torch.save does neither. Unpack the file and save it again with PyTorch.`,
      );
    if (entry.headerStart + 30 > start) throw cut(where, "it lies beyond the archive's data");
    const header = view(await source.read(file, entry.headerStart, entry.headerStart + 30));
    if (header.getUint32(0, true) !== LOCAL)
      throw cut(where, "its header is not where it should be");
    const first = entry.headerStart + 30 + header.getUint16(26, true) + header.getUint16(28, true);
    if (first + entry.bytes > start) throw cut(where, "it reaches beyond the archive's data");
    return first;
  }

  return { entries, locate };
}

async function findDirectory(source: FileSource, file: string, size: number) {
  const place = `${source.label}: ${file}`;
  const tailStart = Math.max(0, size - END_BYTES - 65535 - LOCATOR_BYTES);
  const tail = view(await source.read(file, tailStart, size));
  for (let at = tail.byteLength - END_BYTES; at >= 0; at--) {
    const commentBytes = tail.byteLength - END_BYTES - at;
    if (tail.getUint32(at, true) !== END || tail.getUint16(at + 20, true) !== commentBytes)
      continue;
    const locator = at - LOCATOR_BYTES;
    if (locator >= 0 && tail.getUint32(locator, true) === LOCATOR_64) {
      const start = long(tail, locator + 8);
      if (!(start + 56 <= size)) throw cut(place, "its zip64 end record lies beyond the end");
      const end = view(await source.read(file, start, start + 56));
      if (end.getUint32(0, true) !== END_64) throw cut(place, "its zip64 end record is broken");
      return { start: long(end, 48), bytes: long(end, 40) };
    }
    return { start: tail.getUint32(at + 16, true), bytes: tail.getUint32(at + 12, true) };
  }
  throw cut(place, "the zip has no end record");
}

function parseDirectory(directory: Uint8Array, place: string): Map<string, ZipEntry> {
  const fields = view(directory);
  const entries = new Map<string, ZipEntry>();
  for (let at = 0; at < directory.length; ) {
    if (at + 46 > directory.length || fields.getUint32(at, true) !== CENTRAL)
      throw cut(place, "its zip directory is broken");
    const nameEnd = at + 46 + fields.getUint16(at + 28, true);
    const extraEnd = nameEnd + fields.getUint16(at + 30, true);
    const next = extraEnd + fields.getUint16(at + 32, true);
    if (next > directory.length) throw cut(place, "its zip directory is broken");
    const name = new TextDecoder().decode(directory.subarray(at + 46, nameEnd));
    if (entries.has(name))
      throw new CheckpointError(`${place}: the zip holds "${short(name)}" twice`);
    const sizes = [at + 24, at + 20, at + 42].map((field) => fields.getUint32(field, true));
    widen(sizes, fields, nameEnd, extraEnd, place);
    const [bytes, packedBytes, headerStart] = sizes as [number, number, number];
    const isEncrypted = (fields.getUint16(at + 8, true) & 1) === 1;
    const isStored = fields.getUint16(at + 10, true) === 0 && packedBytes === bytes && !isEncrypted;
    entries.set(name, { name, bytes, isStored, headerStart });
    at = next;
  }
  return entries;
}

/** Replaces each size that is all ones by the next 8 bytes of the zip64 extra field (APPNOTE.TXT 4.5.3). */
function widen(sizes: number[], fields: DataView, start: number, end: number, place: string): void {
  if (!sizes.includes(0xffffffff)) return;
  for (let at = start; at + 4 <= end; ) {
    const id = fields.getUint16(at, true);
    const next = at + 4 + fields.getUint16(at + 2, true);
    if (next > end) break;
    if (id === 1) {
      let field = at + 4;
      for (const [i, value] of sizes.entries()) {
        if (value !== 0xffffffff) continue;
        if (field + 8 > next) throw cut(place, "a zip64 size is missing");
        sizes[i] = long(fields, field);
        field += 8;
      }
      return;
    }
    at = next;
  }
  throw cut(place, "a zip64 size is missing");
}

/** 64 bits; beyond 2^53 the value is rounded, still far beyond any file. */
function long(fields: DataView, at: number): number {
  return fields.getUint32(at + 4, true) * 2 ** 32 + fields.getUint32(at, true);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function cut(place: string, what: string): CheckpointError {
  return new CheckpointError(`${place}: ${what}. Is the download complete?`);
}
