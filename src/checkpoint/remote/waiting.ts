/** Somebody who waits for bytes of a part. */
interface Want {
  readonly part: number;
  /** Bytes of the part that are needed, from its start. */
  readonly filled: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Who waits for parts of one file, and for its size. */
export class Waiting {
  #wants: Want[] = [];
  #sizes: Pick<Want, "resolve" | "reject">[] = [];

  /** Parts that are waited for, the longest first. */
  get parts(): readonly number[] {
    return this.#wants.map(({ part }) => part);
  }

  get isForSize(): boolean {
    return this.#sizes.length > 0;
  }

  get isForAny(): boolean {
    return this.isForSize || this.#wants.length > 0;
  }

  forPart(part: number, filled: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wants.push({ part, filled, resolve, reject });
    });
  }

  forSize(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sizes.push({ resolve, reject });
    });
  }

  /** The size is known. */
  tellSize(): void {
    for (const { resolve } of this.#sizes.splice(0)) resolve();
  }

  /** Bytes came: whoever waited for what is there now goes on. */
  settle(isThere: (part: number, filled: number) => boolean): void {
    const all = this.#wants;
    this.#wants = all.filter(({ part, filled }) => !isThere(part, filled));
    for (const want of all) if (!this.#wants.includes(want)) want.resolve();
  }

  fail(error: unknown): void {
    const all = [...this.#wants, ...this.#sizes];
    this.#wants = [];
    this.#sizes = [];
    for (const { reject } of all) reject(error);
  }
}
