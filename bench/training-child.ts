/** Makes some steps of training, and prints its peak RSS in KiB and the bytes of tensors that are alive at once, as recorded. */
import { readFileSync } from "node:fs";
import { peakBytes } from "../src/tensor/cost.ts";
import { engine } from "./engine.ts";
import { ourTraining, randomWeights } from "./training-step.ts";

const STEPS = 3;
const recompute = process.argv[2] === "recompute";

const backend = await engine();
const step = await ourTraining(backend, randomWeights());
let alive = 0;
for (let round = 0; round < STEPS; round++)
  await step({
    until: "step",
    recompute,
    onRecorded: ({ entries }) => {
      alive = peakBytes(entries);
    },
  });
// Not maxRSS of resourceUsage(): that begins with what the parent held when it forked.
const peak = /VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1];
console.log(peak, alive);
await backend.dispose();
