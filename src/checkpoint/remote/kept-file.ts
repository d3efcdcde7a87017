import type { Pieces } from "./pieces.ts";

/** What is kept of one version of one file, in parts. */
export interface KeptFile {
  /** Whether a part is there, as far as is known without reading it. */
  has(part: number): boolean;
  /** A part, of so many bytes, its checksum compared; undefined (and removed) when it is not what was kept. */
  get(part: number, length: number): Promise<Pieces | undefined>;
  /** Keeps a part. Never rejects. */
  put(part: number, pieces: Pieces): Promise<void>;
}

/** SHA-256 in hexadecimal digits; undefined where the platform has none to give (pages of plain http). */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  return digest("SHA-256", bytes);
}

/** The hash by which a hub names a file: SHA-256 of 64 digits, or git's SHA-1 of a blob of 40. */
export async function hubHash(
  bytes: Uint8Array<ArrayBuffer>,
  digits: number,
): Promise<string | undefined> {
  if (digits === 64) return sha256(bytes);
  const prefix = new TextEncoder().encode(`blob ${bytes.length}\0`);
  const blob = new Uint8Array(prefix.length + bytes.length);
  blob.set(prefix);
  blob.set(bytes, prefix.length);
  return digest("SHA-1", blob);
}

async function digest(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  const made = await globalThis.crypto?.subtle?.digest(name, bytes);
  if (made === undefined) return undefined;
  return [...new Uint8Array(made)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
