/** Numbers on their way from what they were to what they are: drawn by frames, at once where a reader wants no motion. */
export class Tween {
  readonly #draw: () => void;
  readonly #milliseconds: number;
  #from: Float32Array | undefined;
  #to: Float32Array | undefined;
  #start = 0;
  #frame: number | undefined;

  constructor(draw: () => void, milliseconds = 220) {
    this.#draw = draw;
    this.#milliseconds = milliseconds;
  }

  /** The numbers to draw now, on the way to `to`; of another length they are there at once. */
  toward(to: Float32Array): Float32Array {
    if (to !== this.#to) {
      const now = this.#now();
      this.#from = now?.length === to.length && !isStill() ? now : undefined;
      this.#to = to;
      this.#start = performance.now();
      if (this.#from) this.#next();
    }
    return this.#now()!;
  }

  #now(): Float32Array | undefined {
    const [from, to] = [this.#from, this.#to];
    if (!from || !to) return to;
    const share = Math.min(1, (performance.now() - this.#start) / this.#milliseconds);
    if (share === 1) return to;
    const eased = 1 - (1 - share) ** 3;
    return to.map((value, index) => {
      const before = from[index]!;
      return Number.isNaN(value) || Number.isNaN(before)
        ? value
        : before + (value - before) * eased;
    });
  }

  #next(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#draw();
      if (performance.now() - this.#start < this.#milliseconds) this.#next();
    });
  }
}

function isStill(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
