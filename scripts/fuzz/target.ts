import type { Random } from "./random.ts";

/** A kind of file, attacked. */
export interface Target {
  readonly name: string;
  /**
   * Makes a mutant and has heed read it. Throws heed's own errors for what is refused,
   * and AttackError for what was read wrongly.
   */
  attempt(random: Random): Promise<void>;
}

/** heed took what is no such file, or took other numbers from it than are there. */
export class AttackError extends Error {
  override readonly name = "AttackError";
}
