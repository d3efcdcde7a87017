import { TokenError } from "../../errors/errors.ts";

/** How far a text may grow on its way to the ids: a definition that doubles it again and again is stopped. */
export class Growth {
  /** The component of the definition that is at work, for errors. */
  place = "the tokenizer";
  private readonly given: number;
  private left: number;

  /** For a text of `length` UTF-16 units: 64 times as much and 2¹⁸ more, for long texts 4 times as much and 2²⁶ more. */
  constructor(length: number) {
    this.given = length;
    this.left = Math.min(64 * length + 2 ** 18, 4 * length + 2 ** 26);
  }

  /** Throws TokenError where a step that adds this many units would go too far. */
  check(units: number): void {
    if (units <= this.left) return;
    throw new TokenError(
      `${this.place} makes a text of ${this.given} UTF-16 units grow by ${units} more, beyond the ${this.left} that are left to it. Does the definition repeat a replacement?`,
    );
  }

  /** Takes what a step added off what is left. */
  add(units: number): void {
    if (units <= 0) return;
    this.check(units);
    this.left -= units;
  }
}
