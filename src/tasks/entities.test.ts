import { describe, expect, test } from "vitest";
import { type Aggregation, type Entity, entitiesOf, withoutOverlap } from "./entities.ts";

const labels = ["O", "B-ENT", "I-ENT", "I-NAME"];
const tokenizer = {
  join: (texts: readonly string[]) => texts.join(" ").replaceAll(" ##", ""),
};

/** micro|soft| |com|pany, as the documentation of transformers has it. */
const pieces = [
  { word: "micro", scores: [0.1, 0.5, 0.2, 0.2], continues: false },
  { word: "##soft", scores: [0.1, 0.0, 0.3, 0.6], continues: true },
  { word: "com", scores: [0.1, 0.1, 0.7, 0.1], continues: false },
  { word: "##pany", scores: [0.2, 0.0, 0.5, 0.3], continues: true },
].map((piece, place) => ({ ...piece, place, start: place * 5, end: place * 5 + 5 }));

function found(aggregation: Aggregation): string[] {
  return entitiesOf(pieces, { labels, aggregation, tokenizer }).map(
    ({ label, word, start, end, score }) => `${word} ${label} ${start}-${end} ${score.toFixed(2)}`,
  );
}

describe("entities", () => {
  test("are pieces by themselves, or neighbours of one label", () => {
    expect(found("none")).toEqual([
      "micro B-ENT 0-5 0.50",
      "##soft I-NAME 5-10 0.60",
      "com I-ENT 10-15 0.70",
      "##pany I-ENT 15-20 0.50",
    ]);
    expect(found("simple")).toEqual([
      "micro ENT 0-5 0.50",
      "##soft NAME 5-10 0.60",
      "company ENT 10-20 0.60",
    ]);
  });

  test("are words under the label of the first piece, the surest, or their average", () => {
    expect(found("first")).toEqual(["microsoft company ENT 0-20 0.60"]);
    expect(found("max")).toEqual(["microsoft NAME 0-10 0.60", "company ENT 10-20 0.70"]);
    expect(found("average")).toEqual(["microsoft NAME 0-10 0.40", "company ENT 10-20 0.60"]);
  });

  test("that begin are not drawn to those before, and labels without a mark are", () => {
    const of = (...names: string[]) =>
      entitiesOf(
        names.map((_, place) => ({
          ...pieces[0]!,
          place,
          scores: names.map((_, label) => +(label === place)),
        })),
        { labels: names, aggregation: "simple", tokenizer },
      ).map(({ label, word }) => `${label} ${word.split(" ").length}`);
    expect(of("B-A", "B-A", "I-A")).toEqual(["A 1", "A 2"]);
    expect(of("NOUN", "NOUN", "PART-OF")).toEqual(["NOUN 2", "OF 1"]);
  });

  test("of windows that overlap are the longest, or the surest of two as long", () => {
    const entity = (start: number, end: number, score: number): Entity => ({
      label: "A",
      word: "",
      start,
      end,
      score,
    });
    const [short, long, later] = [entity(0, 3, 0.9), entity(1, 6, 0.2), entity(6, 8, 0.5)];
    expect(withoutOverlap([later, long, short], "a text of Vienna")).toEqual([long, later]);
    const surer = { ...short, score: 0.95 };
    expect(withoutOverlap([short, surer], "a text")).toEqual([surer]);
    // Two people are two characters, however many units they take.
    expect(withoutOverlap([entity(0, 4, 0.1), entity(2, 5, 0.2)], "😀😀a")).toEqual([
      entity(2, 5, 0.2),
    ]);
    expect(withoutOverlap([], "")).toEqual([]);
  });
});
