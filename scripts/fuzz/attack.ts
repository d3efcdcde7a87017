import { HeedError } from "../../src/errors/errors.ts";
import { randomOf } from "./random.ts";
import type { Target } from "./target.ts";

/** The longest message a refusal may have. */
const LONGEST_MESSAGE = 2_000;

/** What came of one mutant: read, refused, or what is wrong. */
export interface Attempted {
  readonly outcome: "read" | "refused" | "wrong";
  /** What went wrong. */
  readonly message?: string;
}

/** Has heed read the mutant that a target and a number always make. */
export async function attack(target: Target, number: number): Promise<Attempted> {
  try {
    await target.attempt(randomOf(number));
    return { outcome: "read" };
  } catch (error) {
    if (!(error instanceof HeedError)) {
      const { stack, message } = error as Error;
      return { outcome: "wrong", message: stack ?? message };
    }
    const { message } = error;
    if (message.length > LONGEST_MESSAGE)
      return {
        outcome: "wrong",
        message: `a message of ${message.length} characters: ${message.slice(0, 200)}`,
      };
    return { outcome: "refused" };
  }
}
