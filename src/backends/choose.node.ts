import type { Backend } from "../tensor/backend.ts";
import { cpuForNode, optionsOf } from "./cpu/cpu.node.ts";
import { type BackendOptions, checkedDtype, checkedName } from "./names.ts";
import { reference } from "./reference/reference.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A new backend. HEED_BACKEND and HEED_THREADS in `environment` override. */
export async function backendFor(
  { backend = "auto", dtype = "stored" }: BackendOptions = {},
  environment: Environment = process.env,
): Promise<Backend> {
  const name = checkedName(environment.HEED_BACKEND || backend);
  const weights = checkedDtype(dtype);
  if (name === "reference") return reference();
  const { threads } = optionsOf(environment);
  return cpuForNode({ kernels: name === "auto" ? "best" : name, threads, weights });
}
