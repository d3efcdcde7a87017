/** Memory that is used again and again: fresh arrays of this size would wait for the collector, many at a time. */
export class Spare {
  readonly #free: Float32Array[] = [];

  /** So many floats, contents undefined, for as long as `use` takes. */
  async lend<Result>(
    length: number,
    use: (memory: Float32Array) => Promise<Result>,
  ): Promise<Result> {
    const place = this.#free.findIndex((memory) => memory.length >= length);
    const memory = place < 0 ? new Float32Array(length) : this.#free.splice(place, 1)[0]!;
    try {
      return await use(memory.subarray(0, length));
    } finally {
      this.#free.push(memory);
    }
  }

  /** Lets go of what is not lent. */
  clear(): void {
    this.#free.length = 0;
  }
}
