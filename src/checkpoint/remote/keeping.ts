import { type KeptFile, sha256 } from "./kept-file.ts";
import type { Pieces } from "./pieces.ts";

/** Bytes that wait to be kept, at most. */
const MOST_WAITING = 64 * 1024 * 1024;

/** So much is kept while more comes: a slow network leaves time for all, and a load that is over sooner need not share the processor with the storage. */
const BYTES_PER_MS = 16 * 1024;

interface Waiting {
  readonly part: number;
  readonly pieces: Pieces;
}

/** Puts the parts of one file that came where they are kept, one after the other. */
export class Keeping {
  file: KeptFile | undefined;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The one that is being kept, and those before it. */
  #storing: Promise<void> = Promise.resolve();
  /** Of a file without a version, by which a second answer is known to be of the same file. */
  readonly #hashes = new Map<number, Promise<string | undefined>>();

  /** Whether a part is kept. */
  has(part: number): boolean {
    return this.file?.has(part) ?? false;
  }

  /** Whether any of the parts from `first` on, before `last`, is kept. */
  hasAny(first: number, last: number): boolean {
    for (let part = first; part < last; part++) if (this.has(part)) return true;
    return false;
  }

  /** The hash of a part that came before, where it was taken. */
  hashOf(part: number): Promise<string | undefined> | undefined {
    return this.#hashes.get(part);
  }

  /** A part is whole, and its bytes will not change. */
  add(part: number, pieces: Pieces, hasVersion: boolean): void {
    if (!hasVersion) this.#hashes.set(part, sha256(pieces.joined()));
    if (!this.file) return;
    this.#waiting.push({ part, pieces });
    this.#bytes += pieces.length;
    this.#later();
  }

  /** Resolves when there is memory for more parts that wait for a slow disk. */
  async room(): Promise<void> {
    while (this.#bytes > MOST_WAITING) await this.#store();
  }

  /** Resolves when all is kept that came. */
  async settled(): Promise<void> {
    while (this.#waiting.length > 0) await this.#store();
    await this.#storing;
  }

  #later(): void {
    const [next] = this.#waiting;
    if (!next || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#store().then(() => this.#later());
    }, next.pieces.length / BYTES_PER_MS);
  }

  /** Keeps the part that waits longest, when those before it are kept. */
  #store(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const next = this.#waiting.shift();
    if (next)
      this.#storing = this.#storing.then(async () => {
        await this.file?.put(next.part, next.pieces);
        this.#bytes -= next.pieces.length;
      });
    return this.#storing;
  }
}
