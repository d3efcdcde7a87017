import { describe, test } from "vitest";
import { cpuForNode } from "../../src/backends/cpu/cpu.node.ts";
import { cpuBackend } from "../../src/backends/cpu/cpu.ts";
import { wasmMachine } from "../../src/backends/cpu/wasm.ts";
import { describeBackend } from "../conformance/operations.ts";
import { nativeKernels } from "../support/machines.ts";

const tolerance = 1e-5;
const { names, missing } = await nativeKernels();

for (const kernels of names)
  describeBackend(`cpu ${kernels}`, () => cpuForNode({ kernels, threads: 2 }), { tolerance });
for (const [kernels, reason] of Object.entries(missing))
  describe(`cpu ${kernels}: operations`, () => test("all", ({ skip }) => skip(reason)));

describeBackend("cpu wasm, threads", () => cpuForNode({ kernels: "plain", threads: 2 }), {
  tolerance,
});
describeBackend(
  "cpu wasm, one thread and memory of its own",
  async () => cpuBackend(await wasmMachine({ threads: 1, start: undefined })),
  { tolerance },
);
