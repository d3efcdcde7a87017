import { InputError } from "../errors/errors.ts";
import type { Backend } from "../tensor/backend.ts";
import { cpuForBrowser } from "./cpu/cpu.browser.ts";
import { type BackendOptions, checkedDtype, checkedName } from "./names.ts";
import { reference } from "./reference/reference.ts";

/** A new backend: WebAssembly, or the plain definition. */
export async function backendFor({
  backend = "auto",
  dtype = "stored",
}: BackendOptions = {}): Promise<Backend> {
  const name = checkedName(backend);
  const weights = checkedDtype(dtype);
  if (name === "reference") return reference();
  if (name !== "auto" && name !== "wasm")
    throw new InputError(`backend "${name}" runs in Node; a browser has auto, wasm and reference`);
  return cpuForBrowser({ weights });
}
