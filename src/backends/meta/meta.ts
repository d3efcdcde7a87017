import type { Backend, ParameterSource } from "../../tensor/backend.ts";
import type { Storage } from "../../tensor/storage.ts";

/** Computes nothing: a forward pass recorded on it has shapes, sites and counts, and needs neither weights nor time. */
export function meta(): Backend {
  const refuse = (): never => {
    throw new Error("meta: nothing is computed here; record on it, do not run");
  };
  return {
    name: "meta",
    computes: false,
    async parameter(source: ParameterSource): Promise<Storage> {
      return { type: "f32", shape: source.shape };
    },
    parameterRows: refuse,
    allocate: (type, shape) => ({ type, shape }),
    upload: (values, shape) => ({ type: values instanceof Int32Array ? "i32" : "f32", shape }),
    run: refuse,
    download: refuse,
    release() {},
    async dispose() {},
  };
}
