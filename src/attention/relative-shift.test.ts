import { expect, test } from "vitest";
import { reference } from "../backends/reference/reference.ts";
import { execute } from "../tensor/execute.ts";
import { Program } from "../tensor/program.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { relativeShift } from "./relative-shift.ts";

/** x[row, column c] = 100·row + the distance that column stands for. */
async function shifted(rows: number, T: number): Promise<Tensor> {
  const program = new Program(reference());
  const P = 2 * T - 1;
  const data = Float32Array.from({ length: rows * T * P }, (_, place) => {
    return 100 * Math.floor(place / P) + T - 1 - (place % P);
  });
  let result: Tensor | undefined;
  const value = relativeShift(program.input(data, [1, rows, T, P], "by distance"));
  program.read(value, (tensor) => {
    result = tensor;
  });
  program.finish();
  await execute(program);
  return result!;
}

test.each([1, 2, 5])("every query and key of %s tokens get their own distance", async (T) => {
  const result = await shifted(3, T);
  expect(result.shape).toEqual([1, 3, T, T]);
  for (let h = 0; h < 3; h++)
    for (let t = 0; t < T; t++)
      for (let s = 0; s < T; s++) expect(result.at(0, h, t, s)).toBe(100 * (h * T + t) + t - s);
});

test("other numbers of distances are refused", () => {
  const program = new Program(reference());
  const x = program.input(new Float32Array(8), [1, 1, 2, 4], "x");
  expect(() => relativeShift(x)).toThrow("needs 2T−1=3 distances for T=2");
});
