import type { Vector } from "../language/instruction.ts";
import type { KernelSource } from "./source.ts";

/** Sums in flight: enough to hide the latency of two fused multiply-adds a cycle. */
export const PEAK_SUMS = 10;

/** Nothing but fused multiply-adds on registers: the most a core can do. 2 · lanes · PEAK_SUMS operations a round. */
export const measurePeak: KernelSource<"tasks" | "rounds"> = {
  name: "measurePeak",
  fields: ["tasks", "rounds"],
  floats: [],
  write(k) {
    k.eachTask(k.argument("tasks"), () => {
      const factor = k.vector(k.constant(0));
      const sums: Vector[] = Array.from({ length: PEAK_SUMS }, () => k.vector(factor));
      k.loop(0, k.argument("rounds"), 1, () => {
        for (const sum of sums) k.addProduct(sum, factor, factor);
      });
    });
  },
};

/** Adds up memory, `taskBytes` a task: how fast it can be read. */
export const measureRead: KernelSource<"tasks" | "x" | "taskBytes" | "output"> = {
  name: "measureRead",
  fields: ["tasks", "x", "taskBytes", "output"],
  floats: [],
  write(k) {
    const STRIDE = 8;
    k.eachTask(k.argument("tasks"), (task) => {
      const taskBytes = k.argument("taskBytes");
      const at = k.add(k.argument("x"), k.multiply(task, taskBytes));
      const sums = Array.from({ length: STRIDE }, () => k.vector(k.constant(0)));
      k.loop(0, taskBytes, STRIDE * k.vectorBytes, () => {
        for (const [index, sum] of sums.entries()) {
          k.prefetch(k.at(at, index * k.vectorBytes + 4096));
          k.update(sum, "add", sum, k.load(k.at(at, index * k.vectorBytes)));
        }
        k.advance(at, STRIDE * k.vectorBytes);
      });
      k.storeLane(
        sums.reduce((a, b) => k.plus(a, b)),
        k.at(k.argument("output"), 0, k.thread, 4),
      );
    });
  },
};
