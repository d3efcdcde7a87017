import { describe, expect, test } from "vitest";
import { attack } from "../../scripts/fuzz/attack.ts";
import { mutateBytes, mutateJson } from "../../scripts/fuzz/mutate.ts";
import { randomOf } from "../../scripts/fuzz/random.ts";
import { AttackError } from "../../scripts/fuzz/target.ts";
import { targets } from "../../scripts/fuzz/targets.ts";
import { InputError } from "../../src/errors/errors.ts";

/** Mutants of each kind; `npm run fuzz` makes a million. */
const COUNT = 150;
/** Numbers that a campaign of a million does not reach. */
const FIRST = 10_000_000;

describe.each(Object.keys(targets))("mutants of %s", (name) => {
  test("are read or refused, with nothing else thrown", async () => {
    const target = targets[name]!.make();
    const outcomes = { read: 0, refused: 0 };
    for (let number = FIRST; number < FIRST + COUNT; number++) {
      const { outcome, message } = await attack(target, number);
      if (outcome === "wrong") throw new Error(`${name} ${number}: ${message}`);
      outcomes[outcome] += 1;
    }
    // Mutants that are all refused, or all read, try nothing.
    expect(outcomes.read).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(COUNT / 20);
  });
});

test.each([
  ["an error of another kind", new TypeError("x is undefined"), "TypeError: x is undefined"],
  ["what a target found", new AttackError("other bytes"), "AttackError: other bytes"],
  [
    "an endless message",
    Object.assign(new InputError("a"), { message: "a".repeat(3000) }),
    "a message of 3000 characters",
  ],
])("%s is seen as wrong", async (_, error, message) => {
  const attempted = await attack({ name: "none", attempt: () => Promise.reject(error) }, 0);
  expect(attempted.outcome).toBe("wrong");
  expect(attempted.message).toContain(message);
});

test("a number always makes the same mutant", () => {
  const make = (number: number) => [
    mutateBytes(
      Uint8Array.from({ length: 99 }, (_, n) => n),
      randomOf(number),
    ),
    mutateJson({ a: [1, "b", { c: null }] }, randomOf(number)),
  ];
  expect(make(7)).toEqual(make(7));
  expect(make(7)).not.toEqual(make(8));
});
