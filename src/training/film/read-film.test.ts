import { describe, expect, test } from "vitest";
import { InputError } from "../../errors/errors.ts";
import { toBase64 } from "../../export/base64.ts";
import { readFilm } from "./read-film.ts";

const head = {
  queryKey: [1],
  valueOutput: [1],
  directions: [{ value: 1, asking: ["a"], found: ["b"] }],
  lengths: [1, 1, 1, 1],
  scores: [0.5],
};
const film = {
  format: "heed film 1",
  title: "previous",
  model: { family: "gpt2", layers: 1, heads: 2, width: 8, headWidth: 4 },
  seed: 1,
  steps: 2,
  probes: [["a", "b"]],
  measures: [{ name: "previous", what: "looks back", chance: 0.5 }],
  curve: [[1, 2.5]],
  frames: [
    {
      step: 0,
      loss: 2,
      accuracy: 0.5,
      heads: [head, head],
      attention: [toBase64(new Uint8Array(8))],
    },
  ],
};

type Json = Record<string, unknown> | unknown[];

/** Every place of a value, from the top down. */
function placesIn(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [[...path]];
  return [
    [...path],
    ...Object.entries(value).flatMap(([key, one]) => placesIn(one, [...path, key])),
  ];
}

function changed(path: readonly (string | number)[], to: unknown): unknown {
  if (path.length === 0) return to;
  const copy = structuredClone(film) as Json;
  const inner = path.slice(0, -1).reduce((one, key) => one[key as never] as Json, copy);
  inner[path.at(-1) as never] = to as never;
  return copy;
}

test("a film is read as it was written; what is no number there is NaN", () => {
  expect(readFilm(film, "film.json")).toEqual(film);
  const astray = readFilm(changed(["curve", 0, 1], null), "film.json");
  expect(astray.curve).toEqual([[1, Number.NaN]]);
});

describe("a malformed film is refused by the place", () => {
  test.each(placesIn(film).map((path) => [path]))("%j", (path) => {
    for (const wrong of [undefined, true, { a: [] }, [[1, 2, 3]], -1.5, "\u0000"]) {
      let message = "";
      try {
        readFilm(changed(path, wrong), "film.json");
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        message = (error as Error).message;
      }
      if (wrong === true) expect(message).toContain("A film is what heed train writes");
    }
  });

  test.each([
    [["frames"], [], "frames must be at least one frame"],
    [["frames", 0, "heads"], [head], "frames[0].heads must be a list of 2"],
    [["frames", 0, "attention", 0], "AAAA", "frames[0].attention[0] must be 8 bytes in base64"],
    [["model", "layers"], 1e9, "model must be at most 4096 heads"],
    [["frames", 0, "loss"], "low", 'frames[0].loss must be a number, got "low"'],
  ] as const)("%j: %j", (path, wrong, message) => {
    expect(() => readFilm(changed(path, wrong), "film.json")).toThrow(message);
  });
});
