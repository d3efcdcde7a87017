import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pdfOf } from "../../src/cli/raster.ts";
import { decodePng } from "../../src/images/png.ts";
import { commandLine, folderWithWords } from "../support/command-line.ts";

const folder = mkdtempSync(join(tmpdir(), "heed-figures-"));
const model = ["--model", folderWithWords("bert-mlm", 99), "--backend", "reference"];
const text = "The cat sat on the mat because it was tired.";
/** Every command that draws, with what it takes to draw. */
const drawing: Readonly<Record<string, readonly string[]>> = {
  look: [text],
  show: ["show", "L0H1", text],
  grid: ["show", text],
  compare: ["compare", text, "The dog sat on the mat because it was tired.", "--word", "it"],
  explain: ["explain", text, "--word", "it", "--head", "L0H1"],
  patch: ["patch", text, "--zero", "L0H1", "--controls", "2"],
  rollout: ["rollout", text],
  measure: ["measure", text, "--of", "entropy"],
  heads: ["heads", text],
  families: ["heads", text, "--families", "2"],
};

async function written(ending: string, ...args: readonly string[]): Promise<Buffer> {
  const out = join(folder, `picture.${ending}`);
  const { error } = await commandLine(...args, ...model, "--out", out);
  if (error) throw error;
  return readFileSync(out);
}

describe.each(Object.entries(drawing))("%s", (_, args) => {
  test("an SVG says below what it is of and holds the numbers that JSON has", async () => {
    const svg = (await written("svg", ...args)).toString();
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    // The text, whatever stands above, and the model.
    expect(svg).toMatch(
      new RegExp(`>[^<]*\\.</text>\\n<text[^>]*>.*[^ ]+ · heed ${version}</text>`),
    );
    const inside = /<metadata>(.*)<\/metadata>/.exec(svg)![1]!;
    const plain = inside.replaceAll("&quot;", '"').replaceAll("&#39;", "'");
    const data = JSON.parse(
      plain.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"),
    );
    const json = JSON.parse((await written("json", ...args)).toString());
    expect(data.heed).toBe(version);
    expect(data.model).toEqual(json.model);
    expect(Object.keys(json)).toEqual(expect.arrayContaining(["model"]));
  });

  test("a PNG and a PDF are the same picture", async () => {
    const { width, height } = decodePng(await written("png", ...args), "picture.png");
    const svg = (await written("svg", ...args)).toString();
    const size = (name: string) =>
      Number(new RegExp(`<svg[^>]* ${name}="([\\d.]+)"`).exec(svg)![1]);
    expect(Math.abs(width - 2 * size("width"))).toBeLessThanOrEqual(2);
    expect(Math.abs(height - 2 * size("height"))).toBeLessThanOrEqual(2);
    const pdf = (await written("pdf", ...args)).toString("latin1");
    expect(pdf.startsWith("%PDF-")).toBe(true);
    const [, pageWidth] = /MediaBox \[0 0 ([\d.]+)/.exec(pdf)!;
    expect(Math.abs(Number(pageWidth) - size("width"))).toBeLessThanOrEqual(1);
    // Shapes and texts, not a picture of them.
    expect(pdf).toContain("/BaseFont /Helvetica");
  });
});

test("a PDF has its shapes as SVG has them, and texts that Helvetica cannot write as pictures", async () => {
  const svg = (text: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 50" aria-label="a &amp; b"><title>a</title><g transform="translate(5 5)"><rect x="0" y="0" width="20" height="10" rx="3" fill="#ff0000"/><path d="M0 0L9 9" fill="none" stroke="#00ff00" stroke-dasharray="3 4"/></g><circle cx="9" cy="9" r="4" fill="#0000ff"/><text x="10" y="30" font-size="12" text-anchor="middle">${text}</text></svg>`;
  const plain = Buffer.from(await pdfOf(svg("caf\u00e9 \u2212 \u201ca\u201d"))).toString("latin1");
  expect(plain).not.toContain("/Subtype /Image");
  expect(plain).toContain("/BaseFont /Helvetica");
  expect(plain).toContain("(a & b)");
  const drawn = Buffer.from(await pdfOf(svg("\u732b \u2192"))).toString("latin1");
  expect(drawn).toContain("/Subtype /Image");
  await expect(pdfOf(svg("a").replace("<circle", "<ellipse"))).rejects.toThrow("<ellipse>");
});

test("--scale and --width make it larger, --no-caption leaves the lines below out", async () => {
  const [, , head] = Object.values(drawing).map((args) => args);
  const one = decodePng(await written("png", ...head!, "--scale", "1"), "picture.png");
  const three = decodePng(await written("png", ...head!, "--scale", "3"), "picture.png");
  expect(Math.abs(three.width - 3 * one.width)).toBeLessThanOrEqual(3);
  expect((await written("svg", ...head!, "--no-caption")).toString()).not.toContain("heed 0.");
  const wide = (await written("svg", text, "--width", "1200")).toString();
  expect(wide).toMatch(/<svg[^>]* width="1200"/);
});

test.each([
  [
    ["--json", "--scale", "2"],
    "--scale does nothing with --format json: it is for pictures (png, pdf)",
  ],
  [["--format", "csv", "--width", "900"], "--width does nothing with --format csv"],
  [["--json", "--no-caption"], "--no-caption does nothing with --format json"],
  [["--format", "svg", "--scale", "2"], "--scale does nothing with --format svg"],
  [["--out", "x.parquet", "--word", "it"], "--word does nothing with --format parquet"],
])("%o is refused where it does nothing", async (options, message) => {
  const { error } = await commandLine(text, ...model, ...options);
  expect(error?.message).toContain(message);
});

test("numbers go into files of other tools", async () => {
  expect((await written("parquet", text)).subarray(0, 4).toString()).toBe("PAR1");
  expect((await written("npz", text)).subarray(0, 2).toString()).toBe("PK");
  expect((await written("safetensors", text, "--site", "layers.0.q")).toString("latin1")).toContain(
    '"layers.0.q"',
  );
});
