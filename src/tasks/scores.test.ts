import { describe, expect, test } from "vitest";
import { ConfigError, InputError } from "../errors/errors.ts";
import { labelNames } from "../families/family.ts";
import { applyScoreFunction, rankedLabels, scoreFunctionOf } from "./scores.ts";

const named = (...names: string[]) => ({ id2label: { ...names } });

describe("what makes scores of logits", () => {
  test.each([
    [named("a"), "sigmoid"],
    [named("a", "b"), "softmax"],
    [{}, "softmax"],
    [{ ...named("a"), problem_type: null }, "sigmoid"],
    [{ ...named("a"), problem_type: "regression" }, "none"],
    [{ ...named("a", "b"), problem_type: "regression" }, "none"],
    [{ ...named("a", "b"), problem_type: "multi_label_classification" }, "sigmoid"],
    [{ ...named("a", "b"), problem_type: "single_label_classification" }, "softmax"],
    // Transformers asks for it only where a config has no labels, which no config is.
    [{ ...named("a", "b"), function_to_apply: "none" }, "softmax"],
  ])("is, for %o, %s", (config, expected) => {
    expect(scoreFunctionOf(config, undefined)).toBe(expected);
    expect(scoreFunctionOf(config, "none")).toBe("none");
    expect(scoreFunctionOf(config, "SIGMOID")).toBe("sigmoid");
  });

  test("is softmax for one label of a sound, as its pipeline has it", () => {
    expect(scoreFunctionOf(named("a"), undefined, "audio classification")).toBe("softmax");
  });

  test("is refused by name", () => {
    expect(() => scoreFunctionOf({}, "relu")).toThrow(InputError);
    expect(() => scoreFunctionOf({ problem_type: "ordinal" }, undefined)).toThrow(
      'config.json says problem_type="ordinal"; heed knows regression,',
    );
    expect(scoreFunctionOf({ problem_type: "ordinal" }, "softmax")).toBe("softmax");
  });

  test("gives shares of one, shares each for itself, or the logits", () => {
    expect(applyScoreFunction([1000, 1000], "softmax")).toEqual([0.5, 0.5]);
    expect(applyScoreFunction([0, -1000], "sigmoid")).toEqual([0.5, 0]);
    expect(applyScoreFunction([3, -4], "none")).toEqual([3, -4]);
  });
});

describe("names of labels", () => {
  test("are those of the config, by number", () => {
    expect(labelNames({ id2label: { 1: "b", 0: "a" } })).toEqual(["a", "b"]);
    expect(labelNames({ id2label: { 0: 7, 1: "" } })).toEqual(["7", ""]);
    expect(labelNames({})).toEqual(["LABEL_0", "LABEL_1"]);
    expect(labelNames({ id2label: null, num_labels: 1 })).toEqual(["LABEL_0"]);
    expect(labelNames({ id2label: { 0: "a" }, num_labels: 2 })).toEqual(["LABEL_0", "LABEL_1"]);
    expect(rankedLabels(named("a", "b", "c"), [1, 2, 2])).toEqual([
      { label: "b", score: 2 },
      { label: "c", score: 2 },
      { label: "a", score: 1 },
    ]);
  });

  test.each([
    [["a", "b"], "id2label is a list"],
    ["a", 'id2label is "a"'],
    [{ 0: "a", 2: "c" }, "id2label has nothing for label 1"],
    [{ 0: "a", 1: null }, "id2label has null for label 1"],
    [{ 0: "a", 1: ["b"] }, 'id2label has ["b"] for label 1'],
    [{ zero: "a", one: "b" }, "id2label has nothing for label 0"],
  ])("as %o are refused", (id2label, message) => {
    expect(() => labelNames({ id2label })).toThrow(ConfigError);
    expect(() => labelNames({ id2label })).toThrow(message);
  });
});
