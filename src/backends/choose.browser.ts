import { InputError } from "../errors/errors.ts";
import type { Backend } from "../tensor/backend.ts";
import { limitTurns } from "../tensor/turns.ts";
import { cpuForBrowser } from "./cpu/cpu.browser.ts";
import {
  type ChooseOptions,
  checkedConcurrency,
  checkedDtype,
  checkedName,
  checkedThreads,
} from "./names.ts";
import { reference } from "./reference/reference.ts";

const kernels = { auto: undefined, wasm: undefined, relaxed: "relaxed", plain: "plain" } as const;

/** A new backend: WebAssembly, or the plain definition. */
export async function backendFor({
  backend = "auto",
  dtype = "stored",
  threads,
  concurrency,
  onWarning,
}: ChooseOptions = {}): Promise<Backend> {
  const name = checkedName(backend);
  const weights = checkedDtype(dtype);
  const count = threads === undefined ? undefined : checkedThreads(threads);
  if (concurrency !== undefined) checkedConcurrency(concurrency);
  if (name !== "reference" && !(name in kernels))
    throw new InputError(
      `backend "${name}" runs in Node; a browser has ${Object.keys(kernels).join(", ")} and reference`,
    );
  const made =
    name === "reference"
      ? reference()
      : await cpuForBrowser({
          kernels: kernels[name as keyof typeof kernels],
          threads: count,
          weights,
          onWarning,
        });
  limitTurns(made, concurrency);
  return made;
}
