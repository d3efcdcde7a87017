import { describe, expect, test } from "vitest";
import { meta } from "../backends/meta/meta.ts";
import { InputError, ShapeError } from "../errors/errors.ts";
import { LazyTensor } from "./lazy-tensor.ts";
import * as op from "./operations.ts";
import { Program } from "./program.ts";
import { sizeOf } from "./shape.ts";

const program = new Program(meta());
const x = (...shape: number[]) => program.input(new Float32Array(sizeOf(shape)), shape, "x");
const ids = (shape: number[], data: number[]) => program.input(Int32Array.from(data), shape, "ids");
const learned = (...shape: number[]) => new LazyTensor(shape, "f32", "w");

describe("operands that do not fit are refused when they are recorded", () => {
  const refusals: readonly [name: string, record: () => unknown, message: string][] = [
    [
      "linear: width",
      () => op.linear(x(2, 5), { weight: learned(3, 4) }),
      "linear: x x (2, 5) has width 5, the matrix w (3, 4) takes 4",
    ],
    [
      "linear: bias",
      () => op.linear(x(2, 4), { weight: learned(3, 4), bias: learned(4) }),
      "linear: bias w (4) needs shape (3) for the matrix w (3, 4)",
    ],
    [
      "linear: heads",
      () => op.linear(x(1, 2, 4), { weight: learned(6, 4) }, { heads: 4 }),
      "a width of 6 cannot be split into 4 heads: 6 / 4 is no whole number",
    ],
    [
      "linear: heads of a matrix",
      () => op.linear(x(2, 4), { weight: learned(6, 4) }, { heads: 3 }),
      "linear: x (2, 4) has 2 axes, needs 3",
    ],
    [
      "linear: vector as matrix",
      () => op.linear(x(2, 4), { weight: learned(4) }),
      "linear: w (4) has 1 axes, needs 2",
    ],
    [
      "add",
      () => op.add(x(2, 3), x(2, 4)),
      "add: shapes (2, 3) and (2, 4) do not broadcast: axis 1 has lengths 3 and 4",
    ],
    ["multiply", () => op.multiply(x(2), x(3)), "multiply: shapes (2) and (3) do not broadcast"],
    [
      "layerNorm",
      () => op.layerNorm(x(2, 4), { gain: learned(4), bias: learned(3) }, 1e-5),
      "layerNorm: w (3) needs the width of x (2, 4)",
    ],
    [
      "rmsNorm",
      () => op.rmsNorm(x(2, 4), learned(2), 1e-5),
      "rmsNorm: w (2) needs the width of x (2, 4)",
    ],
    [
      "scaledDot: widths",
      () => op.scaledDot(x(1, 2, 3, 4), x(1, 2, 3, 5), 1),
      "scaledDot: q and k need one batch and one head width, got B=1, D=4 from q x (1, 2, 3, 4) and B=1, D=5 from k x (1, 2, 3, 5)",
    ],
    [
      "scaledDot: batches",
      () => op.scaledDot(x(1, 2, 3, 4), x(2, 2, 3, 4), 1),
      "got B=1, D=4 from q",
    ],
    [
      "scaledDot: groups",
      () => op.scaledDot(x(1, 3, 3, 4), x(1, 2, 3, 4), 1),
      "scaledDot: the number of query heads H=3 must be divisible by the number of key heads Hkv=2",
    ],
    [
      "masked: keys",
      () => op.masked(x(2, 1, 3, 3), { keys: ids([1, 3], [1, 1, 1]) }),
      "masked: mask of keys ids (1, 3) needs (B, S) of scores (2, 1, 3, 3)",
    ],
    [
      "masked: pairs",
      () => op.masked(x(2, 2, 3, 3), { allowed: ids([1, 1, 3, 2], [1, 1, 1, 1, 1, 1]) }),
      "masked: ids (1, 1, 3, 2) does not stretch to scores (2, 2, 3, 3)",
    ],
    [
      "masked: type",
      () => op.masked(x(1, 1, 1, 1), { keys: x(1, 1) }),
      "masked: x (1, 1) holds f32, needs i32",
    ],
    [
      "mix: keys",
      () => op.mix(x(1, 2, 3, 4), x(1, 2, 3, 5)),
      "mix: weights x (1, 2, 3, 4) have B=1, S=4, values x (1, 2, 3, 5) have B=1, S=3; they must be equal",
    ],
    [
      "mix: groups",
      () => op.mix(x(1, 3, 3, 4), x(1, 2, 4, 5)),
      "mix: the number of query heads H=3",
    ],
    [
      "headShares",
      () => op.headShares(x(1, 2, 3, 4), learned(5, 9)),
      "headShares: W^O w (5, 9) takes width 9, the heads x (1, 2, 3, 4) give 2·4=8",
    ],
    ["splitHeads", () => op.splitHeads(x(1, 2, 7), 3), "a width of 7 cannot be split into 3 heads"],
    ["mergeHeads", () => op.mergeHeads(x(2, 3, 4)), "mergeHeads: x (2, 3, 4) has 3 axes, needs 4"],
    [
      "rotary: sin",
      () => op.rotary(x(1, 2, 3, 4), { cos: x(1, 3, 2), sin: x(1, 3, 1) }),
      "rotary: cos x (1, 3, 2) and sin x (1, 3, 1) do not fit x x (1, 2, 3, 4)",
    ],
    [
      "rotary: wider than the head",
      () => op.rotary(x(1, 2, 3, 4), { cos: x(1, 3, 3), sin: x(1, 3, 3) }),
      "do not fit",
    ],
    [
      "reshape",
      () => op.reshape(x(2, 3), [4, 2]),
      "reshape: x (2, 3) has 6 values, (4, 2) needs 8",
    ],
    [
      "permute",
      () => op.permute(x(2, 3), [0, 0]),
      "permute: axes (0, 0) are not an order of the axes of x (2, 3)",
    ],
    [
      "permute: too far",
      () => op.permute(x(2, 3), [0, 2]),
      "permute: axes (0, 2) are not an order of the axes of x (2, 3)",
    ],
    ["slice", () => op.slice(x(2, 3), 1, 2, 4), "slice: 2 to 4 on axis 1 of x (2, 3)"],
    ["slice: no axis", () => op.slice(x(2, 3), 2, 0, 1), "slice: 0 to 1 on axis 2 of x (2, 3)"],
    [
      "concat",
      () => op.concat([x(2, 3), x(3, 3)], 1),
      "concat on axis 1: x (3, 3) does not fit x (2, 3)",
    ],
    ["concat: nothing", () => op.concat([], 0), "concat: got no tensors"],
    ["sum: no axis", () => op.sum(x(2, 3), 2), "sum: axis 2 of x (2, 3)"],
    [
      "meanPool",
      () => op.meanPool(x(2, 3, 4), ids([2, 4], new Array(8).fill(1))),
      "meanPool: mask ids (2, 4) does not fit x (2, 3, 4)",
    ],
    [
      "embed: a vector",
      () => op.embed(learned(5), ids([1], [0])),
      "embed: w (5) has 1 axes, needs 2",
    ],
    ["embed: numbers", () => op.embed(learned(5, 2), x(1)), "embed: x (1) holds f32, needs i32"],
    [
      "outside a run",
      () => op.add(learned(2), learned(2)),
      "add: no operand belongs to a run (w (2), w (2)). Is this called outside forward()?",
    ],
    [
      "two runs",
      () => op.add(x(2), new Program(meta()).input(new Float32Array(2), [2], "y")),
      "add: input y (2) belongs to another run. Tensors of one run cannot be used in the next",
    ],
    [
      "input",
      () => program.input(new Float32Array(3), [2, 2], "mask"),
      "mask: shape (2, 2) needs 4 values, got 3",
    ],
  ];

  test.each(refusals)("%s", (_, record, message) => {
    expect(record).toThrow(message);
    expect(record).toThrow(ShapeError);
  });

  test.each([5, -1])("embed: id %i beside the table", (id) => {
    const record = () => op.embed(learned(5, 2), ids([1, 3], [0, id, 4]));
    expect(record).toThrow(InputError);
    expect(record).toThrow(
      `ids (1, 3) hold ${id} at element 1; the table w (5, 2) has rows 0 to 4`,
    );
  });
});

describe("what changes nothing records nothing", () => {
  const untouched = x(2, 3);
  test.each([
    ["scale by 1", () => op.scale(untouched, 1)],
    ["a linear activation", () => op.activate(untouched, "linear")],
    ["a slice of everything", () => op.slice(untouched, 1, 0, 3)],
    ["one tensor in a row", () => op.concat([untouched], 0)],
    ["no mask", () => op.masked(untouched, undefined)],
    ["an empty mask", () => op.masked(untouched, {})],
  ])("%s", (_, record) => {
    const before = program.entries.length;
    expect(record()).toBe(untouched);
    expect(program.entries.length).toBe(before);
  });
});

test("shapes of results follow from shapes of operands", () => {
  expect(op.linear(x(2, 5, 4), { weight: learned(6, 4) }, { heads: 3 }).shape).toEqual([
    2, 3, 5, 2,
  ]);
  expect(op.scaledDot(x(2, 4, 3, 8), x(2, 2, 5, 8), 1).shape).toEqual([2, 4, 3, 5]);
  expect(op.mix(x(2, 4, 3, 5), x(2, 2, 5, 8)).shape).toEqual([2, 4, 3, 8]);
  expect(op.headShares(x(2, 4, 3, 8), learned(9, 32)).shape).toEqual([2, 4, 3, 9]);
  expect(op.permute(x(2, 3, 4), [2, 0, 1]).shape).toEqual([4, 2, 3]);
  expect(op.sum(x(2, 3, 4), 1).shape).toEqual([2, 4]);
  expect(op.embed(learned(5, 2), ids([2, 3], [0, 1, 2, 3, 4, 0])).shape).toEqual([2, 3, 2]);
});
