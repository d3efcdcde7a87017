import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { reference } from "../../backends/reference/reference.ts";
import { execute } from "../../tensor/execute.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { Program } from "../../tensor/program.ts";
import { torchActivation } from "./torch-activation.ts";

interface Golden {
  readonly rows: readonly (readonly number[])[];
  readonly values: Readonly<Record<string, readonly (readonly number[])[]>>;
}

const { rows, values } = JSON.parse(
  readFileSync(new URL("../../../test/golden/activations.json", import.meta.url), "utf8"),
) as Golden;

async function made(
  make: (x: LazyTensor, program: Program) => LazyTensor,
  shape = [rows.length, rows[0]!.length],
): Promise<Float32Array> {
  const program = new Program(reference());
  let numbers: Float32Array = new Float32Array();
  program.read(make(program.input(Float32Array.from(rows.flat()), shape, "x"), program), (read) => {
    numbers = read.data;
  });
  program.finish();
  await execute(program, {});
  return numbers;
}

describe("modules of torch.nn", () => {
  test.each(Object.keys(values))("%s gives PyTorch's numbers", async (name) => {
    const { apply } = torchActivation(`torch.nn.modules.activation.${name}`, "config.json");
    const got = await made((x) => apply(x));
    for (const [place, expected] of values[name]!.flat().entries())
      expect(Math.abs(got[place]! - expected), `${rows.flat()[place]}`).toBeLessThanOrEqual(
        1e-6 * Math.max(1, Math.abs(expected)),
      );
  });

  test.each([
    ["Softplus", [Infinity, 0]],
    ["Hardtanh", [1, -1]],
    ["LogSigmoid", [-0, -Infinity]],
  ])("%s of what is infinite is PyTorch's", async (name, expected) => {
    const { apply } = torchActivation(`torch.nn.${name}`, "config.json");
    const got = await made((_, program) =>
      apply(program.input(Float32Array.of(Infinity, -Infinity), [1, 2], "x")),
    );
    expect([...got]).toEqual(expected);
  });

  test("what a PReLU has learned is its slope", async () => {
    const { apply } = torchActivation("torch.nn.PReLU", "config.json");
    const got = await made((x, program) =>
      apply(x, program.input(Float32Array.of(0.5), [1], "slope")),
    );
    expect([...got.slice(0, 3)]).toEqual([-15, -3, -1.5]);
  });

  test("those that take another axis of more than a matrix, and other classes, are refused", async () => {
    const { apply } = torchActivation("torch.nn.Softmin", "1_Dense/config.json");
    await expect(made((x) => apply(x), [1, rows.length, rows[0]!.length])).rejects.toThrow(
      "1_Dense/config.json: Softmin without an axis",
    );
    expect(() => torchActivation("torch.nn.GLU", "1_Dense/config.json")).toThrow(
      '1_Dense/config.json names the activation "torch.nn.GLU"; of torch.nn heed has CELU, ELU',
    );
  });
});
