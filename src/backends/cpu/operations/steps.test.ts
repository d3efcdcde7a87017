import { describe, expect, test } from "vitest";
import {
  attentionGradient,
  layerNormGradient,
  timesMatrix,
} from "../../../tensor/gradients/operations.ts";
import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import {
  add,
  fusedAttention,
  layerNorm,
  linear,
  mergeHeads,
  splitHeads,
} from "../../../tensor/operations.ts";
import { Program } from "../../../tensor/program.ts";
import { meta } from "../../meta/meta.ts";
import { stepsOf } from "./steps.ts";

/** What a body records, as "operation", "operation+residual" or "operation>output". */
function stepsIn(body: (program: Program) => void, isUsedOnce = (_: LazyTensor) => true): string[] {
  const program = new Program({ ...meta(), attends: () => true });
  body(program);
  const operations = program.entries.flatMap((entry): Operation[] =>
    entry.kind === "operation" ? [entry.operation] : [],
  );
  return stepsOf(operations, isUsedOnce).map(
    ({ operation, residual, output, merged }) =>
      `${operation.name}${residual ? `+${residual.label}` : ""}${output ? `>${output.label}` : ""}${merged ? `>${merged.length}` : ""}`,
  );
}

function inputs(program: Program) {
  const numbers = (label: string, ...shape: number[]) =>
    program.input(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape, label);
  return {
    x: numbers("x", 1, 3, 4),
    weight: numbers("weight", 4, 4),
    gain: numbers("gain", 4),
    numbers,
  };
}

describe("steps", () => {
  test("a product and the residual it is added to are one step, whichever comes first", () => {
    for (const isFirst of [true, false])
      expect(
        stepsIn((program) => {
          const { x, weight, gain } = inputs(program);
          const product = linear(x, { weight });
          layerNorm(isFirst ? add(x, product) : add(product, x), { gain, bias: gain }, 1e-5);
        }),
      ).toEqual(["linear+x>add", "layerNorm"]);
  });

  test("so are a product with the matrix the other way round, and the gradient of a norm", () => {
    expect(
      stepsIn((program) => {
        const { x, weight, gain } = inputs(program);
        const whole = add(x, timesMatrix(x, weight));
        add(layerNormGradient(x, gain, whole, 1e-5).x, whole);
      }),
    ).toEqual(["timesMatrix+x>add", "layerNormGradient+add>add"]);
    expect(
      stepsIn((program) => {
        const { x, gain } = inputs(program);
        add(layerNormGradient(x, gain, x, 1e-5).gains, x);
      }),
    ).toEqual(["layerNormGradient", "add"]);
  });

  test("a product that others need too, or whose residual is made after it, stays as it is", () => {
    const residual = (program: Program) => {
      const { x, weight } = inputs(program);
      add(x, linear(x, { weight }));
    };
    expect(stepsIn(residual, () => false)).toEqual(["linear", "add"]);
    expect(
      stepsIn((program) => {
        const { x, weight } = inputs(program);
        const product = linear(x, { weight });
        add(product, add(x, x));
      }),
    ).toEqual(["linear", "add", "add"]);
    expect(
      stepsIn((program) => {
        const { x, weight, numbers } = inputs(program);
        add(numbers("row", 4), linear(x, { weight }));
      }),
    ).toEqual(["linear", "add"]);
    expect(
      stepsIn((program) => {
        const { x, weight, numbers } = inputs(program);
        add(numbers("split", 1, 2, 3, 2), linear(x, { weight }, { heads: 2 }));
      }),
    ).toEqual(["linear", "add"]);
  });

  test("of two products that are added, one is the residual of the other", () => {
    expect(
      stepsIn((program) => {
        const { x, weight } = inputs(program);
        add(linear(x, { weight }), linear(x, { weight }));
      }),
    ).toEqual(["linear", "linear+linear>add"]);
  });

  test("attention writes its heads side by side", () => {
    const body = (program: Program) => {
      const heads = inputs(program).numbers("heads", 1, 2, 3, 4);
      const wants = { scores: false, weights: true, rowSums: false };
      mergeHeads(fusedAttention(heads, heads, heads, { scale: 1, wants })!.mixed);
    };
    expect(stepsIn(body)).toEqual(["attention>mergeHeads"]);
    expect(stepsIn(body, () => false)).toEqual(["attention", "mergeHeads"]);
  });

  test("so does its gradient, where all three are merged, and a product writes head by head", () => {
    const gradient = (program: Program, merged: readonly ("q" | "k" | "v")[]) => {
      const heads = inputs(program).numbers("heads", 1, 2, 3, 4);
      const rule = { scale: 1, causalOffset: 0, bias: false, keys: false, allowed: false } as const;
      const own = attentionGradient([heads, heads, heads], heads, rule);
      for (const name of merged) mergeHeads(own[name]);
    };
    expect(stepsIn((program) => gradient(program, ["q", "k", "v"]))).toEqual([
      "attentionGradient>3",
    ]);
    expect(stepsIn((program) => gradient(program, ["q", "v"]))).toEqual([
      "attentionGradient",
      "mergeHeads",
      "mergeHeads",
    ]);
    const split = (program: Program) => {
      const { x, weight } = inputs(program);
      splitHeads(timesMatrix(x, weight), 2);
    };
    expect(stepsIn(split)).toEqual(["timesMatrix>splitHeads"]);
    expect(stepsIn(split, () => false)).toEqual(["timesMatrix", "splitHeads"]);
  });
});
