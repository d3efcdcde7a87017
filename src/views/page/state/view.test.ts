import { expect, test, vi } from "vitest";
import { textSource } from "../source/from-picture.ts";
import type { TextSource } from "../source/source.ts";
import { changed, strongestKey, ViewStore } from "./view.ts";

/** [CLS] and two words: every word looks most at [CLS], then at itself, then at the other. */
function source(): TextSource {
  const head = [1, 0, 0, 0.6, 0.3, 0.1, 0.6, 0.15, 0.25];
  return textSource({
    texts: ["a b"],
    model: { name: "m", layers: 2, heads: 2, tokens: 3 },
    queries: [{ text: "[CLS]", special: true }, { text: "a" }, { text: "b" }],
    weights: [
      [...head, ...head],
      [...head, ...head],
    ],
  });
}

const view = { query: 1, key: 2, layer: 0, head: 0 };

test("a change outside the source is none; another word seeks its key", () => {
  expect(changed(source(), view, { head: 1 })).toEqual({ ...view, head: 1 });
  expect(changed(source(), view, { query: 2 })).toEqual({ ...view, query: 2, key: undefined });
  expect(changed(source(), view, { query: 2, key: 0 })).toEqual({ ...view, query: 2, key: 0 });
  for (const change of [{ head: 2 }, { layer: -1 }, { query: 3 }, { key: 3 }, { query: 0.5 }])
    expect(changed(source(), view, change)).toBeUndefined();
});

test("of a source that holds some heads only these are chosen, and no other is opened", () => {
  const part = { ...source(), only: [{ layer: 1, head: 1 }] };
  expect(changed(part, view, { layer: 1 })).toEqual({ ...view, layer: 1, head: 1 });
  expect(changed(part, view, { layer: 1, head: 0 })).toBeUndefined();
  expect(changed(part, { ...view, layer: 1, head: 1 }, { layer: 0 })).toBeUndefined();
  expect(new ViewStore(part).view).toMatchObject({ layer: 1, head: 1 });
});

test("the strongest key is no special token and not the word itself, where there is another", () => {
  const row = Float32Array.of(0.6, 0.3, 0.1);
  expect(strongestKey(source(), { query: 1, layer: 0 }, row)).toBe(2);
  expect(
    strongestKey(source(), { query: 1, layer: 0 }, Float32Array.of(0.6, 0.3, Number.NaN)),
  ).toBe(0);
  const cross = { ...source(), keys: [...source().keys] };
  expect(strongestKey(cross, { query: 1, layer: 0 }, row)).toBe(1);
});

test("a word is followed to what heads rest on only where there is no other, or where that is asked for", () => {
  const own = source();
  const resting = { ...own, rest: [1] };
  const row = Float32Array.of(0.2, 0.5, 0.3);
  const cross = { ...resting, keys: [...own.keys] };
  expect(strongestKey(cross, { query: 2, layer: 0 }, row)).toBe(2);
  expect(strongestKey(own, { query: 2, layer: 0 }, row)).toBe(1);
  expect(strongestKey({ ...cross, rest: [1, 2] }, { query: 2, layer: 0 }, row)).toBe(0);
  expect(new ViewStore(resting, { query: 2, key: 1 }).view.key).toBe(1);
});

test("a store finds the key at once where the source does, and tells of changes once", () => {
  const store = new ViewStore(source(), { query: 1 });
  expect(store.view).toEqual({ query: 1, key: 2, layer: 0, head: 0 });
  const listener = vi.fn();
  const end = store.listen(listener);
  store.set({ query: 2 });
  expect(listener.mock.calls).toEqual([[{ query: 2, key: 1, layer: 0, head: 0 }]]);
  store.set({ layer: 7 });
  end();
  store.set({ layer: 1 });
  expect(listener).toHaveBeenCalledTimes(1);
  expect(new ViewStore(source(), { layer: 7 }).view.layer).toBe(0);
});

test("a listener that throws keeps no other from hearing, and its error is not lost", () => {
  const later: (() => void)[] = [];
  vi.stubGlobal("queueMicrotask", (work: () => void) => later.push(work));
  const store = new ViewStore(source());
  store.listen(() => {
    throw new Error("no address");
  });
  const listener = vi.fn();
  store.listen(listener);
  store.set({ head: 1 });
  vi.unstubAllGlobals();
  expect(listener).toHaveBeenCalledTimes(1);
  expect(later).toHaveLength(1);
  expect(later[0]).toThrow("no address");
});

test("a store finds the key later, unless the view has moved on or the source refuses", async () => {
  const held = source();
  const answers: ((row: Float32Array) => void)[] = [];
  const later = {
    ...held,
    row: () => new Promise<Float32Array>((resolve) => answers.push(resolve)),
  };
  const store = new ViewStore(later, { query: 1 });
  expect(store.view.key).toBeUndefined();
  store.set({ query: 2 });
  answers[1]!(Float32Array.of(0.6, 0.15, 0.25));
  await vi.waitFor(() => expect(store.view.key).toBe(1));
  answers[0]!(Float32Array.of(0, 0, 1));
  await new Promise(setImmediate);
  expect(store.view).toMatchObject({ query: 2, key: 1 });
  const refusing = { ...held, row: () => Promise.reject(new Error("no")) };
  const refused = new ViewStore(refusing);
  await new Promise(setImmediate);
  expect(refused.view.key).toBeUndefined();
});
