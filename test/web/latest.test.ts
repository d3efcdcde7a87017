import { expect, test, vi } from "vitest";
import { Latest } from "../../web/app/latest.ts";

test("an answer to an older question is given up and dropped; the value before stays meanwhile", async () => {
  const changed = vi.fn();
  const latest = new Latest<number>(changed);
  expect(latest.ask([1], () => 7)).toBe(7);
  let signal: AbortSignal | undefined;
  const older = latest.ask([2], (given) => {
    signal = given;
    return new Promise<number>((resolve) => setTimeout(resolve, 5, 8));
  });
  expect(older).toBe(7);
  expect(latest.isPending).toBe(true);
  expect(latest.answer).toBeUndefined();
  expect(latest.ask([3], async () => 9)).toBe(7);
  expect(signal!.aborted).toBe(true);
  await vi.waitFor(() => expect(latest.isPending).toBe(false));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(latest.ask([3], () => 0)).toBe(9);
  expect(latest.answer).toBe(9);
  expect(changed).toHaveBeenCalledTimes(1);
});

test("a failure is said until something else is asked, and an ended question says nothing", async () => {
  const latest = new Latest<number>(() => undefined);
  latest.ask([1], () => {
    throw new Error("broken");
  });
  expect(latest.error).toBe("broken");
  latest.ask([2], () => Promise.reject(new Error("later")));
  await vi.waitFor(() => expect(latest.error).toBe("later"));
  latest.ask([3], () => Promise.reject(new Error("never heard")));
  latest.forget();
  await Promise.resolve();
  expect(latest.error).toBeUndefined();
  expect(latest.ask([3], () => 4)).toBe(4);
});
