/** Bytes that came one piece after the other, kept as they came: to put them together would be a copy, into fresh memory. */
export class Pieces {
  readonly #pieces: Uint8Array[] = [];
  /** Where each piece begins. */
  readonly #starts: number[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  [Symbol.iterator](): Iterator<Uint8Array> {
    return this.#pieces.values();
  }

  /** Takes the bytes themselves: they may not change any more. */
  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#starts.push(this.#length);
    this.#pieces.push(bytes);
    this.#length += bytes.length;
  }

  /** Copies bytes [start, end) to the beginning of `into`. */
  copy(start: number, end: number, into: Uint8Array): void {
    for (const { at, bytes } of this.#between(start, end)) into.set(bytes, at - start);
  }

  /** Whether these are the bytes from `start` on, as far as both reach. */
  matches(start: number, others: Uint8Array): boolean {
    const end = Math.min(this.#length, start + others.length);
    for (const { at, bytes } of this.#between(start, end))
      for (let i = 0; i < bytes.length; i++) if (bytes[i] !== others[at - start + i]) return false;
    return true;
  }

  /** All of them in one stretch of memory. */
  joined(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    this.copy(0, this.#length, bytes);
    return bytes;
  }

  *#between(start: number, end: number): Generator<{ at: number; bytes: Uint8Array }> {
    for (let place = this.#pieceOf(start), at = start; at < end; place++) {
      const from = at - this.#starts[place]!;
      const bytes = this.#pieces[place]!.subarray(from, from + end - at);
      yield { at, bytes };
      at += bytes.length;
    }
  }

  /** The number of the piece that has a byte. */
  #pieceOf(at: number): number {
    let [first, last] = [0, this.#starts.length - 1];
    while (first < last) {
      const middle = (first + last + 1) >> 1;
      if (this.#starts[middle]! <= at) first = middle;
      else last = middle - 1;
    }
    return first;
  }
}
