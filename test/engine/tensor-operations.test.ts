import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reference } from "../../src/backends/reference/reference.ts";
import { execute } from "../../src/tensor/execute.ts";
import type { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import * as operations from "../../src/tensor/operations.ts";
import { Program } from "../../src/tensor/program.ts";
import { type Shape, sizeOf } from "../../src/tensor/shape.ts";
import { Tensor } from "../../src/tensor/tensor.ts";

const seed = 20240611;

/** What the reference backend makes of the same numbers. */
async function referenceOf(
  tensors: readonly Tensor[],
  record: (...values: LazyTensor[]) => LazyTensor,
): Promise<Tensor> {
  const program = new Program(reference());
  const inputs = tensors.map(({ shape, data }) => program.input(data.slice(), shape, "given"));
  let result: Tensor | undefined;
  program.read(record(...inputs), (tensor) => {
    result = tensor;
  });
  program.finish();
  await execute(program);
  return result!;
}

function expectSame(got: Tensor, expected: Tensor, tolerance = 0): void {
  expect(got.shape).toEqual(expected.shape);
  for (const [place, value] of expected.data.entries()) {
    const own = got.data[place]!;
    if (!Object.is(own, value) && !(Math.abs(own - value) <= tolerance))
      expect.fail(`element ${place} of ${got}: ${own}, expected ${value}`);
  }
}

const lengths = fc.integer({ min: 1, max: 5 });
/** Numbers of float32, without −0, which Math.max and a sort tell from 0 each in its own way. */
const numbers = fc
  .double({ min: -40, max: 40, noNaN: true })
  .map((value) => Math.fround(value) + 0);
const shapes = (axes: number) => fc.array(lengths, { minLength: axes, maxLength: axes });
const filled = (shape: Shape, value: fc.Arbitrary<number> = numbers) =>
  fc
    .array(value, { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    .map((data) => new Tensor(shape, Float32Array.from(data)));
const tensors = fc
  .integer({ min: 1, max: 4 })
  .chain(shapes)
  .chain((shape) => filled(shape));
/** A tensor and one of its axes, counted from either end. */
const withAxis = tensors.chain((x) =>
  fc.tuple(fc.constant(x), fc.integer({ min: -x.shape.length, max: x.shape.length - 1 })),
);

const holds = <T>(values: fc.Arbitrary<T>, body: (value: T) => void | Promise<void>) =>
  fc.assert(
    fc.asyncProperty(values, async (value) => body(value)),
    { seed, numRuns: 60 },
  );

/** Every index of a shape, in row-major order. */
function indicesOf(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (all, length) => all.flatMap((one) => Array.from({ length }, (_, i) => [...one, i])),
    [[]],
  );
}

/** A shape that broadcasts with another: leading axes left out, lengths of 1. */
const stretchable = (shape: Shape) =>
  fc
    .tuple(
      fc.integer({ min: 0, max: shape.length }),
      fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
    )
    .map(([left, ones]) => shape.map((length, axis) => (ones[axis] ? 1 : length)).slice(left));

describe("as the reference operations", () => {
  test("softmax, with masked scores and whole rows of them", () =>
    holds(
      shapes(3).chain((shape) =>
        filled(shape, fc.oneof(numbers, fc.constant(Number.NEGATIVE_INFINITY))),
      ),
      async (scores) => {
        const expected = await referenceOf([scores], (x) => operations.softmax(x!));
        expectSame(scores.softmax(), expected, 1e-7);
      },
    ));

  test("a row of masked scores only gives zeros, one with NaN gives NaN", async () => {
    const row = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const scores = Tensor.from([row, [0, Number.NaN], [Infinity, 0]]);
    const expected = await referenceOf([scores], (x) => operations.softmax(x!));
    expect(expected.select(0).toNested()).toEqual([0, 0]);
    expectSame(scores.softmax(), expected);
    expect(Number.isNaN(scores.softmax().at(1, 0))).toBe(true);
  });

  test("add and multiply", () =>
    holds(
      shapes(3).chain((shape) =>
        fc.tuple(
          filled(shape),
          stretchable(shape).chain((b) => filled(b)),
        ),
      ),
      async ([a, b]) => {
        expectSame(a.add(b), await referenceOf([a, b], (x, y) => operations.add(x!, y!)));
        expectSame(a.multiply(b), await referenceOf([a, b], (x, y) => operations.multiply(x!, y!)));
      },
    ));

  test("permute, slice, sum, scale", () =>
    holds(
      shapes(4).chain((shape) =>
        fc.tuple(
          filled(shape),
          fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
          fc.nat(3),
          numbers,
        ),
      ),
      async ([x, axes, axis, factor]) => {
        const end = x.shape[axis]!;
        const start = Math.floor(end / 2);
        expectSame(x.permute(axes), await referenceOf([x], (y) => operations.permute(y!, axes)));
        expectSame(
          x.slice(axis, start, end),
          await referenceOf([x], (y) => operations.slice(y!, axis, start, end)),
        );
        expectSame(x.sum(axis), await referenceOf([x], (y) => operations.sum(y!, axis)), 1e-5);
        expectSame(x.scale(factor), await referenceOf([x], (y) => operations.scale(y!, factor)));
      },
    ));

  test("matmul is scaledDot with the keys transposed, and mix", () =>
    holds(
      fc
        .tuple(lengths, lengths, lengths, lengths, lengths)
        .chain(([B, H, T, S, D]) =>
          fc.tuple(filled([B, H, T, D]), filled([B, H, S, D]), filled([B, H, T, S])),
        ),
      async ([q, k, weights]) => {
        expectSame(
          q.matmul(k.transpose()),
          await referenceOf([q, k], (a, b) => operations.scaledDot(a!, b!, 1)),
          1e-3,
        );
        expectSame(
          weights.matmul(k),
          await referenceOf([weights, k], (a, b) => operations.mix(a!, b!)),
          1e-3,
        );
      },
    ));
});

describe("as plain loops", () => {
  test("broadcasting is NumPy's: aligned at the end, a length of 1 stretches", () =>
    holds(
      shapes(3).chain((shape) =>
        fc.tuple(
          stretchable(shape).chain((a) => filled(a)),
          stretchable(shape).chain((b) => filled(b)),
        ),
      ),
      ([a, b]) => {
        const rank = Math.max(a.shape.length, b.shape.length);
        const lengthOf = ({ shape }: Tensor, axis: number) =>
          shape[axis - rank + shape.length] ?? 1;
        const shape = Array.from({ length: rank }, (_, axis) =>
          Math.max(lengthOf(a, axis), lengthOf(b, axis)),
        );
        const at = (x: Tensor, index: readonly number[]) =>
          x.at(
            ...index.slice(rank - x.shape.length).map((i, axis) => (x.shape[axis] === 1 ? 0 : i)),
          );
        for (const [name, of] of [
          ["add", (x: number, y: number) => x + y],
          ["subtract", (x: number, y: number) => x - y],
          ["multiply", (x: number, y: number) => x * y],
          ["divide", (x: number, y: number) => x / y],
        ] as const) {
          const values = indicesOf(shape).map((index) => of(at(a, index), at(b, index)));
          expectSame(a[name](b), new Tensor(shape, Float32Array.from(values)));
        }
      },
    ));

  test("matmul, batched, with leading axes that stretch", () =>
    holds(
      fc.tuple(shapes(2), lengths, lengths, lengths).chain(([leading, M, K, N]) =>
        fc.tuple(
          stretchable(leading).chain((own) => filled([...own, M, K])),
          stretchable(leading).chain((own) => filled([...own, K, N])),
        ),
      ),
      ([a, b]) => {
        const result = a.matmul(b);
        const rank = Math.max(a.shape.length, b.shape.length);
        expect(result.shape.length).toBe(rank);
        const matrix = (x: Tensor, index: readonly number[]) => {
          const axes = x.shape.length - 2;
          return x.select(
            ...index.slice(rank - 2 - axes, rank - 2).map((i, n) => (x.shape[n] === 1 ? 0 : i)),
          );
        };
        for (const index of indicesOf(result.shape)) {
          const [m, n] = index.slice(-2) as [number, number];
          const [left, right] = [matrix(a, index), matrix(b, index)];
          let total = 0;
          for (let k = 0; k < left.shape[1]!; k++) total += left.at(m, k) * right.at(k, n);
          expect(result.at(...index)).toBe(Math.fround(total));
        }
      },
    ));

  test("sum, mean, max, min, argmax, norm along any axis", () =>
    holds(withAxis, ([x, axis]) => {
      const own = axis < 0 ? axis + x.shape.length : axis;
      const shape = x.shape.filter((_, n) => n !== own);
      const results = {
        sum: x.sum(axis),
        mean: x.mean(axis),
        max: x.max(axis),
        min: x.min(axis),
        argmax: x.argmax(axis),
        norm: x.norm(axis),
      };
      for (const result of Object.values(results)) expect(result.shape).toEqual(shape);
      expect(x.sum(axis, { keep: true }).shape).toEqual(x.shape.with(own, 1));
      for (const index of indicesOf(shape)) {
        const line = Array.from({ length: x.shape[own]! }, (_, i) =>
          x.at(...index.toSpliced(own, 0, i)),
        );
        const sum = line.reduce((a, b) => a + b, 0);
        expect(results.sum.at(...index)).toBe(Math.fround(sum));
        expect(results.mean.at(...index)).toBe(Math.fround(sum / line.length));
        expect(results.max.at(...index)).toBe(Math.max(...line));
        expect(results.min.at(...index)).toBe(Math.min(...line));
        expect(line[results.argmax.at(...index)]).toBe(Math.max(...line));
        expect(results.norm.at(...index)).toBe(
          Math.fround(Math.sqrt(line.reduce((a, b) => a + b * b, 0))),
        );
      }
    }));

  test("topK is the beginning of the sorted line", () =>
    holds(
      withAxis.chain(([x, axis]) =>
        fc.tuple(fc.constant(x), fc.constant(axis), fc.integer({ min: 1, max: x.shape.at(axis)! })),
      ),
      ([x, axis, k]) => {
        const own = axis < 0 ? axis + x.shape.length : axis;
        const { values, indices } = x.topK(k, axis);
        expect(values.shape).toEqual(x.shape.with(own, k));
        for (const index of indicesOf(x.shape.toSpliced(own, 1))) {
          const line = Array.from({ length: x.shape[own]! }, (_, i) =>
            x.at(...index.toSpliced(own, 0, i)),
          );
          const sorted = line
            .map((value, place) => ({ value, place }))
            .sort((a, b) => b.value - a.value || a.place - b.place)
            .slice(0, k);
          for (const [rank, { value, place }] of sorted.entries()) {
            expect(values.at(...index.toSpliced(own, 0, rank))).toBe(value);
            expect(indices.at(...index.toSpliced(own, 0, rank))).toBe(place);
          }
        }
      },
    ));

  test("softmax along any axis sums to 1 and keeps the order", () =>
    holds(withAxis, ([x, axis]) => {
      const weights = x.softmax(axis);
      for (const sum of weights.sum(axis).data) expect(sum).toBeCloseTo(1, 6);
      for (const weight of weights.data) expect(weight >= 0 && weight <= 1).toBe(true);
      expectSame(x.add(7).softmax(axis), weights, 1e-5);
    }));

  test("transposing twice, permuting there and back, reshaping there and back change nothing", () =>
    holds(
      tensors.chain((x) =>
        fc.tuple(
          fc.constant(x),
          fc.shuffledSubarray([...x.shape.keys()], { minLength: x.shape.length }),
        ),
      ),
      ([x, axes]) => {
        if (x.shape.length > 1) {
          expectSame(x.transpose().transpose(), x);
          expect(x.transpose().shape.slice(-2)).toEqual(x.shape.slice(-2).reverse());
        }
        const back = axes.map((_, axis) => axes.indexOf(axis));
        expectSame(x.permute(axes).permute(back), x);
        expectSame(x.reshape([-1]).reshape(x.shape), x);
      },
    ));

  test("select and slice on an axis are what at() finds there", () =>
    holds(withAxis, ([x, axis]) => {
      const own = axis < 0 ? axis + x.shape.length : axis;
      const length = x.shape[own]!;
      const one = x.select({ axis, index: -1 });
      const few = x.select({ axis, index: [length - 1, 0] });
      const cut = x.slice(axis, -1);
      expect(one.shape).toEqual(x.shape.toSpliced(own, 1));
      expect(few.shape).toEqual(x.shape.with(own, 2));
      expect(cut.shape).toEqual(x.shape.with(own, 1));
      for (const index of indicesOf(one.shape)) {
        const at = (i: number) => index.toSpliced(own, 0, i);
        expect(one.at(...index)).toBe(x.at(...at(length - 1)));
        expect(few.at(...at(0))).toBe(x.at(...at(length - 1)));
        expect(few.at(...at(1))).toBe(x.at(...at(0)));
        expect(cut.at(...at(0))).toBe(x.at(...at(length - 1)));
      }
    }));
});
