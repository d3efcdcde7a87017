import { expect, test } from "vitest";
import { singular } from "../analysis/linear/singular.ts";
import { reference } from "../backends/reference/reference.ts";
import { execute } from "../tensor/execute.ts";
import { Program } from "../tensor/program.ts";
import { orthogonal } from "./muon.ts";

test.each([
  [6, 6],
  [9, 4],
  [4, 9],
])("orthogonal: every singular value of a (%i, %i) matrix comes near 1", async (m, n) => {
  const program = new Program(reference());
  const data = Float32Array.from({ length: m * n }, (_, k) => Math.sin(1 + k * k) + 0.1 * k);
  let got: Float32Array | undefined;
  program.read(orthogonal(program.input(data, [m, n], "matrix")), (tensor) => {
    got = tensor.data as Float32Array;
  });
  program.finish();
  await execute(program);
  const values = singular(Float64Array.from(got!), m, n).values;
  expect(Math.min(...values.slice(0, Math.min(m, n)))).toBeGreaterThan(0.5);
  expect(Math.max(...values)).toBeLessThan(1.3);
});
