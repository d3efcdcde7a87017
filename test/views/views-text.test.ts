import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { compareReport } from "../../examples/compare-text.ts";
import { focusReport } from "../../examples/data/cat-sat.ts";
import { derivation } from "../../examples/derivation-text.ts";
import { headGrid } from "../../examples/grid-text.ts";
import { headPicture } from "../../examples/head-text.ts";
import { parameterPicture } from "../../examples/parameter-text.ts";
import { verifiedCases } from "../../examples/verify-text.ts";
import { softmaxTable } from "../../src/views/softmax-table.ts";
import { surface } from "../../src/views/surface.ts";
import { compareText } from "../../src/views/text/compare.ts";
import { derivationText } from "../../src/views/text/derivation.ts";
import { type FocusReport, focusText } from "../../src/views/text/focus.ts";
import { gridText } from "../../src/views/text/grid.ts";
import { headText } from "../../src/views/text/head.ts";
import { parameterText } from "../../src/views/text/parameter.ts";
import { matrixText } from "../../src/views/text/tensor.ts";
import { paint, type Terminal, type TextStyle } from "../../src/views/text/terminal.ts";
import { tokenRowLines } from "../../src/views/text/token-rows.ts";
import { verifyText } from "../../src/views/text/verify.ts";

const hostile = [
  "[CLS]",
  "猫",
  "坐在",
  "e\u0301",
  "\u0301",
  "👩‍👩‍👧",
  "שלום",
  "مرحبا",
  "##ing",
  " ",
  "",
  "\n",
  "\u001b[31mred",
  "\u202eevil",
  "\ud800",
  "Donaudampfschifffahrtsgesellschaft",
  "</script>",
];

/** A report over any words; the first word looks, the second and third are the targets. */
function reportOver(words: readonly string[]): FocusReport {
  const weights = words.map((_, index) => 1 / 2 ** (index + 1));
  return {
    ...focusReport(),
    texts: [words.join(" ")],
    tokens: words.map((text) => ({ text })),
    focus: { label: words[0]!, tokens: [0] },
    targets: [1, 2].map((token) => ({ label: words[token]!, tokens: [token] })),
    weights,
  };
}

const long = Array.from({ length: 500 }, (_, index) => `word${index}`);

/** Every text view over ordinary and over difficult input. */
const views: Readonly<Record<string, (terminal: Terminal) => string>> = {
  focus: (terminal) => focusText(focusReport(), terminal),
  "focus, difficult words": (terminal) => focusText(reportOver(hostile), terminal),
  "focus, 500 words": (terminal) => focusText(reportOver(long), terminal),
  head: (terminal) => headText(headPicture(), terminal),
  grid: (terminal) => gridText(headGrid(), terminal),
  compare: (terminal) => compareText(compareReport(), terminal),
  derivation: (terminal) => derivationText(derivation(), terminal),
  parameter: (terminal) => parameterText(parameterPicture(), terminal),
  verify: (terminal) => verifyText(verifiedCases(), terminal),
};

describe.each(Object.entries(views))("%s", (_name, view) => {
  test.each([60, 80, 120, 200])("no line is wider than %i columns", (width) => {
    const lines = view({ width, color: 0, unicode: true }).split("\n");
    expect(lines.filter((line) => stringWidth(line) > width)).toEqual([]);
  });

  test("colour adds escape codes and changes nothing else", () => {
    const plain = view({ width: 100, color: 0, unicode: true });
    expect(plain).not.toContain("\u001b");
    for (const color of [4, 8] as const) {
      const colored = view({ width: 100, color, unicode: true });
      expect(colored).toContain("\u001b[");
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
      const stripped = colored.replace(/\u001b\[[\d;]*m/g, "");
      if (color === 4) expect(stripped).toBe(plain);
    }
  });

  test("no NaN and no undefined", () => {
    const text = view({ width: 100, color: 0, unicode: true });
    expect(text).not.toContain("undefined");
    if (view !== views.verify) expect(text).not.toContain("NaN");
  });
});

test("ASCII terminals get ASCII from us", () => {
  for (const view of [
    views.focus!,
    views.head!,
    views.grid!,
    views.compare!,
    views.parameter!,
    views.derivation!,
  ]) {
    const text = view({ width: 72, color: 0, unicode: false });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
    expect(text.replace(/[\u0000-\u007f]/g, "")).toBe("");
  }
});

test("words, numbers and bars end in the same column, whatever the words are made of", () => {
  const weights = hostile.map(() => 0.5);
  const tokens = hostile.map((text) => ({ text }));
  const terminal: Terminal = { width: 400, color: 0, unicode: true };
  const [words, numbers, bars] = tokenRowLines({ tokens, weights, focus: [] }, terminal);
  const ends = [...numbers!.matchAll(/0\.50/g)].map(({ index }) => index + 4);
  expect(ends).toHaveLength(hostile.length);
  expect([...bars!.matchAll(/▄▄▄/g)].map(({ index }) => index + 3)).toEqual(ends);
  const shown = hostile.map((text) => surface(text));
  let at = 0;
  for (const [index, end] of ends.entries()) {
    // A long word is cut: its beginning is enough to find it.
    const start = words!.indexOf(shown[index]!.slice(0, 12), at);
    at = start + Math.min(20, shown[index]!.length);
    const rest = words!.slice(at).search(/\s|$/);
    expect(stringWidth(words!.slice(0, at + rest))).toBe(end);
  }
});

test("a text of 500 words is not a wall, and says what it left out", () => {
  const lines = views["focus, 500 words"]!({ width: 80, color: 0, unicode: true }).split("\n");
  expect(lines.length).toBeLessThan(30);
  expect(lines.join("\n")).toMatch(/… \d+ more words, together 0\.0\d/);
});

test("surface leaves nothing that moves the cursor or reorders a line", () => {
  for (const text of hostile) {
    const shown = surface(text);
    expect(shown).not.toBe("");
    expect(shown).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\p{Cs}]/u);
  }
});

describe("the derivation adds up with the digits it shows", () => {
  const text = derivationText(derivation(), { width: 200, color: 0, unicode: true });
  const lines = text.split("\n");

  /** Value of a line such as "= 0.0330 + 0.0100 - 0.1203 (381 more) = -0.0774". */
  const sides = (line: string): [number, number] => {
    const [sum, total] = line.trim().replace(/^= /, "").split(" = ");
    const value = sum!
      .replace(/\([^)]*\)/g, "")
      .replace(/([+-]) /g, "$1")
      .trim()
      .split(/\s+/)
      .reduce((before, term) => before + Number(term), 0);
    return [value, Number(total)];
  };

  test("sums", () => {
    const sums = lines.filter((line) => /^\s+= .* = -?[\d.]+$/.test(line));
    expect(sums).toHaveLength(3);
    for (const line of sums) {
      const [value, total] = sides(line);
      expect(value).toBeCloseTo(total, 6);
    }
  });

  test("products", () => {
    const factors = lines.filter((line) => /\d×/.test(line));
    expect(factors).toHaveLength(3);
    for (const line of factors) {
      const next = lines[lines.indexOf(line) + 1]!;
      const pairs = [...line.matchAll(/([+-] )?(-?[\d.]+)×\(?(-?[\d.]+)\)?/g)];
      const products = next
        .replace(/^\s*= /, "")
        .replace(/([+-]) /g, "$1")
        .split(" ");
      expect(pairs).toHaveLength(3);
      for (const [index, [, sign, a, b]] of pairs.entries()) {
        const product = (sign === "- " ? -1 : 1) * Number(a) * Number(b);
        expect(Number(products[index])).toBe(Number(product.toFixed(4)));
      }
    }
  });

  test("softmax", () => {
    const rows = lines.filter((line) => /(?:\s+-?\d+\.\d+){5}$/.test(line));
    expect(rows).toHaveLength(13);
    const numbers = rows.map((line) => line.trim().split(/\s+/).slice(1).map(Number));
    const sum = Number(/^\s+sum\s+([\d.]+)/m.exec(text)![1]);
    expect(numbers.reduce((total, row) => total + row[3]!, 0)).toBeCloseTo(sum, 8);
    for (const [product, scaled, below, power, weight] of numbers) {
      expect(Math.abs(product! / Math.sqrt(32) - scaled!)).toBeLessThanOrEqual(0.5000001e-5);
      expect(Math.abs(Math.exp(below!) - power!)).toBeLessThanOrEqual(0.5000001e-5);
      expect(Number((power! / sum).toFixed(4))).toBe(weight);
    }
  });
});

test("softmaxTable: masked keys, bias, one key", () => {
  const masked = softmaxTable({ products: [1, 2, 3], scale: 0.5, masked: [false, false, true] });
  expect(masked.rows[2]).toMatchObject({ score: "-∞", power: "0.0000", weight: "0.0000" });
  const biased = softmaxTable({ products: [1, 1], scale: 1, bias: [0, Math.log(3)] });
  expect(biased.rows.map(({ weight }) => weight)).toEqual(["0.2500", "0.7500"]);
  expect(softmaxTable({ products: [-7], scale: 0.125 }).rows[0]!.weight).toBe("1.0000");
  const none = softmaxTable({ products: [1, 2], scale: 1, masked: [true, true] });
  expect(none.weights).toEqual([0, 0]);
});

describe("a terminal of 16 colours", () => {
  const painted = (style: TextStyle, theme: "light" | "dark") =>
    paint("x", style, { width: 80, color: 4, unicode: true, theme });

  test("has no yellow letters on a light ground, and other grounds than on a dark one", () => {
    expect(painted({ inkWeight: 0.7 }, "dark")).toBe("\u001b[1;33mx\u001b[0m");
    expect(painted({ inkWeight: 0.7 }, "light")).toBe("\u001b[1;34mx\u001b[0m");
    expect(painted({ weight: 0.7 }, "light")).toBe("\u001b[97;44mx\u001b[0m");
    expect(painted({ weight: 0.2 }, "light")).toBe("\u001b[30;46mx\u001b[0m");
    expect(painted({ weight: 0.05 }, "light")).toBe("x");
  });
});

test("a long title of numbers is broken", () => {
  const title = "numbers ".repeat(20).trim();
  const terminal: Terminal = { width: 60, color: 0, unicode: true };
  const text = matrixText({ title, rows: ["a"], columns: ["b"], values: [1] }, terminal);
  expect(text.split("\n").filter((line) => line.length > 60)).toEqual([]);
});
