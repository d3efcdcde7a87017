import { describe, expect, test } from "vitest";
import { checkExperiment, type Intervention } from "../../src/analysis/index.ts";
import { namesForCommand, tokenNames } from "../../web/panels/change/names.ts";
import { keysShown, rowWith } from "../../web/panels/change/row.ts";
import { changeSaid } from "../../web/panels/change/said.ts";
import {
  changedAt,
  changeOf,
  cutOf,
  firstChoices,
  keysChanged,
  weightOf,
  withChange,
} from "../../web/panels/change/tools.ts";
import { angleText, cosineText, degrees, sizeOf } from "../../web/panels/change/verdict.ts";
import { commandOf, experimentOf, typescriptOf } from "../../web/panels/change/written.ts";
import { english } from "../../web/words/en.ts";
import { commandLine } from "../support/command-line.ts";

const text = "The cat sat on the mat because it was tired.";
const words = ["[CLS]", ...text.slice(0, -1).split(" "), ".", "[SEP]"];
const tokens = words.map((word, index) => ({
  text: word,
  isSpecial: word.startsWith("["),
  ...(!word.startsWith("[") && { word: index - 1 }),
  start: 0,
  end: 0,
}));
const place = { input: text, layer: 3, head: 1, query: 8, tokens: 13 };
const cut = cutOf(firstChoices, place, 2);
const written = (changes: readonly Intervention[]) => ({
  model: { kind: "embedded" } as const,
  text,
  query: 8,
  changes,
  names: namesForCommand(tokens),
});

describe("a row that is dragged", () => {
  test("keeps its sum where the others share, and what is hidden stays hidden", () => {
    const row = Float32Array.of(0.5, 0.25, 0.25, Number.NaN);
    expect([...rowWith(row, 0, 0.8, true)]).toEqual([
      expect.closeTo(0.8, 6),
      expect.closeTo(0.1, 6),
      expect.closeTo(0.1, 6),
      Number.NaN,
    ]);
    expect([...rowWith(row, 0, 0.75, false)]).toEqual([0.75, 0.25, 0.25, Number.NaN]);
    expect([...rowWith(Float32Array.of(1, 0), 0, 0.25, true)]).toEqual([0.25, 0]);
  });

  test("of many keys the pinned and the strongest are listed, in the order of the text", () => {
    const row = Float32Array.of(0.1, 0.4, 0, 0.3, Number.NaN, 0.2);
    expect(keysShown(row, [2], 3)).toEqual([1, 2, 3]);
    expect(keysShown(row, [], 6)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(keysShown(row, [0, 2, 4], 2)).toEqual([0, 2, 4]);
  });

  test("a key whose link was cut or set stays listed", () => {
    const links = [cut, weightOf(firstChoices, place, 4, 0.5), cutOf(firstChoices, place, 0)];
    expect(keysChanged(links, place)).toEqual([2, 4, 0]);
    expect(keysChanged(links, { query: 7 })).toEqual([]);
    expect(keysChanged([{ kind: "ablateHeads", heads: ["L3H1"], by: "zero" }], place)).toEqual([]);
  });
});

describe("how large an effect is", () => {
  const turn = (angle: number, count = 50) => ({
    kind: "sentence" as const,
    layer: undefined,
    heads: undefined,
    angle,
    controls: { median: 2, low: 1, high: 5, count },
  });

  test("is said beside others of its kind", () => {
    expect([1.9, 2, 2.1, 5, 5.1].map((angle) => sizeOf(turn(angle)))).toEqual([
      "small",
      "small",
      "usual",
      "usual",
      "large",
    ]);
    expect(sizeOf(turn(1, 2))).toBeUndefined();
    expect(sizeOf({ ...turn(1), controls: undefined })).toBeUndefined();
    expect(sizeOf(turn(Number.NaN))).toBeUndefined();
  });

  test("angles and cosines are printed with the digits that tell them apart", () => {
    expect(degrees(0)).toBeCloseTo(90, 6);
    expect(degrees(1.0000001)).toBe(0);
    expect([55.2, 8.14, 0.44, 0.04, 0, Number.NaN].map(angleText)).toEqual([
      "55°",
      "8.1°",
      "0.4°",
      "0.04°",
      "0°",
      "–",
    ]);
    expect([0.5758, 0.99997, 1, Number.NaN].map(cosineText)).toEqual([
      "0.58",
      "0.999970",
      "1",
      "–",
    ]);
  });
});

describe("changes", () => {
  test("are what the tools say", () => {
    expect(cut).toEqual({ kind: "cut", query: 8, key: 2, heads: ["L3H1"] });
    const wide = { ...firstChoices, how: "after", where: "layer" } as const;
    expect(cutOf(wide, place, 2)).toEqual({
      kind: "cut",
      query: 8,
      key: 2,
      layers: [3],
      how: "after",
    });
    expect(changeOf({ ...firstChoices, tool: "head", whom: "query" }, place)).toEqual({
      kind: "ablateHeads",
      heads: ["L3H1"],
      by: "zero",
      query: 8,
    });
    const swap = { ...firstChoices, tool: "swap", at: 2, site: "k" } as const;
    expect(changeOf(swap, place)).toBeUndefined();
    expect(changeOf({ ...swap, from: 2 }, place)).toBeUndefined();
    expect(changeOf({ ...swap, from: 6 }, place)).toMatchObject({ from: text, fromQuery: 6 });
    expect(changeOf({ ...swap, from: "other", other: " " }, place)).toBeUndefined();
    expect(changeOf({ ...firstChoices, tool: "word", mask: "looks" }, place)).toMatchObject({
      kind: "cut",
      query: { start: 0, end: 13 },
      key: 8,
    });
  });

  test("of one link take each other's place, others add up", () => {
    const set = weightOf(firstChoices, place, 2, 0.9);
    expect(withChange([cut], set)).toEqual([set]);
    expect(withChange([set], cut)).toEqual([cut]);
    const other = weightOf(firstChoices, place, 6, 0.1);
    expect(withChange([set], other)).toEqual([set, other]);
    const silenced = changeOf({ ...firstChoices, tool: "head" }, place)!;
    expect(withChange([silenced], silenced)).toHaveLength(2);
  });

  test("are followed where they were made", () => {
    expect(changedAt(cut)).toBe(8);
    const swap = { ...firstChoices, tool: "swap", at: 2, from: 6 } as const;
    expect(changedAt(changeOf(swap, place))).toBeUndefined();
    expect(changedAt(changeOf({ ...swap, site: "mixed" }, place))).toBe(2);
    expect(changedAt(undefined)).toBeUndefined();
  });

  test("are said with the words of the text", () => {
    const names = tokenNames(tokens);
    expect(names.slice(1, 6)).toEqual(["The#1", "cat", "sat", "on", "the#2"]);
    const said = (one: Intervention) =>
      changeSaid(one, { queries: names, keys: names, stack: undefined }, english.change);
    expect(said(cut)).toBe(
      "“it” → “cat” cut in L3H1, before the softmax: the others share its weight",
    );
    expect(said(weightOf(firstChoices, place, 2, 0.9))).toBe(
      "“it” → “cat” in L3H1 set to 0.90; the others share the rest",
    );
    expect(said({ kind: "steer", toward: ["a"], away: ["b"], layers: [1], scale: 2 })).toContain(
      "stream behind layer 1",
    );
  });
});

describe("what is copied", () => {
  test("is a command that does the same", async () => {
    const command = commandOf(written([cut]));
    expect(command).toBe(
      `heed patch 'The cat sat on the mat because it was tired.' --cut 'it->cat' --head L3H1 --word it --seed 0`,
    );
    const { stdout, error } = await commandLine(
      ...["patch", text, "--cut", "it->cat", "--head", "L3H1", "--word", "it", "--seed", "0"],
      ...["--controls", "0", "--format", "json"],
    );
    expect(error).toBeUndefined();
    expect(JSON.parse(stdout).stations[0].cosine).toBeCloseTo(0.58, 2);
  });

  test("names words that are no words by their number, and quotes for a shell", () => {
    expect(namesForCommand(tokens)[0]).toBe("0");
    const hostile = { ...written([cut]), text: "it's $(rm -rf) `x`" };
    expect(commandOf(hostile)).toContain(`'it'\\''s $(rm -rf) \`x\`'`);
  });

  test("is the file's command where options have no words for it", () => {
    const set = weightOf(firstChoices, place, 2, 0.9);
    expect(commandOf(written([set]))).toBe("heed run change.heed.json");
    expect(commandOf(written([cut, set]))).toBe("heed run change.heed.json");
    expect(
      commandOf({
        ...written([changeOf({ ...firstChoices, tool: "layer", by: "mean" }, place)!]),
        model: { kind: "hub", id: "owner/name", revision: "v1" },
      }),
    ).toContain("--mean L3.attention --word it --seed 0 --model owner/name --revision v1");
  });

  test("is an experiment that heed reads, and a program that names all of it", () => {
    const set = weightOf({ ...firstChoices, shares: false }, place, 2, 0.9);
    const experiment = experimentOf(written([cut, set]));
    expect(checkExperiment(JSON.parse(JSON.stringify(experiment)), "file")).toEqual(experiment);
    const translated = { ...written([cut]), written: "Das Haus" };
    const ofTwo = experimentOf(translated);
    expect(ofTwo.input).toEqual({ text, target: "Das Haus" });
    expect(checkExperiment(JSON.parse(JSON.stringify(ofTwo)), "file")).toEqual(ofTwo);
    expect(commandOf(translated)).toBe("heed run change.heed.json");
    const program = typescriptOf(written([set]));
    expect(program).toContain("await load()");
    expect(program).toContain(JSON.stringify(text));
    expect(program).toContain('"renormalize": false');
  });
});
