import { availableParallelism } from "node:os";
import { afterAll, describe, expect, test } from "vitest";
import { closeMachines, peakOf } from "../bench/machine.ts";
import { nativeMachine } from "../src/backends/cpu/native.node.ts";
import { measureRate } from "../src/cli/measure-rate.ts";

const threads = Number(process.env.HEED_THREADS) || availableParallelism();
const machine = await nativeMachine(1);
const reason = "reason" in machine ? machine.reason : undefined;
if (!("reason" in machine)) await machine.dispose();

describe("the rate that plan says was measured", () => {
  afterAll(() => closeMachines());

  test("is no more than the arithmetic units can do", async ({ skip }) => {
    if (reason) return skip(reason);
    const peaks = [await peakOf(threads)];
    const rate = await measureRate(undefined);
    peaks.push(await peakOf(threads), await peakOf(threads));
    const peak = 1e9 / (Math.min(...peaks) / 1000);
    // A clock that stops before the work is done gives several times the peak; turbo and noise some percent.
    expect(rate).toBeLessThan(1.3 * peak);
    expect(rate).toBeGreaterThan(0.05 * peak);
  });
});
