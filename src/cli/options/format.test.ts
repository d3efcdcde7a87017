import { describe, expect, test } from "vitest";
import { type Format, type FormatOptions, formatOf } from "./format.ts";

const drawing = ["text", "json", "csv", "svg", "html"] as const;
const plain = ["text", "json"] as const;

describe("the format of a result", () => {
  const cases: readonly [FormatOptions, readonly Format[], Format][] = [
    [{}, drawing, "text"],
    [{ format: "csv" }, drawing, "csv"],
    [{ format: "JSON" }, drawing, "json"],
    [{ format: "txt" }, drawing, "text"],
    [{ json: true }, drawing, "json"],
    [{ json: true, format: "Json" }, drawing, "json"],
    [{ out: "x.SVG" }, drawing, "svg"],
    [{ out: "a.b/it.htm" }, drawing, "html"],
    [{ out: "notes.txt" }, drawing, "text"],
    [{ out: "notes" }, drawing, "text"],
    [{ out: "/dev/stdout" }, drawing, "text"],
    [{ out: "x.html", format: "HTML" }, drawing, "html"],
    [{ out: "x.log", format: "text" }, drawing, "text"],
    [{ out: "run-1.5", format: "csv" }, drawing, "csv"],
    [{ open: true }, drawing, "html"],
    [{ open: true }, ["text", "json", "svg"], "svg"],
    [{ open: true }, plain, "text"],
    [{ open: true, out: "x.csv" }, drawing, "csv"],
    [{ open: true, format: "svg" }, drawing, "svg"],
  ];
  test.each(cases)("%o of %o is %s", (options, formats, format) => {
    expect(formatOf(options, formats)).toBe(format);
  });

  const refused: readonly [FormatOptions, readonly Format[], string][] = [
    [
      { format: "svg", out: "x.html" },
      drawing,
      "--format svg and --out x.html contradict each other: the ending .html means html. Name the file x.svg, or leave out --format",
    ],
    [
      { json: true, out: "a/x.CSV" },
      drawing,
      "--json and --out a/x.CSV contradict each other: the ending .csv means csv. Name the file a/x.json, or leave out --json",
    ],
    [
      { json: true, format: "csv" },
      drawing,
      "--format csv and --json contradict each other. Leave out one of them",
    ],
    // The command writes no svg, and still an .svg holds no JSON.
    [{ format: "json", out: "x.svg" }, plain, "contradict each other"],
    [
      { format: "text", out: "x.npz" },
      plain,
      "--format text and --out x.npz contradict each other: the ending .npz means npz. Name the file x.txt",
    ],
    [{ out: "x.npz" }, plain, "--out x.npz: this command writes text, json, not npz"],
    [{ out: "x.svg" }, plain, "--out x.svg: this command writes text, json, not svg"],
    [
      { out: "x.dat" },
      plain,
      "--out x.dat: the ending .dat means no format. End the name in one (.txt for text), or give --format; this command writes text, json",
    ],
    [{ format: "pdf" }, plain, "--format pdf: this command writes text, json"],
    [{ format: "svg", open: true }, plain, "--format svg: this command writes text, json"],
    [{ out: "" }, plain, '--out "": name a file'],
    [{ out: "-", open: true }, plain, "--out - and --open contradict each other"],
  ];
  test.each(refused)("%o of %o is refused", (options, formats, message) => {
    expect(() => formatOf(options, formats)).toThrow(message);
  });

  test("is refused in the words of what is written", () => {
    expect(() => formatOf({ format: "svg" }, plain, "a site is written as")).toThrow(
      "--format svg: a site is written as text, json",
    );
  });
});
