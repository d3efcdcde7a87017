/** Loads the checkpoint it is given, runs 128 tokens, and prints its peak RSS in KiB and how long loading took in milliseconds. */
import { readFileSync } from "node:fs";
import { load } from "../src/load.node.ts";

const TOKENS = 128;
const [folder, dtype] = process.argv.slice(2);

const started = performance.now();
const model = await load(folder, { dtype: dtype === "half" ? "half" : "f32" });
const loaded = performance.now() - started;
await model.run([Array.from({ length: TOKENS }, (_, n) => 200 * n)]);
// Not maxRSS of resourceUsage(): that begins with what the parent held when it forked.
const peak = /VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1];
console.log(peak, loaded.toFixed(0));
await model.dispose();
