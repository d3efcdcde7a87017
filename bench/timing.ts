/** One side of a comparison: runs once and says how long it took, in milliseconds. */
export type Variant = () => Promise<number>;

export interface Times {
  readonly min: number;
  readonly median: number;
}

/** Lets threads of the other side stop spinning before this side begins: onnxruntime-node's go on for some 30 ms. */
const PAUSE_MS = 80;
/** What takes less runs again and again before anything counts, so that neither side is measured while its JavaScript is being compiled. */
const WARM_MS = 500;

/**
 * Runs the variants in turn, `rounds` times each, once they are warm. In every turn a variant runs
 * twice and the second time counts: after a pause clocks are low and threads asleep, which is not what is compared.
 */
export async function interleave<N extends string>(
  variants: Readonly<Record<N, Variant>>,
  rounds: number,
): Promise<Record<N, Times>> {
  const names = Object.keys(variants) as N[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    N,
    number[]
  >;
  for (const name of names)
    for (const until = performance.now() + WARM_MS; ; ) {
      await variants[name]();
      if (performance.now() >= until) break;
    }
  for (let round = 0; round < rounds; round++)
    for (const name of names) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      await variants[name]();
      times[name].push(await variants[name]());
    }
  return Object.fromEntries(
    names.map((name) => {
      const sorted = times[name].sort((a, b) => a - b);
      return [name, { min: sorted[0]!, median: sorted[sorted.length >> 1]! }];
    }),
  ) as Record<N, Times>;
}

/** Milliseconds something takes. */
export async function timed(body: () => unknown): Promise<number> {
  const start = performance.now();
  await body();
  return performance.now() - start;
}

/** Seeded numbers between −1 and 1, so that every side gets the same. */
export function randomNumbers(count: number, seed: number, scale = 1): Float32Array {
  const numbers = new Float32Array(count);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < count; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    numbers[index] = scale * ((state >>> 0) / 2 ** 31 - 1);
  }
  return numbers;
}

/** The largest difference of two arrays; throws when it is not small. */
export function expectClose(
  place: string,
  a: Float32Array,
  b: Float32Array,
  tolerance: number,
): number {
  if (a.length !== b.length) throw new Error(`${place}: ${a.length} values against ${b.length}`);
  let worst = 0;
  for (let index = 0; index < a.length; index++)
    worst = Math.max(worst, Math.abs(a[index]! - b[index]!));
  if (!(worst <= tolerance)) throw new Error(`${place}: the sides differ by ${worst}`);
  return worst;
}
