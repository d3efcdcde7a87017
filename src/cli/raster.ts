import { InputError } from "../errors/errors.ts";
import { escapeMarkup } from "../views/escape.ts";
import { type DrawnText, type DrawText, drawSvg, unescaped } from "./vector-pdf.ts";

/** Pixels for one of the SVG: sharp on screens of today, and in print at half size. */
const usualScale = 2;
/** In print more. */
const printScale = 4;
/** SVG's own pixels an inch, as the package counts them. */
const pixelsAnInch = 72;

/** An SVG as the bytes of a PNG, `scale` pixels for one of its own. Throws InputError where the package that draws it is not there. */
export async function rasterized(svg: string, scale = usualScale): Promise<Uint8Array> {
  const sharp = await loadSharp("png");
  return sharp(Buffer.from(svg), { density: scale * pixelsAnInch, limitInputPixels: false })
    .png()
    .toBuffer();
}

/**
 * An SVG of heed/views as a PDF of one page in its size: shapes and texts as such, in Helvetica; texts that Helvetica cannot write as pictures
 * in the system's fonts, `scale` pixels for one of the SVG. Throws InputError where a package that draws it is not there.
 */
export async function pdfOf(svg: string, scale = printScale): Promise<Uint8Array> {
  const PDFDocument = await loadPdfKit();
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!;
  const title = /aria-label="([^"]*)"/.exec(svg)?.[1] ?? "attention";
  const document = new PDFDocument({
    size: [Number(width), Number(height)],
    margin: 0,
    info: { Title: unescaped(title), Creator: "heed" },
  });
  const parts: Uint8Array[] = [];
  document.on("data", (part: Uint8Array) => parts.push(part));
  const ended = new Promise((resolve) => document.on("end", resolve));
  await drawSvg(document, svg, async (text, look) =>
    drawnText(await loadSharp("pdf"), text, look, scale),
  );
  document.end();
  await ended;
  return Buffer.concat(parts);
}

/** A text as a picture without a ground, wide enough for whatever it holds. */
async function drawnText(
  sharp: typeof import("sharp").default,
  text: string,
  { size, weight, fill, anchor }: Parameters<DrawText>[1],
  scale: number,
): Promise<DrawnText> {
  const [x, height] = [Math.ceil(size * (text.length + 1) * 1.2), Math.ceil(size * 2)];
  const [width, y] = [2 * x, Math.ceil(size * 1.4)];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="system-ui, 'Helvetica Neue', Arial, sans-serif"><text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}">${escapeMarkup(text)}</text></svg>`;
  const png = await sharp(Buffer.from(svg), { density: scale * pixelsAnInch })
    .png()
    .toBuffer();
  return { png, width, height, x, y };
}

async function loadSharp(format: string): Promise<typeof import("sharp").default> {
  try {
    return (await import("sharp")).default;
  } catch (cause) {
    throw notThere("sharp", format, cause);
  }
}

async function loadPdfKit(): Promise<typeof import("pdfkit")> {
  try {
    return (await import("pdfkit")).default;
  } catch (cause) {
    throw notThere("pdfkit", "pdf", cause);
  }
}

function notThere(name: string, format: string, cause: unknown): InputError {
  return new InputError(
    `--format ${format} needs the package ${name}, which is not installed here or does not run (${(cause as Error).message.split("\n")[0]}). Run: npm install ${name}, or write SVG: --format svg`,
  );
}
