import { inflateSync } from "fflate";
import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import type { FileSource } from "../source.ts";
import { checksum } from "./checksum.ts";

/** One file in a zip archive. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: number;
  /** How long it is where it lies. */
  readonly packedBytes: number;
  /** Whether it lies there as it is. */
  readonly isStored: boolean;
  /** Whether it lies there packed by DEFLATE. */
  readonly isDeflated: boolean;
  /** CRC-32 of what it holds. */
  readonly checksum: number;
  readonly headerStart: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const END_64_BYTES = 56;
/** The records at an archive's end, with the longest comment behind them. */
const LONGEST_END = LOCATOR_BYTES + END_BYTES + 65535;
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
  const entries = parseDirectory(await source.read(file, start, start + bytes), place);

  async function locate(entry: ZipEntry): Promise<number> {
    const where = `${place}: ${short(entry.name)}`;
    if (!entry.isStored)
      throw new CheckpointError(
        `${where} is compressed or encrypted; torch.save does neither. Unpack the file and save it again with PyTorch.`,
      );
    if (entry.headerStart + 30 > start) throw cut(where, "it lies beyond the archive's data");
    const header = await source.read(file, entry.headerStart, entry.headerStart + 30);
    return firstByteOf(entry, view(header), start, where);
  }

  return { entries, locate };
}

interface Directory {
  readonly start: number;
  readonly bytes: number;
}

async function findDirectory(source: FileSource, file: string, size: number): Promise<Directory> {
  const place = `${source.label}: ${file}`;
  const tailStart = Math.max(0, size - LONGEST_END);
  const found = endIn(view(await source.read(file, tailStart, size)), size, place);
  if ("bytes" in found) return found;
  const { start64: start } = found;
  return endIn64(view(await source.read(file, start, start + END_64_BYTES)), size, place);
}

/** Where the directory is, or where the record lies that says so in zip64, by the last bytes of an archive of `size` bytes. */
function endIn(
  tail: DataView,
  size: number,
  place: string,
): Directory | { readonly start64: number } {
  for (let at = tail.byteLength - END_BYTES; at >= 0; at--) {
    const commentBytes = tail.byteLength - END_BYTES - at;
    if (tail.getUint32(at, true) !== END || tail.getUint16(at + 20, true) !== commentBytes)
      continue;
    const locator = at - LOCATOR_BYTES;
    if (locator >= 0 && tail.getUint32(locator, true) === LOCATOR_64) {
      const start64 = long(tail, locator + 8);
      if (start64 + END_64_BYTES > size)
        throw cut(place, "its zip64 end record lies beyond the end");
      return { start64 };
    }
    const [start, bytes] = [tail.getUint32(at + 16, true), tail.getUint32(at + 12, true)];
    return directoryAt(start, bytes, size, place);
  }
  throw cut(place, "the zip has no end record");
}

function endIn64(end: DataView, size: number, place: string): Directory {
  if (end.getUint32(0, true) !== END_64) throw cut(place, "its zip64 end record is broken");
  return directoryAt(long(end, 48), long(end, 40), size, place);
}

function directoryAt(start: number, bytes: number, size: number, place: string): Directory {
  if (bytes > LARGEST_DIRECTORY)
    throw new CheckpointError(`${place}: the zip directory has ${bytes} bytes, too many`);
  if (start + bytes > size) throw cut(place, "its zip directory lies beyond the end");
  return { start, bytes };
}

/**
 * What the entries of an archive in memory hold, stored or deflated, their sums checked. Throws CheckpointError for a broken archive, and
 * for an entry that would be longer than DEFLATE can make it.
 */
export function unzipped(bytes: Uint8Array, place: string): Map<string, Uint8Array> {
  const found = endIn(view(bytes.subarray(-LONGEST_END)), bytes.length, place);
  const { start, bytes: length } =
    "bytes" in found ? found : endIn64(view(bytes.subarray(found.start64)), bytes.length, place);
  const entries = parseDirectory(bytes.subarray(start, start + length), place);
  return new Map(
    [...entries.values()].map((entry) => {
      const where = `${place}: ${short(entry.name)}`;
      const header = view(bytes.subarray(entry.headerStart, entry.headerStart + 30));
      const first = firstByteOf(entry, header, start, where);
      const packed = bytes.subarray(first, first + entry.packedBytes);
      const content = contentOf(entry, packed, where);
      if (checksum(content) !== entry.checksum)
        throw cut(where, "its checksum is wrong, so it is damaged");
      return [entry.name, content];
    }),
  );
}

/** DEFLATE makes at most so many bytes of one. */
const MOST_UNPACKED = 1032;

function contentOf(
  { isStored, isDeflated, bytes, packedBytes }: ZipEntry,
  packed: Uint8Array,
  where: string,
): Uint8Array {
  if (isStored) return packed;
  if (!isDeflated)
    throw new CheckpointError(
      `${where} is encrypted, or packed by another method than DEFLATE. Unpack the file and pack it again`,
    );
  if (bytes > MOST_UNPACKED * packedBytes)
    throw cut(where, `it says that ${packedBytes} bytes hold ${bytes}`);
  try {
    const content = inflateSync(packed, { out: new Uint8Array(bytes) });
    if (content.length === bytes) return content;
  } catch (error) {
    throw cut(where, `it cannot be unpacked (${(error as Error).message})`);
  }
  throw cut(where, `it holds fewer than ${bytes} bytes`);
}

/** Where an entry's bytes begin, by its own header; the archive's data end at `end`. */
function firstByteOf(entry: ZipEntry, header: DataView, end: number, where: string): number {
  if (entry.headerStart + 30 > end) throw cut(where, "it lies beyond the archive's data");
  if (header.getUint32(0, true) !== LOCAL) throw cut(where, "its header is not where it should be");
  const first = entry.headerStart + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (first + entry.packedBytes > end) throw cut(where, "it reaches beyond the archive's data");
  return first;
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
    const method = isEncrypted ? undefined : fields.getUint16(at + 10, true);
    entries.set(name, {
      name,
      bytes,
      packedBytes,
      isStored: method === 0 && packedBytes === bytes,
      isDeflated: method === 8,
      checksum: fields.getUint32(at + 16, true),
      headerStart,
    });
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
