import type { Backend } from "../tensor/backend.ts";
import { limitTurns } from "../tensor/turns.ts";
import { cpuForNode, optionsOf } from "./cpu/cpu.node.ts";
import {
  type ChooseOptions,
  checkedConcurrency,
  checkedDtype,
  checkedName,
  checkedThreads,
} from "./names.ts";
import { reference } from "./reference/reference.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A new backend. HEED_BACKEND and HEED_THREADS in `environment` override. */
export async function backendFor(
  { backend = "auto", dtype = "stored", threads, concurrency, onWarning }: ChooseOptions = {},
  environment: Environment = settings(),
): Promise<Backend> {
  const name = checkedName(environment.HEED_BACKEND || backend);
  const weights = checkedDtype(dtype);
  const wanted = threads === undefined ? undefined : checkedThreads(threads);
  const { threads: overriding } = optionsOf(environment);
  if (concurrency !== undefined) checkedConcurrency(concurrency);
  const made =
    name === "reference"
      ? reference()
      : await cpuForNode({
          kernels: name === "auto" ? "best" : name,
          threads: overriding ?? wanted,
          weights,
          onNotice: onWarning,
        });
  limitTurns(made, concurrency);
  return made;
}

/** What the environment says of backends; nothing where a program has no right to ask (Deno without --allow-env). */
function settings(): Environment {
  try {
    const { HEED_BACKEND, HEED_THREADS } = process.env;
    return { HEED_BACKEND, HEED_THREADS };
  } catch {
    return {};
  }
}
