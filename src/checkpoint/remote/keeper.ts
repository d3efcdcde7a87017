import type { KeptFile } from "./kept-file.ts";
import type { Pieces } from "./pieces.ts";

/** Bytes that wait to be kept, at most, of all files of a source together. */
const MOST_WAITING = 64 * 1024 * 1024;

/** So much is kept while more comes: a slow network leaves time for all, and a load that is over sooner need not share the processor with the storage. */
const BYTES_PER_MS = 16 * 1024;
/** A file of whatever size waits so long: to open the storage takes a load's time too, and most loads are over before. */
const LEAST_WAIT_MS = 250;

interface Waiting {
  readonly file: KeptFile;
  readonly part: number;
  readonly pieces: Pieces;
}

/** Puts the parts of one source's files that came where they are kept, one after the other. */
export class Keeper {
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The one that is being kept, and those before it. */
  #storing: Promise<void> = Promise.resolve();

  /** Bytes that wait, or are being kept. */
  get bytes(): number {
    return this.#bytes;
  }

  add(file: KeptFile, part: number, pieces: Pieces): void {
    this.#waiting.push({ file, part, pieces });
    this.#bytes += pieces.length;
    this.#later();
  }

  /** Resolves when there is memory for more parts that wait for a slow disk. */
  async room(): Promise<void> {
    while (this.#bytes > MOST_WAITING) await this.#store();
  }

  /** Resolves when all is kept that came. */
  async settled(): Promise<void> {
    // Whoever waits for a load that closes its files has it first.
    await new Promise((resolve) => setTimeout(resolve));
    while (this.#waiting.length > 0) await this.#store();
    await this.#storing;
  }

  #later(): void {
    const [next] = this.#waiting;
    if (!next || this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#store().then(() => this.#later());
      },
      Math.max(LEAST_WAIT_MS, next.pieces.length / BYTES_PER_MS),
    );
  }

  /** Keeps the part that waits longest, when those before it are kept. */
  #store(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const next = this.#waiting.shift();
    if (next)
      this.#storing = this.#storing.then(async () => {
        await next.file.put(next.part, next.pieces);
        this.#bytes -= next.pieces.length;
      });
    return this.#storing;
  }
}
