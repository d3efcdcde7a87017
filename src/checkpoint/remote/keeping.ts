import type { Keeper } from "./keeper.ts";
import { type KeptFile, sha256 } from "./kept-file.ts";
import type { Pieces } from "./pieces.ts";

/** What is kept of one file, and what came of it. */
export class Keeping {
  file: KeptFile | undefined;
  readonly #keeper: Keeper;
  /** Of a file without a version, by which a second answer is known to be of the same file. */
  readonly #hashes = new Map<number, Promise<string | undefined>>();

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
  }

  /** Whether a part is kept. */
  has(part: number): boolean {
    return this.file?.has(part) ?? false;
  }

  /** The first part from `first` on, before `last`, that is kept; `last` where none is. */
  nextOf(first: number, last: number): number {
    let part = first;
    while (part < last && !this.has(part)) part++;
    return part;
  }

  /** The hash of a part that came before, where it was taken. */
  hashOf(part: number): Promise<string | undefined> | undefined {
    return this.#hashes.get(part);
  }

  /** A part is whole, and its bytes will not change. */
  add(part: number, pieces: Pieces, hasVersion: boolean): void {
    if (!hasVersion) this.#hashes.set(part, sha256(pieces.joined()));
    if (this.file) this.#keeper.add(this.file, part, pieces);
  }

  /** Resolves when there is memory for more parts that wait for a slow disk. */
  room(): Promise<void> {
    return this.#keeper.room();
  }

  /** Resolves when all is kept that came. */
  settled(): Promise<void> {
    return this.#keeper.settled();
  }
}
