import { describe, expect, test } from "vitest";
import type { WritingOptions } from "./options.ts";
import { processed } from "./processors.ts";
import { settingsOf } from "./settings.ts";

/** Scores of zeros, or those given, behind a prompt of two ids and what was written. */
function left(options: WritingOptions, written: readonly number[], scores = new Float32Array(8)) {
  const settings = settingsOf({
    options,
    generationConfig: {},
    config: {},
    endId: 7,
    label: "logits",
  });
  const columns = [1, 2, ...written];
  const past = { columns, ids: columns, promptColumns: 2, read: [1, 2] };
  return [...processed(scores, past, settings, 10)];
}

describe("presence and frequency penalties", () => {
  test("count what was written, not the prompt: score − frequency · count − presence", () => {
    const written = [3, 3, 5];
    expect(left({ presencePenalty: 0.5, frequencyPenalty: 0.25 }, written)).toEqual([
      0, 0, 0, -1, 0, -0.75, 0, 0,
    ]);
    expect(left({ presencePenalty: 0.5 }, written)[3]).toBe(-0.5);
    expect(left({ frequencyPenalty: -1 }, written)[3]).toBe(2);
    expect(left({ presencePenalty: 2 }, [])).toEqual(new Array(8).fill(0));
  });

  test("come behind the repetition penalty", () => {
    const scores = Float32Array.of(0, 4, 0, 4, 0, 0, 0, 0);
    const options = { repetitionPenalty: 2, presencePenalty: 1 };
    expect(left(options, [3], scores).slice(1, 4)).toEqual([2, 0, 1]);
  });
});

test("an end that is named twice becomes likelier once", () => {
  const scores = new Float32Array(8).fill(2);
  const decay = { exponentialDecayLengthPenalty: [1, 1.5] as const };
  const once = left({ ...decay, endIds: [7] }, [3, 3], new Float32Array(scores));
  expect(once[7]).toBe(3);
  expect(left({ ...decay, endIds: [7, 7] }, [3, 3], scores)).toEqual(once);
});

test("ends wait for a least length, a least of new tokens, and are forced where there is no more room", () => {
  const isEnd = (options: WritingOptions, written: readonly number[]) =>
    left(options, written)[7] === 0;
  expect([[3], [3, 4]].map((written) => isEnd({ minNewTokens: 2 }, written))).toEqual([
    false,
    true,
  ]);
  expect([[3], [3, 4]].map((written) => isEnd({ minLength: 4 }, written))).toEqual([false, true]);
  const forced = left({ forcedEosTokenId: [6, 7] }, [3, 3, 3, 3, 3, 3, 3]);
  expect(forced.flatMap((score, id) => (score === 0 ? [id] : []))).toEqual([6, 7]);
  expect(left({ forcedEosTokenId: 6 }, [3])[5]).toBe(0);
});

test("what cannot be chosen: words, n-grams, suppressed ids; the first token is forced behind one", () => {
  const none = (scores: readonly number[]) =>
    scores.flatMap((score, id) => (score === -Infinity ? [id] : []));
  expect(none(left({ badWordsIds: [[4], [3, 5], [6, 6]] }, [3]))).toEqual([4, 5]);
  // An end by itself is no bad word.
  expect(none(left({ badWordsIds: [[7]] }, [3]))).toEqual([]);
  expect(none(left({ noRepeatNgramSize: 2 }, [3, 1]))).toEqual([2]);
  expect(none(left({ suppressTokens: [0, 99] }, []))).toEqual([0]);
  expect(none(left({ beginSuppressTokens: [5] }, []))).toEqual([5]);
  expect(none(left({ beginSuppressTokens: [5] }, [3]))).toEqual([]);
  expect(
    left(
      {
        sequenceBias: [
          [[2, 5], 1],
          [[5], 2],
          [[5], 3],
        ],
      },
      [],
    )[5],
  ).toBe(4);
});
