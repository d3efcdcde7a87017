const [FIRST, SECOND] = [0x9e3779b1, 0x85ebca77];
const STRIPE_BYTES = 16;

/**
 * The four accumulators of xxHash32 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md, steps 1 and 2), the end filled up with zeros: whether bytes
 * are those that were kept, at the speed at which they are read. Against a forger it is no help; who may write in a browser's storage may write the sum too.
 */
export class Checksum {
  readonly #sums = Int32Array.of(FIRST + SECOND, SECOND, 0, -FIRST);
  readonly #held = new Uint8Array(STRIPE_BYTES);
  #length = 0;

  update(bytes: Uint8Array): void {
    let at = 0;
    const held = this.#length % STRIPE_BYTES;
    this.#length += bytes.length;
    if (held > 0) {
      at = Math.min(STRIPE_BYTES - held, bytes.length);
      this.#held.set(bytes.subarray(0, at), held);
      if (held + at < STRIPE_BYTES) return;
      this.#take(this.#held);
    }
    const end = at + Math.floor((bytes.length - at) / STRIPE_BYTES) * STRIPE_BYTES;
    this.#take(bytes.subarray(at, end));
    this.#held.set(bytes.subarray(end));
  }

  /** Hexadecimal digits, the number of bytes among them; nothing may be added afterwards. */
  digest(): string {
    const length = this.#length;
    const missing = (STRIPE_BYTES - (length % STRIPE_BYTES)) % STRIPE_BYTES;
    this.update(new Uint8Array(missing));
    const sums = Array.from(this.#sums, (sum) => (sum >>> 0).toString(16).padStart(8, "0"));
    return `${sums.join("")}-${length.toString(16)}`;
  }

  /** Whole stripes. */
  #take(bytes: Uint8Array): void {
    const { buffer, byteOffset, length } = byteOffsetIsWhole(bytes) ? bytes : bytes.slice();
    addStripes(this.#sums, new Int32Array(buffer, byteOffset, length / 4));
  }
}

/** Each of four accumulators takes every fourth word. */
function addStripes(sums: Int32Array, words: Int32Array): void {
  let a = sums[0]!;
  let b = sums[1]!;
  let c = sums[2]!;
  let d = sums[3]!;
  for (let i = 0; i < words.length; i += 4) {
    a = mixed(a, words[i]!);
    b = mixed(b, words[i + 1]!);
    c = mixed(c, words[i + 2]!);
    d = mixed(d, words[i + 3]!);
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}

function mixed(sum: number, word: number): number {
  const added = (sum + Math.imul(word, SECOND)) | 0;
  return Math.imul((added << 13) | (added >>> 19), FIRST);
}

function byteOffsetIsWhole({ byteOffset }: Uint8Array): boolean {
  return byteOffset % 4 === 0;
}
