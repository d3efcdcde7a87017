import { WORD } from "../language/layout.ts";
import type { KernelSource } from "./source.ts";
import { eachTaskStretch } from "./tasks.ts";

const fields = [
  "tasks",
  /** so many numbers each: what is learned, the two means of its gradient, and the gradient */
  "master",
  "first",
  "second",
  "gradient",
  /** the learning rate, the two corrections and the clip factor */
  "factors",
  "size",
  "taskSize",
  "beta1",
  "rest1",
  "beta2",
  "rest2",
  "epsilon",
  "weightDecay",
] as const;

/** One step of AdamW, in place; `rest1` is 1 − β₁, `rest2` 1 − β₂. */
export const adamStep: KernelSource<(typeof fields)[number]> = {
  name: "adamStep",
  fields,
  floats: ["beta1", "rest1", "beta2", "rest2", "epsilon", "weightDecay"],
  write(k) {
    eachTaskStretch(k, (start, count) => {
      const [master, first, second, gradient] = (
        ["master", "first", "second", "gradient"] as const
      ).map((field) => k.pointer(k.at(k.argument(field), 0, start, WORD)));
      const factors = k.argument("factors");
      const factor = (number: number) => k.loadSplat(k.at(factors, number * WORD));
      const rate = factor(0);
      const keep = k.minus(k.constant(1), k.times(rate, k.floatArgument("weightDecay")));
      const corrected = k.times(rate, factor(1));
      k.eachVector(count, (place, tail) => {
        // Numbers that are the same for all are loaded where they are used: registers are few.
        const at = (row: typeof master) => k.at(row!, 0, place, WORD);
        const g = k.times(k.load(at(gradient), tail), factor(3));
        const mean = k.times(k.load(at(first), tail), k.floatArgument("beta1"));
        k.addProduct(mean, g, k.floatArgument("rest1"));
        k.store(mean, at(first), tail);
        const square = k.times(k.load(at(second), tail), k.floatArgument("beta2"));
        k.addProduct(square, k.times(g, g), k.floatArgument("rest2"));
        k.store(square, at(second), tail);
        const root = k.squareRoot(k.times(square, factor(2)));
        const step = k.over(k.times(mean, corrected), k.plus(root, k.floatArgument("epsilon")));
        const kept = k.times(k.load(at(master), tail), keep);
        k.store(k.minus(kept, step), at(master), tail);
      });
    });
  },
};
