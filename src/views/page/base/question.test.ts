import { expect, test, vi } from "vitest";
import { Question } from "./question.ts";

const source = {};

test("an answer that is there at once is there at once, and asked for once", () => {
  const changed = vi.fn();
  const question = new Question<number>(changed);
  const get = vi.fn(() => 7);
  expect(question.ask([source, 1], get)).toBe(7);
  expect(question.ask([source, 1], get)).toBe(7);
  expect(get).toHaveBeenCalledTimes(1);
  expect(question.isPending).toBe(false);
  expect(changed).not.toHaveBeenCalled();
});

test("a later answer is waited for with the last one kept, that of another source is not", async () => {
  const changed = vi.fn();
  const question = new Question<number>(changed);
  question.ask([source, 1], () => 7);
  expect(question.ask([source, 2], async () => 8)).toBe(7);
  expect(question.isPending).toBe(true);
  await vi.waitFor(() => expect(question.value).toBe(8));
  expect(question.isPending).toBe(false);
  expect(changed).toHaveBeenCalledTimes(2);
  expect(question.ask([{}, 2], async () => 9)).toBeUndefined();
});

test("answers to older questions are dropped, failures too", async () => {
  const question = new Question<string>(() => undefined);
  const first = withResolvers();
  const second = withResolvers();
  question.ask([source, 1], () => first.promise);
  question.ask([source, 2], () => second.promise);
  second.resolve("second");
  await vi.waitFor(() => expect(question.value).toBe("second"));
  first.reject(new Error("too late"));
  await first.promise.catch(() => undefined);
  expect(question.value).toBe("second");
  expect(question.error).toBeUndefined();
});

test("a failure is kept, thrown or rejected, until something else is asked", async () => {
  const question = new Question<number>(() => undefined);
  const fail = (): never => {
    throw new Error("broken");
  };
  expect(question.ask([source, 1], fail)).toBeUndefined();
  expect(question.error).toEqual(new Error("broken"));
  expect(question.ask([source, 2], () => 3)).toBe(3);
  expect(question.error).toBeUndefined();
  question.ask([source, 3], () => Promise.reject());
  await vi.waitFor(() => expect(question.error).toEqual(new Error("no reason was given")));
  expect(question.value).toBeUndefined();
});

function withResolvers() {
  let resolve!: (text: string) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<string>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
