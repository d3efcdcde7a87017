import { expect, test } from "vitest";
import { reference } from "../backends/reference/reference.ts";
import { execute } from "../tensor/execute.ts";
import { scale } from "../tensor/operations.ts";
import { Program } from "../tensor/program.ts";
import { SharedParts } from "./shared-parts.ts";

test("a bias that two layers add is read and kept once, a mask that was given is copied", async () => {
  const shared = new SharedParts();
  const program = new Program(reference());
  const mask = Int32Array.of(1, 1, 0, 1, 0, 0);
  const keys = program.input(mask, [2, 3], "mask");
  const given = program.input(Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2], "bias");
  const bias = scale(given, 2);
  const layers = [0, 1].map(() => ({
    bias: shared.pairs(bias, program),
    keys: shared.pairs(keys, program),
  }));
  program.finish();
  expect(program.entries.filter(({ kind }) => kind === "read").length).toBe(1);
  await execute(program);
  const [first, second] = layers as [(typeof layers)[0], (typeof layers)[0]];
  expect(first.bias()).toBe(second.bias());
  expect(first.bias().at(0, 0, 1, 0)).toBe(6);
  mask.fill(1);
  expect(first.keys()).toBe(second.keys());
  expect([0, 1, 2].map((s) => first.keys().at(1, 0, 0, s))).toEqual([1, 0, 0]);
  expect(first.keys().bytes).toBe(6);
});
