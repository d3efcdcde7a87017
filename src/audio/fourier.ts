/** The discrete Fourier transform of real windows of one length, by its prime factors (Cooley & Tukey 1965). */
export class Fourier {
  readonly #size: number;
  readonly #factors: readonly number[];
  /** cos and sin of 2π · n / size. */
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;

  constructor(size: number) {
    this.#size = size;
    this.#factors = primeFactors(size);
    this.#cosines = Float64Array.from({ length: size }, (_, n) =>
      Math.cos((2 * Math.PI * n) / size),
    );
    this.#sines = Float64Array.from({ length: size }, (_, n) => Math.sin((2 * Math.PI * n) / size));
  }

  /** |X_k|² for k = 0 … size / 2 of `window` (size), written to `power`. */
  power(window: Float64Array, power: Float64Array): void {
    const real = new Float64Array(this.#size);
    const imaginary = new Float64Array(this.#size);
    this.#transform(window, 0, 1, this.#size, 0, real, imaginary, 0);
    for (let k = 0; k < power.length; k++) power[k] = real[k]! ** 2 + imaginary[k]! ** 2;
  }

  /** Transforms `length` numbers, every `step`-th from `from` on, to `real` and `imaginary` from `to` on. */
  #transform(
    x: Float64Array,
    from: number,
    step: number,
    length: number,
    level: number,
    real: Float64Array,
    imaginary: Float64Array,
    to: number,
  ): void {
    if (length === 1) {
      real[to] = x[from]!;
      imaginary[to] = 0;
      return;
    }
    const factor = this.#factors[level]!;
    const part = length / factor;
    for (let p = 0; p < factor; p++)
      this.#transform(
        x,
        from + p * step,
        step * factor,
        part,
        level + 1,
        real,
        imaginary,
        to + p * part,
      );
    const partReal = new Float64Array(factor);
    const partImaginary = new Float64Array(factor);
    for (let k = 0; k < part; k++) {
      for (let p = 0; p < factor; p++) {
        partReal[p] = real[to + p * part + k]!;
        partImaginary[p] = imaginary[to + p * part + k]!;
      }
      for (let q = 0; q < factor; q++) {
        let sumReal = 0;
        let sumImaginary = 0;
        for (let p = 0; p < factor; p++) {
          // e^(−2πi · p(k + q·part) / length), from the table of the whole size.
          const turn = (p * (k + q * part) * step) % this.#size;
          const cosine = this.#cosines[turn]!;
          const sine = this.#sines[turn]!;
          sumReal += partReal[p]! * cosine + partImaginary[p]! * sine;
          sumImaginary += partImaginary[p]! * cosine - partReal[p]! * sine;
        }
        real[to + q * part + k] = sumReal;
        imaginary[to + q * part + k] = sumImaginary;
      }
    }
  }
}

function primeFactors(size: number): number[] {
  const factors: number[] = [];
  let rest = size;
  for (let factor = 2; rest > 1; factor++)
    while (rest % factor === 0) {
      factors.push(factor);
      rest /= factor;
    }
  return factors;
}
