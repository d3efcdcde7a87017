import { describe, expect, test } from "vitest";
import { reference } from "../../backends/reference/reference.ts";
import { execute } from "../../tensor/execute.ts";
import { Program } from "../../tensor/program.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { RawConfig } from "../config.ts";
import { rotaryAngles } from "./rotary-angles.ts";

const model = { family: "llama", headWidth: 8, positions: 16 };

/** Cosines and sines of some positions: (T, 4) each. */
async function turn(raw: RawConfig, positions: number[], headWidth = 8): Promise<number[][][]> {
  const program = new Program(reference());
  const angles = rotaryAngles(raw, { ...model, headWidth });
  const { cos, sin } = angles(
    { batch: 1, length: positions.length, positions: Int32Array.from(positions) },
    program,
  );
  const results: Tensor[] = [];
  for (const value of [cos, sin]) program.read(value, (tensor) => results.push(tensor));
  program.finish();
  await execute(program);
  return results.map((tensor) => tensor.select(0).toNested() as number[][]);
}

test("angles are position × θ^(−2m/D)", async () => {
  const [cos, sin] = await turn({ rope_theta: 100 }, [0, 1, 5]);
  for (const [row, position] of [0, 1, 5].entries())
    for (let pair = 0; pair < 4; pair++) {
      const angle = position * 100 ** (-pair / 4);
      expect(cos![row]![pair]).toBeCloseTo(Math.cos(angle), 6);
      expect(sin![row]![pair]).toBeCloseTo(Math.sin(angle), 6);
    }
});

describe("spellings", () => {
  const scaled = { factor: 2, rope_theta: 500 };
  const newer = { rope_parameters: { rope_type: "linear", ...scaled } };
  test.each([
    ["older", { rope_theta: 500, rope_scaling: { type: "linear", factor: 2 } }],
    [
      "rope_type in rope_scaling",
      { rope_theta: 500, rope_scaling: { rope_type: "linear", factor: 2 } },
    ],
    ["rope_type before type", { rope_scaling: { rope_type: "linear", type: "yarn", ...scaled } }],
    [
      "θ inside before θ outside",
      { rope_theta: 7, rope_parameters: { rope_type: "linear", ...scaled } },
    ],
    ["both, and rope_scaling counts", { ...newer, rope_scaling: { type: "linear", ...scaled } }],
    ["an empty rope_scaling does not count", { ...newer, rope_scaling: {} }],
  ])("%s", async (_, raw) => {
    expect(await turn(raw, [3, 4])).toEqual(await turn(newer, [3, 4]));
  });

  test("θ is 10000 where nothing says so", async () => {
    const none = await turn({}, [1, 9]);
    expect(await turn({ rope_scaling: null }, [1, 9])).toEqual(none);
    expect(await turn({ rope_theta: 10000 }, [1, 9])).toEqual(none);
    expect(await turn({ rope_parameters: { rope_type: "default" } }, [1, 9])).toEqual(none);
  });
});

test("dynamic scaling begins where a text is longer than those of the training", async () => {
  const raw = { rope_scaling: { type: "dynamic", factor: 4 } };
  expect(await turn(raw, [0, 15])).toEqual(await turn({}, [0, 15]));
  expect(await turn(raw, [0, 16])).not.toEqual(await turn({}, [0, 16]));
});

test("longrope takes its long factors where a text is longer than original_max_position_embeddings", async () => {
  const raw = {
    rope_scaling: {
      type: "longrope",
      factor: 1,
      original_max_position_embeddings: 6,
      short_factor: [1, 1, 1, 1],
      long_factor: [2, 2, 2, 2],
    },
  };
  expect(await turn(raw, [5])).toEqual(await turn({}, [5]));
  const [, long] = await turn(raw, [6]);
  expect(long![0]![0]).toBeCloseTo(Math.sin(3), 6);
});

test.each([
  [{ rope_scaling: { type: "su", factor: 2 } }, 'rope_type="su". heed turns positions by default'],
  [{ rope_parameters: { rope_type: "constructor" } }, 'rope_type="constructor"'],
  [{ rope_scaling: { type: "linear" } }, "factor"],
  [{ rope_scaling: { type: "linear", factor: 0 } }, "factor is 0"],
  [{ rope_scaling: "linear" }, "It must be an object with a rope_type"],
  [{ rope_scaling: { type: "llama3", factor: 8, low_freq_factor: 1 } }, "high_freq_factor"],
  [
    { rope_scaling: { type: "longrope", short_factor: [1], long_factor: [1, 1, 1, 1] } },
    "It needs 4 numbers, one a pair",
  ],
  [
    { partial_rotary_factor: 0.5, rope_scaling: { type: "linear", factor: 2 } },
    "partial_rotary_factor=0.5",
  ],
])("refuses %o", (raw, message) => {
  expect(() => rotaryAngles(raw, model)).toThrow(message);
});
