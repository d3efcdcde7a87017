import { expect, test } from "vitest";
import { Trace } from "../probe/trace.ts";
import type { TextToken } from "../probe/words.ts";
import { Tensor } from "../tensor/tensor.ts";
import { Run } from "./run.ts";

const row = (...words: string[]): TextToken[] =>
  words.map((text, id) => ({
    id,
    text,
    surface: text,
    startsWord: true,
    special: false,
    start: 0,
    end: 0,
    word: id,
    sequence: 0,
    type: 0,
  }));

/** (1, 1, T, S) whose element is `start` + t·10 + s. */
const numbered = (T: number, S: number, start: number) =>
  new Tensor(
    [1, 1, T, S],
    Float32Array.from({ length: T * S }, (_, i) => start + Math.floor(i / S) * 10 + (i % S)),
  );

test("in an encoder-decoder queries and keys are words of their own stack", () => {
  const trace = new Trace();
  trace.put("encoder.layers.0.weights", numbered(3, 3, 1000), []);
  trace.put("decoder.layers.0.weights", numbered(2, 2, 2000), []);
  trace.put("decoder.layers.0.cross.weights", numbered(2, 3, 3000), []);
  const run = new Run({
    tokens: [row("the", "cat", "sat")],
    decoderTokens: [row("die", "Katze")],
    trace,
    output: {},
    inputs: { batch: 1, length: 3 },
  });
  expect(run.weight("L0H0", "sat", "cat", { stack: "encoder." })).toBe(1021);
  expect(run.weight("L0H0", "katze", "die", { stack: "decoder." })).toBe(2010);
  expect(run.weight("L0H0", "katze", "sat", { stack: "decoder.cross." })).toBe(3012);
  expect(() => run.weight("L0H0", "sat", "cat", { stack: "decoder.cross." })).toThrow(
    'weight, query: no word "sat" in the text. Its words: die Katze',
  );
});
