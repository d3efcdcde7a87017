import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { compareReport } from "../../examples/compare-text.ts";
import { encodePng } from "../../src/views/png/png.ts";
import { inkOn, weightColor } from "../../src/views/scale.ts";
import { compareSvg } from "../../src/views/svg/compare.ts";
import type { SvgOptions } from "../../src/views/svg/frame.ts";
import { gridSvg } from "../../src/views/svg/grid.ts";
import { headSvg } from "../../src/views/svg/head.ts";
import { sentenceSvg } from "../../src/views/svg/sentence.ts";
import { textWidth } from "../../src/views/svg/text-measure.ts";

const words = [
  "[CLS]",
  "猫",
  "שלום",
  "",
  "\n",
  "<img src=x>",
  "</svg>",
  "&'\"",
  "\ud800",
  "W".repeat(60),
];

function squareWeights(size: number): number[] {
  return Array.from({ length: size * size }, (_, index) => {
    const query = Math.floor(index / size);
    const key = index % size;
    return key > query ? Number.NaN : 1 / (query + 1);
  });
}

function wordsOf(size: number): { text: string }[] {
  return Array.from({ length: size }, (_, index) => ({ text: words[index] ?? `word${index}` }));
}

function headOf(size: number, options: SvgOptions): string {
  const tokens = wordsOf(size);
  return headSvg(
    { layer: 1, head: 2, queries: tokens, keys: tokens, weights: squareWeights(size), focus: 1 },
    options,
  );
}

function gridOf(size: number, options: SvgOptions): string {
  const tokens = wordsOf(size);
  const weights = squareWeights(size);
  return gridSvg(
    {
      title: words.join(" "),
      layers: 12,
      heads: 12,
      queries: tokens,
      keys: tokens,
      weightsOf: () => weights,
    },
    options,
  );
}

const pictures: Readonly<Record<string, (options: SvgOptions) => string>> = {
  sentence: (options) => {
    const weights = words.map((_, index) => (index === 3 ? Number.NaN : 1 / (index + 1)));
    const tokens = words.map((text) => ({ text }));
    return sentenceSvg(
      { layer: 0, head: 0, tokens, weights, focus: [1], word: words[5]! },
      options,
    );
  },
  "head of 1": (options) => headOf(1, options),
  "head of 12": (options) => headOf(12, options),
  "head of 128": (options) => headOf(128, options),
  "head of 700": (options) => headOf(700, options),
  "grid of 10": (options) => gridOf(10, options),
  "grid of 128": (options) => gridOf(128, options),
  compare: (options) =>
    compareSvg({ ...compareReport(), word: "<b>", distances: [0, Number.NaN] }, options),
};

interface Label {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Boxes of all labels, by our own measure; turned ones stand upright. */
function labelsOf(svg: string): Label[] {
  const pattern =
    /<text(?: [\w-]+="[^"]*")*? x="([^"]*)" y="([^"]*)" font-size="(\d+)"( text-anchor="(\w+)")?( transform="rotate[^"]*")?>([^<]*)</g;
  return [...svg.matchAll(pattern)].map(([, x, y, size, , anchor, turned, raw]) => {
    const text = raw!.replace(/&(amp|lt|gt|quot|#39);/g, "x");
    const length = textWidth(text, Number(size));
    const height = Number(size) * 0.9;
    if (turned)
      return {
        text,
        left: Number(x) - height,
        right: Number(x),
        top: Number(y) - length,
        bottom: Number(y),
      };
    const left = Number(x) - (anchor === "middle" ? length / 2 : anchor === "end" ? length : 0);
    return { text, left, right: left + length, top: Number(y) - height, bottom: Number(y) };
  });
}

describe.each(Object.entries(pictures))("%s", (_name, picture) => {
  const svg = picture({});

  test("is well formed and holds nothing foreign", () => {
    const open: string[] = [];
    for (const [, closing, name, rest] of svg.matchAll(/<(\/?)([a-z]+)([^<>]*)>/g)) {
      if (closing) expect(open.pop()).toBe(name);
      else if (!rest!.endsWith("/")) open.push(name!);
    }
    expect(open).toEqual([]);
    expect(svg).not.toMatch(/<img|<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });

  test("has finite, positive coordinates", () => {
    expect(svg).not.toMatch(/="(NaN|undefined|-?Infinity)/);
    expect(svg.match(/ (x|y|width|height)="-/g)).toBeNull();
  });

  test.each([280, 400, 900])("labels stay inside and apart at width %i", (width) => {
    const drawn = picture({ width });
    const [, right, bottom] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(drawn)!.map(Number);
    const labels = labelsOf(drawn);
    expect(labels.length).toBeGreaterThan(0);
    for (const label of labels) {
      expect(label.left, label.text).toBeGreaterThanOrEqual(0);
      expect(label.right, label.text).toBeLessThanOrEqual(right!);
      expect(label.top, label.text).toBeGreaterThanOrEqual(0);
      expect(label.bottom, label.text).toBeLessThanOrEqual(bottom!);
    }
    for (const [index, a] of labels.entries())
      for (const b of labels.slice(index + 1)) {
        const overlap =
          a.left < b.right - 0.1 &&
          b.left < a.right - 0.1 &&
          a.top < b.bottom - 0.1 &&
          b.top < a.bottom - 0.1;
        expect(overlap, `${a.text} over ${b.text}`).toBe(false);
      }
  });

  test("has a bounded number of elements", () => {
    expect(svg.match(/<(rect|text|image)/g)!.length).toBeLessThan(3000);
    expect(svg.length).toBeLessThan(400_000);
  });

  test("a fixed theme holds one theme", () => {
    expect(svg).toContain("prefers-color-scheme");
    expect(picture({ theme: "dark" })).not.toContain("prefers-color-scheme");
    expect(picture({ theme: "light" })).toContain('class="heed-light"');
  });
});

test("encodePng writes what a PNG reader finds", () => {
  const pixels = Uint8Array.of(0, 1, 2, 1, 0, 2);
  const png = encodePng({
    width: 3,
    height: 2,
    palette: [
      [1, 2, 3],
      [4, 5, 6],
    ],
    pixels,
  });
  const view = new DataView(png.buffer, png.byteOffset);
  const chunks = new Map<string, Uint8Array>();
  for (let at = 8; at < png.length; at += view.getUint32(at) + 12)
    chunks.set(
      String.fromCharCode(...png.subarray(at + 4, at + 8)),
      png.subarray(at + 8, at + 8 + view.getUint32(at)),
    );
  expect([...chunks.keys()]).toEqual(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);
  expect([...chunks.get("tRNS")!]).toEqual([255, 255, 0]);
  expect([...inflateSync(chunks.get("IDAT")!)]).toEqual([0, 0, 1, 2, 0, 1, 0, 2]);
  expect(view.getUint32(png.length - 4)).toBe(0xae426082); // the checksum of every IEND
});

test("letters on a weight's colour have a contrast of at least 4.5", () => {
  const luminance = (color: readonly number[]): number => {
    const [red, green, blue] = color.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  for (const theme of ["light", "dark"] as const)
    for (let weight = 0; weight <= 1; weight += 0.01) {
      const ground = weightColor(weight, theme);
      const [low, high] = [luminance(ground), luminance(inkOn(ground))].sort((a, b) => a - b);
      expect((high! + 0.05) / (low! + 0.05)).toBeGreaterThanOrEqual(4.5);
    }
});
