import { expect, test } from "vitest";
import { reference } from "../../backends/reference/reference.ts";
import { execute } from "../../tensor/execute.ts";
import { Program } from "../../tensor/program.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { alibi, alibiSlopes } from "./alibi.ts";

test("slopes are powers of 2^(-8/n); what is over takes every other of twice as many", () => {
  expect(alibiSlopes(8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => 2 ** -n));
  expect(alibiSlopes(2)).toEqual([2 ** -4, 2 ** -8]);
  expect(alibiSlopes(3)).toEqual([2 ** -4, 2 ** -8, 2 ** -2]);
  expect(alibiSlopes(1)).toEqual([2 ** -8]);
});

test("places count real tokens alone, those of earlier passes too; padding has none", async () => {
  const program = new Program(reference());
  const inputs = { batch: 2, length: 1, mask: Int32Array.of(0, 1, 1, 1, 1, 1) };
  const cache = { length: 2 } as never;
  const bias = alibi({ ...inputs, cache }, 1, program, (slope, place) => slope * 0 + place);
  let found: Tensor | undefined;
  program.read(bias, (tensor) => {
    found = tensor;
  });
  program.finish();
  await execute(program);
  expect(found!.shape).toEqual([2, 1, 1, 3]);
  expect([...found!.data]).toEqual([0, 0, 1, 0, 1, 2]);
});
