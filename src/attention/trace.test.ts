import { expect, test } from "vitest";
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
