import { type KeptFile, sha256 } from "./kept-file.ts";

/** Parts on their way into the browser's storage, at most. */
const MOST_STORING = 16;

/** Hashes the parts of one file that came, and puts them where they are kept. */
export class Keeping {
  file: KeptFile | undefined;
  readonly #storing = new Set<Promise<void>>();
  /** Of a file without a version, by which a second answer is known to be of the same file. */
  readonly #hashes = new Map<number, Promise<string | undefined>>();

  /** Whether a part is kept. */
  has(part: number): boolean {
    return this.file?.has(part) ?? false;
  }

  /** The hash of a part that came before, where it was taken. */
  hashOf(part: number): Promise<string | undefined> | undefined {
    return this.#hashes.get(part);
  }

  /** A part is whole; its bytes may be let go of when this returns. */
  add(part: number, bytes: Uint8Array<ArrayBuffer>, hasVersion: boolean): void {
    const { file } = this;
    if (!file && hasVersion) return;
    const hashed = sha256(bytes);
    if (!hasVersion) this.#hashes.set(part, hashed);
    if (!file) return;
    const storing = hashed.then(async (hash) => {
      if (hash !== undefined) await file.put(part, bytes, hash);
    });
    const tracked: Promise<void> = storing.finally(() => this.#storing.delete(tracked));
    this.#storing.add(tracked);
  }

  /** Resolves when there is memory for more parts that wait for a slow disk. */
  async room(): Promise<void> {
    while (this.#storing.size > MOST_STORING) await Promise.race(this.#storing);
  }

  /** Resolves when all is kept that came. */
  async settled(): Promise<void> {
    await Promise.all(this.#storing);
  }
}
