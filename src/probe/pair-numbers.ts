type Four = readonly [number, number, number, number];
export type Numbers = Float32Array | Int32Array | Uint8Array;

/**
 * A bias or a mask of pairs (B or 1, H or 1, T, S), which stretches over texts and heads. One that tells only how far apart
 * query and key are (T5's bias) is kept as one number a distance.
 */
export class PairNumbers {
  readonly #shape: Four;
  readonly #numbers: Numbers; // (B or 1, H or 1, T, S), or (B or 1, H or 1, T + S − 1)
  readonly #isByDistance: boolean;

  /** `isByDistance`: the numbers are one a distance already. */
  constructor(shape: readonly number[], numbers: Numbers, isByDistance = false) {
    this.#shape = shape as Four;
    const distances = isByDistance ? numbers : byDistance(this.#shape, numbers);
    this.#isByDistance = distances !== undefined;
    this.#numbers = distances ?? numbers;
  }

  /** What it is made from again. */
  get parts(): ConstructorParameters<typeof PairNumbers> {
    return [this.#shape, this.#numbers, this.#isByDistance];
  }

  get bytes(): number {
    return this.#numbers.byteLength;
  }

  at(text: number, head: number, query: number, key: number): number {
    const [B, H, T, S] = this.#shape;
    const matrix = (B === 1 ? 0 : text) * H + (H === 1 ? 0 : head);
    const place = this.#isByDistance
      ? matrix * (T + S - 1) + key - query + T - 1
      : (matrix * T + query) * S + key;
    return this.#numbers[place]!;
  }
}

/** One number for each distance, or undefined where two pairs equally far apart differ. */
function byDistance([B, H, T, S]: Four, numbers: Numbers): Numbers | undefined {
  const width = T + S - 1;
  const distances = numbers.slice(0, B * H * width);
  if (distances.length < B * H * width || T < 2) return undefined;
  for (let matrix = 0; matrix < B * H; matrix++)
    for (let t = T - 1; t >= 0; t--) {
      const row = (matrix * T + t) * S;
      const first = matrix * width + T - 1 - t;
      // The last row gives the first S distances, each row before it one more.
      if (t === T - 1) distances.set(numbers.subarray(row, row + S), first);
      else distances[first + S - 1] = numbers[row + S - 1]!;
      for (let s = 0; s < S - 1; s++)
        if (!Object.is(distances[first + s], numbers[row + s])) return undefined;
    }
  return distances;
}
