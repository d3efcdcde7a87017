import { describe, expect, test } from "vitest";
import { Tensor } from "../tensor/tensor.ts";
import { Trace } from "./trace.ts";

const tensor = (value: number) => new Tensor([1], Float32Array.of(value));

test("sites come in the order of the forward pass, the whole before its parts", () => {
  const trace = new Trace();
  trace.put("layers.0.q", tensor(1), [[0]]);
  trace.put("layers.0.q", tensor(2), [undefined]);
  trace.put("final", tensor(3), [undefined]);
  expect(trace.sites).toEqual(["layers.0.q", "final"]);
  expect(trace.get("layers.0.q").at(0)).toBe(2);
  expect(trace.getParts("layers.0.q").map((part) => part.at(0))).toEqual([1, 2]);
  expect(trace.has("layers.0.q")).toBe(true);
});

test("one part that was read is what get gives; of several it wants to know which", () => {
  const trace = new Trace();
  trace.put("logits", tensor(1), [[0]]);
  expect(trace.get("logits").at(0)).toBe(1);
  expect(trace.has("logits")).toBe(false);
  trace.put("logits", tensor(2), [[1]]);
  expect(() => trace.get("logits")).toThrow(
    'trace: 2 parts of "logits" were read; getParts() gives them in the order asked',
  );
});

test("what was not read is refused with the nearest", () => {
  const trace = new Trace();
  expect(() => trace.get("final")).toThrow(
    'trace: "final" was not read in this run. Add it to read',
  );
  trace.put("layers.1.weights", tensor(1), []);
  expect(() => trace.get("layers.1.weight")).toThrow(
    'trace: "layers.1.weight" was not read in this run. Add it to read; nearest: layers.1.weights',
  );
  expect(trace.getParts("final")).toEqual([]);
});

describe("parts of a whole", () => {
  const numbers = (shape: number[]) =>
    new Tensor(
      shape,
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
    );
  const trace = new Trace();
  trace.put("whole", numbers([2, 3]), [undefined, undefined]);
  trace.put("part", numbers([2, 2]), [undefined, [2, 0]]);

  test("are found by their indices in the whole, whatever part was read", () => {
    expect([...trace.part("whole", [[1], [2, 0]]).data]).toEqual([5, 3]);
    expect([...trace.part("part", [[1], [2]]).data]).toEqual([2]);
    expect([...trace.part("part", [undefined, [0, 2]]).data]).toEqual([1, 0, 3, 2]);
  });

  test("are refused when not all of them were read", () => {
    for (const selection of [[[0], [1]], [[0]], [[0], undefined], []])
      expect(() => trace.part("part", selection, "weight")).toThrow(
        'weight: the part of "part" that is asked for was not read in that run. Read it, or the whole site',
      );
    expect(() => trace.part("whole", [[2]], "weight")).toThrow(
      "weight: index 2 on axis 0 of (2, 3), which holds 0 to 1",
    );
  });
});
