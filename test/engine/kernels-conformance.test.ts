import { cpuBackend } from "../../src/backends/cpu/cpu.ts";
import { targets } from "../../src/backends/cpu/language/instruction.ts";
import { describeBackend } from "../conformance/operations.ts";
import { interpretedMachine } from "../support/interpreted.ts";

// The kernels for processors that may not be here, read by the language's own interpreter.
for (const name of ["avx512", "avx2"] as const)
  describeBackend(
    `${name} kernels, interpreted`,
    () => cpuBackend(interpretedMachine(targets[name])),
    {
      tolerance: 1e-5,
    },
  );
