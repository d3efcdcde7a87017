// One thread of a campaign: mutants by number, their outcomes as messages, the one at work in shared memory.
import { parentPort, workerData } from "node:worker_threads";
import { attack } from "./attack.ts";
import { targets } from "./targets.ts";

const { name, from, to, at } = workerData as {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** The number at work, when it began (milliseconds, modulo 2³¹), and how many were read and refused. */
  readonly at: Int32Array;
};
const target = targets[name]!.make();
let slowest = 0;
for (let number = from; number < to; number++) {
  Atomics.store(at, 1, Date.now() % 2 ** 31);
  Atomics.store(at, 0, number);
  const started = performance.now();
  const { outcome, message } = await attack(target, number);
  slowest = Math.max(slowest, performance.now() - started);
  if (outcome === "wrong") parentPort!.postMessage({ wrong: { number, message } });
  else Atomics.add(at, outcome === "read" ? 2 : 3, 1);
  if (number % 500 === 499 || number === to - 1)
    parentPort!.postMessage({ done: number + 1, slowest, memory: process.memoryUsage.rss() });
}
