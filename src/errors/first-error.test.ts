import { expect, test } from "vitest";
import { allInOrder } from "./first-error.ts";

const later = (error: string) =>
  new Promise<never>((_, reject) => setTimeout(() => reject(new Error(error)), 5));

test("the first of the list that fails is named, whichever came first", async () => {
  const soon = (error: string) => Promise.reject(new Error(error));
  await expect(allInOrder([Promise.resolve(1), later("a"), soon("b")])).rejects.toThrow("a");
  await expect(allInOrder([Promise.resolve(1), soon("a"), later("b")])).rejects.toThrow("a");
});

test("what went well is given in order", async () => {
  expect(await allInOrder([Promise.resolve(1), Promise.resolve("two")])).toEqual([1, "two"]);
});
