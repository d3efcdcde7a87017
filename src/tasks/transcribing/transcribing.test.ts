import { describe, expect, test } from "vitest";
import { tokenPlaces } from "./alignment.ts";
import { languageCode } from "./languages.ts";
import { segmentsOf } from "./segments.ts";
import { timestampRules } from "./timestamp-rules.ts";

describe("segments", () => {
  // Ids from 100 on are times in steps of 0.02 s.
  const window = { firstTimeId: 100, offset: 30, frames: 100, secondsPerToken: 0.02 };
  const cut = (ids: readonly number[]) => segmentsOf({ ...window, ids });
  const times = (ids: readonly number[]) =>
    cut(ids).segments.map(({ start, end }) => [start, end].map((x) => Number(x.toFixed(2))));

  test("two whole ones and a begun one: the next window begins behind the last whole one", () => {
    const ids = [100, 1, 2, 110, 110, 3, 120, 120, 4];
    expect(times(ids)).toEqual([
      [30, 30.2],
      [30.2, 30.4],
    ]);
    expect(cut(ids).next).toBe(40);
  });

  test("a single time at the end: nothing is said behind it", () => {
    const ids = [100, 1, 110, 110, 2, 130];
    expect(times(ids)).toEqual([
      [30, 30.2],
      [30.2, 30.6],
    ]);
    expect(cut(ids).next).toBe(100);
  });

  test("no time, or one that is no end", () => {
    expect(times([1, 2])).toEqual([[30, 31]]);
    expect(times([100, 1, 125])).toEqual([[30, 30.5]]);
    expect(times([100, 1])).toEqual([[30, 31]]);
  });
});

describe("times are written by rules", () => {
  const rules = timestampRules({ noTimestampsId: 5, endId: 3, begin: 1, maxInitial: 2 });
  const left = (written: readonly number[], scores: number[]) => {
    const own = Float32Array.from(scores);
    const columns = [9, ...written];
    rules(own, { columns, ids: columns, promptColumns: 1, read: undefined });
    return [...own.keys()].filter((id) => own[id] !== -Infinity);
  };
  const even = [0, 0, 0, 0, 0, 0, -9, -9, -9, -9, -9];

  test("the first is a time, and no late one", () => expect(left([], even)).toEqual([6, 7, 8]));
  test("a text follows a time that begins", () => expect(left([7], even)).toEqual([0, 1, 2, 3, 4]));
  test("behind one that ends comes its twin, a later one, or the end", () =>
    expect(left([6, 1, 8], even)).toEqual([3, 4, 8, 9, 10]));
  test("times never go back", () =>
    expect(left([6, 1], even)).toEqual([0, 1, 2, 3, 4, 7, 8, 9, 10]));
  test("times that are likelier together than any word are written", () =>
    expect(left([6, 1], [0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1])).toEqual([7, 8, 9, 10]));
});

test("each token is found where its head looks", () => {
  const data = new Float32Array(3 * 9);
  for (const [row, from] of [0, 4, 6].entries())
    for (let place = from; place < [4, 6, 9][row]!; place++) data[row * 9 + place] = 1;
  expect(tokenPlaces([{ rows: 3, columns: 9, data }], 1)).toEqual([0, 4, 6]);
});

test("languages by code, name and token", () => {
  expect(["en", "German", "<|ja|>", "mandarin", "klingon"].map(languageCode)).toEqual([
    "en",
    "de",
    "ja",
    "zh",
    undefined,
  ]);
});
