import { InputError } from "../errors/errors.ts";
import type { Backend } from "../tensor/backend.ts";
import { cpuForBrowser } from "./cpu/cpu.browser.ts";
import { type ChooseOptions, checkedDtype, checkedName, checkedThreads } from "./names.ts";
import { reference } from "./reference/reference.ts";

const kernels = { auto: undefined, wasm: undefined, relaxed: "relaxed", plain: "plain" } as const;

/** A new backend: WebAssembly, or the plain definition. */
export async function backendFor({
  backend = "auto",
  dtype = "stored",
  threads,
  onWarning,
}: ChooseOptions = {}): Promise<Backend> {
  const name = checkedName(backend);
  const weights = checkedDtype(dtype);
  const count = threads === undefined ? undefined : checkedThreads(threads);
  if (name === "reference") return reference();
  if (name in kernels)
    return cpuForBrowser({
      kernels: kernels[name as keyof typeof kernels],
      threads: count,
      weights,
      onWarning,
    });
  throw new InputError(
    `backend "${name}" runs in Node; a browser has ${Object.keys(kernels).join(", ")} and reference`,
  );
}
