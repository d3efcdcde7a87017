import { expect, test, vi } from "vitest";
import { NewestFile } from "../../web/app/newest-file.ts";

const after = <T>(milliseconds: number, value: T) =>
  new Promise<T>((resolve) => setTimeout(resolve, milliseconds, value));

test("of two files the one that was chosen last is shown, though the first takes longer", async () => {
  const refuse = vi.fn();
  const show = vi.fn();
  const drop = vi.fn();
  const newest = new NewestFile(refuse);
  const slow = newest.choose(() => after(10, "long.mp3"), show, drop);
  const quick = newest.choose(() => after(1, "short.wav"), show, drop);
  await Promise.all([slow, quick]);
  expect(show.mock.calls).toEqual([["short.wav"]]);
  expect(drop.mock.calls).toEqual([["long.mp3"]]);
  expect(refuse).not.toHaveBeenCalled();
});

test("a failure is said of the file that was chosen last alone", async () => {
  const refuse = vi.fn();
  const show = vi.fn();
  const newest = new NewestFile(refuse);
  const fails = async (): Promise<string> => {
    await after(10, undefined);
    throw new Error("no sound");
  };
  await Promise.all([newest.choose(fails, show), newest.choose(() => after(1, "a.wav"), show)]);
  expect(refuse).not.toHaveBeenCalled();
  await newest.choose(fails, show);
  expect(refuse.mock.calls).toEqual([["no sound"]]);
  expect(show.mock.calls).toEqual([["a.wav"]]);
});
