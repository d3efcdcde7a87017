import type { Backend, ParameterSource } from "../../tensor/backend.ts";
import { storageOf } from "../../tensor/execute.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import type { Operation } from "../../tensor/operation.ts";
import { type Shape, sizeOf } from "../../tensor/shape.ts";
import type { NumberType, Storage } from "../../tensor/storage.ts";
import { carryOut } from "./kernels.ts";

interface ArrayStorage extends Storage {
  readonly data: Float32Array | Int32Array;
}

/** Plain loops over plain arrays: slow, obvious, and the definition every other backend is held to. */
export function reference(): Backend {
  const arrayOf = (value: LazyTensor) => (storageOf(value) as ArrayStorage).data;
  return {
    name: "reference",
    computes: true,
    async parameter(source: ParameterSource): Promise<ArrayStorage> {
      const data = await source.rows(0, source.shape[0] ?? 1);
      return { type: "f32", shape: source.shape, data };
    },
    async parameterRows(storage, start, end) {
      const width = sizeOf(storage.shape.slice(1));
      const { data } = storage as ArrayStorage;
      return Float32Array.from(data.subarray(start * width, end * width));
    },
    allocate(type: NumberType, shape: Shape): ArrayStorage {
      const size = sizeOf(shape);
      return { type, shape, data: type === "f32" ? new Float32Array(size) : new Int32Array(size) };
    },
    upload(values, shape): ArrayStorage {
      const isInteger = values instanceof Int32Array;
      return { type: isInteger ? "i32" : "f32", shape, data: values.slice() };
    },
    async run(operations: readonly Operation[]) {
      for (const operation of operations) carryOut(operation, arrayOf);
    },
    async download(storage) {
      return Float32Array.from((storage as ArrayStorage).data);
    },
    release() {},
    async dispose() {},
  };
}
