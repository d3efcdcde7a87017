import { type KeptFile, sha256 } from "./kept-file.ts";

/** Bytes that wait to be kept, at most. */
const MOST_WAITING = 64 * 1024 * 1024;

/** So long a part waits: a load that is over sooner need not share the processor with the storage. */
const DELAY_MS = 500;

/** Hashes the parts of one file that came, and puts them where they are kept. */
export class Keeping {
  file: KeptFile | undefined;
  readonly #storing = new Set<Promise<void>>();
  /** What starts the storing of parts that wait. */
  readonly #waiting = new Set<() => void>();
  #bytes = 0;
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

  /** A part is whole, and its bytes will not change. */
  add(part: number, bytes: Uint8Array<ArrayBuffer>, hasVersion: boolean): void {
    if (!hasVersion) this.#hashes.set(part, sha256(bytes));
    if (!this.file) return;
    this.#bytes += bytes.length;
    const tracked: Promise<void> = this.#later()
      .then(() => this.#store(part, bytes))
      .finally(() => {
        this.#bytes -= bytes.length;
        this.#storing.delete(tracked);
      });
    this.#storing.add(tracked);
  }

  /** Resolves when there is memory for more parts that wait for a slow disk. */
  async room(): Promise<void> {
    while (this.#bytes > MOST_WAITING) {
      this.#start();
      await Promise.race(this.#storing);
    }
  }

  /** Resolves when all is kept that came. */
  async settled(): Promise<void> {
    this.#start();
    await Promise.all(this.#storing);
  }

  async #store(part: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const hash = await (this.#hashes.get(part) ?? sha256(bytes));
    if (hash !== undefined) await this.file?.put(part, bytes, hash);
  }

  #later(): Promise<void> {
    return new Promise((resolve) => {
      const start = () => {
        clearTimeout(timer);
        this.#waiting.delete(start);
        resolve();
      };
      const timer = setTimeout(start, DELAY_MS);
      this.#waiting.add(start);
    });
  }

  #start(): void {
    for (const start of [...this.#waiting]) start();
  }
}
