import type { RemoteFileOptions } from "./file-facts.ts";
import { Sha256 } from "./sha256.ts";
import { ChangedError } from "./transfer-error.ts";

/** Holds a file that comes in pieces, in order, against the SHA-256 that a hub names it by; what comes in another order is not held. */
export class WholeHash {
  readonly #hash = new Sha256();
  readonly #expected: string;
  readonly #place: string;

  constructor(expected: string, place: string) {
    this.#expected = expected;
    this.#place = place;
  }

  /** Takes bytes that begin at a place of the file. Throws ChangedError where it is whole with them, of `size` bytes, and is another one. */
  add(at: number, pieces: Iterable<Uint8Array>, size: number | undefined): void {
    let place = at;
    for (const bytes of pieces) {
      this.#take(place, bytes, size);
      place += bytes.length;
    }
  }

  #take(at: number, bytes: Uint8Array, size: number | undefined): void {
    const next = this.#hash.length - at;
    if (next < 0 || next >= bytes.length) return;
    this.#hash.update(bytes.subarray(next));
    if (this.#hash.length !== size) return;
    const made = this.#hash.digest();
    if (made !== this.#expected)
      throw new ChangedError(otherHash(this.#place, made, this.#expected));
  }
}

/** What holds a file against its hash, where that can be taken piece by piece: a hub names smaller files by git's own. */
export function wholeHash({
  hash,
  facts,
  place,
}: Pick<RemoteFileOptions, "hash" | "facts" | "place">): WholeHash | undefined {
  // What an earlier visit kept was held against it then, and each part has a checksum of its own.
  const wasKept = facts?.partBytes !== undefined;
  return hash?.length === 64 && !wasKept ? new WholeHash(hash, place) : undefined;
}

/** What is said of a file that is not the one that was named. */
export function otherHash(place: string, made: string, expected: string): string {
  return `${place} arrived with the hash ${made}, expected ${expected}. Try again; if it stays so, a proxy or a mirror changes files.`;
}
