import { InputError } from "../errors/errors.ts";
import type { KeysOf } from "../errors/options.ts";

/** What can carry out a model's arithmetic: "auto" takes the fastest that works here, the others are one of its kinds, or the plain definition. */
export const backendNames = [
  "auto",
  "native",
  "avx512",
  "avx2",
  "wasm",
  "relaxed",
  "plain",
  "reference",
] as const;
export type BackendName = (typeof backendNames)[number];

/** How learned matrices can be kept. */
export const dtypeNames = ["stored", "f32", "half"] as const;
export type Dtype = (typeof dtypeNames)[number];

/** More threads than this are a slip of the keyboard, and would take the computer down. */
const MOST_THREADS = 256;

/** How a model's weights are kept and what computes with them. */
export interface BackendOptions {
  /** What computes; HEED_BACKEND overrides. */
  readonly backend?: BackendName;
  /**
   * How learned matrices are kept. "stored" (the default) is as the file has them: float16 and bfloat16 stay 16-bit, others are
   * f32. "f32" widens all; "half" takes half the memory, 16-bit files as they are, f32 files rounded to float16 after a range
   * check. Sums are f32 always.
   */
  readonly dtype?: Dtype;
  /** Threads that compute, 1 to 256: as many as there are cores if not given, in browsers at most 8; HEED_THREADS overrides. */
  readonly threads?: number;
  /** Runs that are carried out at once, from 1: 4 if not given. Others wait in the order they came, without memory for it. */
  readonly concurrency?: number;
}

/** Keys of BackendOptions. */
export const backendOptions: KeysOf<BackendOptions> = {
  backend: true,
  dtype: true,
  threads: true,
  concurrency: true,
};

/** What a backend is chosen by, and who is told when it is not the one that was to be expected. */
export interface ChooseOptions extends BackendOptions {
  readonly onWarning?: (message: string) => void;
}

/** A backend's name. Throws InputError that lists the names for any other. */
export function checkedName(name: string): BackendName {
  const found = backendNames.find((known) => known === name);
  if (!found)
    throw new InputError(`backend "${name}" is not known; known are ${backendNames.join(", ")}`);
  return found;
}

/** Throws InputError for a way to keep weights that there is not. */
export function checkedDtype(dtype: string): Dtype {
  const found = dtypeNames.find((known) => known === dtype);
  if (!found)
    throw new InputError(`dtype "${dtype}" is not known; known are ${dtypeNames.join(", ")}`);
  return found;
}

/** Threads as options or the environment (digits) give them. Throws InputError for what is no number of threads. */
export function checkedThreads(given: unknown, place = "threads"): number {
  const threads = typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given;
  if (!Number.isInteger(threads) || (threads as number) < 1 || (threads as number) > MOST_THREADS)
    throw new InputError(
      `${place} must be a whole number from 1 to ${MOST_THREADS}, got ${typeof given === "number" ? given : JSON.stringify(given)}`,
    );
  return threads as number;
}

/** How many runs at once. Throws InputError for what is no such number. */
export function checkedConcurrency(given: unknown): number {
  if (!Number.isInteger(given) || (given as number) < 1)
    throw new InputError(
      `concurrency must be a whole number from 1, got ${typeof given === "number" ? given : JSON.stringify(given)}`,
    );
  return given as number;
}

/** Threads where nobody says how many. */
export function usualThreads(cores: number, most = MOST_THREADS): number {
  return Math.max(1, Math.min(cores, most));
}
