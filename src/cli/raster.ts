import { InputError } from "../errors/errors.ts";

/** Pixels of the picture a unit of the SVG: sharp on screens of today, and in print at half size. */
const pixelsAUnit = 2;
/** SVG's own pixels an inch. */
const pixelsAnInch = 72;

/** An SVG as the bytes of a PNG. Throws InputError where the package that draws it is not there. */
export async function rasterized(svg: string): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return sharp(Buffer.from(svg), { density: pixelsAUnit * pixelsAnInch })
    .png()
    .toBuffer();
}

async function loadSharp(): Promise<typeof import("sharp").default> {
  try {
    return (await import("sharp")).default;
  } catch (cause) {
    throw new InputError(
      `--format png needs the package sharp, which is not installed here or does not run (${(cause as Error).message.split("\n")[0]}). Run: npm install sharp, or write SVG: --format svg`,
    );
  }
}
