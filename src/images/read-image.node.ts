import { fileBytes } from "../checkpoint/given/whole-file.node.ts";
import { InputError } from "../errors/errors.ts";
import { checkImageSize, dropAlpha, type ImageInput, imageFormat, upright } from "./image.ts";
import { orientationOf } from "./orientation.ts";
import { decodePng } from "./png.ts";

/**
 * An image file, decoded and upright, its colours as they are stored: PNG, JPEG or WebP, by path or by its bytes. JPEG and WebP
 * need the optional package sharp. Throws InputError for anything else, and for damaged files.
 */
export async function readImage(
  source: string | URL | Uint8Array,
  place: string = source instanceof Uint8Array ? "image" : String(source),
): Promise<ImageInput> {
  const bytes = source instanceof Uint8Array ? source : await fileBytes(source, place, "image");
  const format = imageFormat(bytes, place);
  if (format === "png") return decodePng(bytes, place);
  return upright(await decodeWithSharp(bytes, place), orientationOf(bytes, format));
}

/** Exactly what libjpeg-turbo and libwebp give: no profile is applied, nothing is turned. */
async function decodeWithSharp(bytes: Uint8Array, place: string): Promise<ImageInput> {
  const sharp = await loadSharp(place);
  try {
    // "error": a file that is cut short is refused; stray bytes between segments are not.
    const image = sharp(bytes, { ignoreIcc: true, failOn: "error", limitInputPixels: false });
    const { width, height, space } = await image.metadata();
    checkImageSize(width, height, place);
    if (space === "cmyk")
      throw new InputError(`${place}: its colours are for print (CMYK). Convert the image to RGB`);
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, rgb: dropAlpha(data, info.channels) };
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(
      `${place}: the image is damaged or cut short (${(cause as Error).message.trim()})`,
      { cause },
    );
  }
}

async function loadSharp(place: string): Promise<typeof import("sharp").default> {
  try {
    return (await import("sharp")).default;
  } catch (cause) {
    throw new InputError(
      `${place}: JPEG and WebP images need the package sharp, which is not installed here or does not run (${(cause as Error).message.split("\n")[0]}). Run: npm install sharp, or convert the image to PNG`,
      { cause },
    );
  }
}
