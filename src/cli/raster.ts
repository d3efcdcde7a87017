import { InputError } from "../errors/errors.ts";

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
 * An SVG as a PDF of one page in its size, which holds it as an image: in the system's fonts, whatever the script. Throws InputError
 * where a package that draws it is not there.
 */
export async function pdfOf(svg: string, scale = printScale): Promise<Uint8Array> {
  const [PDFDocument, sharp] = [await loadPdfKit(), await loadSharp("pdf")];
  const image = await sharp(Buffer.from(svg), {
    density: scale * pixelsAnInch,
    limitInputPixels: false,
  })
    .flatten({ background: "#ffffff" })
    .png()
    .toBuffer({ resolveWithObject: true });
  const size: [number, number] = [image.info.width / scale, image.info.height / scale];
  const title = /aria-label="([^"]*)"/.exec(svg)?.[1] ?? "attention";
  const document = new PDFDocument({ size, margin: 0, info: { Title: title, Creator: "heed" } });
  const parts: Uint8Array[] = [];
  document.on("data", (part: Uint8Array) => parts.push(part));
  const ended = new Promise((resolve) => document.on("end", resolve));
  document.image(image.data, 0, 0, { width: size[0], height: size[1] });
  document.end();
  await ended;
  return Buffer.concat(parts);
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
