import { InputError } from "../errors/errors.ts";

/** How the learning rate runs: up in a straight line, then down along half a cosine (Loshchilov & Hutter 2017). */
export interface Schedule {
  /** The highest learning rate. */
  readonly rate: number;
  /** Steps on the way up to it. */
  readonly warmup: number;
  /** Steps in all; the rate is lowest at the end. */
  readonly steps: number;
  /** The lowest rate, as a share of the highest. */
  readonly lowest: number;
}

/** The learning rate of a step, counted from 1. Behind the last step it stays at its lowest. */
export function rateAt({ rate, warmup, steps, lowest }: Schedule, step: number): number {
  if (step <= warmup) return (rate * step) / warmup;
  const way = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  return rate * (lowest + ((1 - lowest) * (1 + Math.cos(Math.PI * way))) / 2);
}

/** Throws InputError for a schedule that is none. */
export function expectSchedule({ rate, warmup, steps, lowest }: Schedule): void {
  const isWhole = (value: number) => Number.isInteger(value) && value >= 0;
  if (!(rate > 0 && Number.isFinite(rate)))
    throw new InputError(`train: rate is ${rate}, needs a number above 0, such as 0.001`);
  if (!isWhole(steps) || steps < 1)
    throw new InputError(`train: steps is ${steps}, needs a whole number of at least 1`);
  if (!isWhole(warmup) || warmup > steps)
    throw new InputError(`train: warmup is ${warmup}, needs a whole number from 0 to ${steps}`);
  if (!(lowest >= 0 && lowest <= 1))
    throw new InputError(`train: lowest is ${lowest}, needs a share from 0 to 1`);
}
