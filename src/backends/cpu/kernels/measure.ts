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

/** Streams that are read at once: memory answers several better than one. */
export const READ_STREAMS = 4;
const VECTORS = 2;

/** Adds up memory, `streamBytes` of each stream a task: how fast it can be read. Asking ahead (prefetch) only slows it down. */
export const measureRead: KernelSource<"tasks" | "x" | "streamBytes" | "output"> = {
  name: "measureRead",
  fields: ["tasks", "x", "streamBytes", "output"],
  floats: [],
  write(k) {
    k.eachTask(k.argument("tasks"), (task) => {
      const streamBytes = k.argument("streamBytes");
      const first = k.add(k.argument("x"), k.multiply(k.multiply(task, streamBytes), READ_STREAMS));
      const streams = Array.from({ length: READ_STREAMS }, (_, stream) =>
        k.add(first, k.multiply(streamBytes, stream)),
      );
      const sums = streams.map(() => k.vector(k.constant(0)));
      k.loop(0, streamBytes, VECTORS * k.vectorBytes, () => {
        for (const [stream, at] of streams.entries()) {
          for (let v = 0; v < VECTORS; v++)
            k.update(sums[stream]!, "add", sums[stream]!, k.load(k.at(at, v * k.vectorBytes)));
          k.advance(at, VECTORS * k.vectorBytes);
        }
      });
      k.storeLane(
        sums.reduce((a, b) => k.plus(a, b)),
        k.at(k.argument("output"), 0, k.thread, 4),
      );
    });
  },
};
