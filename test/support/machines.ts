import { cpuForNode } from "../../src/backends/cpu/cpu.node.ts";
import { nativeMachine } from "../../src/backends/cpu/native.node.ts";

/** The native kernels this machine runs, and for the others the reason it does not. */
export async function nativeKernels() {
  const names: ("avx512" | "avx2")[] = [];
  const missing: Record<string, string> = {};
  for (const name of ["avx512", "avx2"] as const) {
    const machine = await nativeMachine(1, name);
    if ("reason" in machine) missing[name] = machine.reason;
    else {
      if (machine.name === name) names.push(name);
      else missing[name] = `this processor runs ${machine.name} kernels only`;
      await machine.dispose();
    }
  }
  return { names, missing };
}

/** Why there are no kernels with relaxed SIMD here (Node 20), or undefined. */
export async function noRelaxedKernels(): Promise<string | undefined> {
  try {
    await (await cpuForNode({ kernels: "relaxed", threads: 1 })).dispose();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
