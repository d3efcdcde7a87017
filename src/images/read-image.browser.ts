import { bytesOf, nameOf } from "../checkpoint/given/whole-file.browser.ts";
import { InputError } from "../errors/errors.ts";
import { checkImageSize, dropAlpha, type ImageInput, imageFormat, upright } from "./image.ts";
import { hideOrientation, orientationOf } from "./orientation.ts";
import { decodePng } from "./png.ts";

/**
 * An image file, decoded and upright, its colours as they are stored: PNG, JPEG or WebP, as a file, its bytes, or an address to
 * fetch. JPEG and WebP are decoded by the browser. Throws InputError for anything else, and for damaged files.
 */
export async function readImage(
  source: Blob | Uint8Array | string | URL,
  place: string = nameOf(source, "image"),
): Promise<ImageInput> {
  const bytes = await bytesOf(source, place);
  const format = imageFormat(bytes, place);
  if (format === "png") return decodePng(bytes, place);
  // Browsers do not agree on which orientations they honour.
  const blob = new Blob([hideOrientation(bytes, format)], { type: `image/${format}` });
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob, {
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    });
  } catch (cause) {
    throw new InputError(
      `${place}: the browser cannot decode it (${(cause as Error).message}). Is the file whole?`,
      { cause },
    );
  }
  try {
    const { width, height } = bitmap;
    checkImageSize(width, height, place);
    const pixels = format === "jpeg" ? canvasPixels(bitmap, place) : storedPixels(bitmap, place);
    return upright({ width, height, rgb: dropAlpha(pixels, 4) }, orientationOf(bytes, format));
  } finally {
    bitmap.close();
  }
}

/** Red, green, blue, alpha through a canvas, which is exact where nothing is transparent. */
function canvasPixels(bitmap: ImageBitmap, place: string): Uint8ClampedArray {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (!context) throw new InputError(`${place}: this browser gives no canvas to decode it with`);
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height).data;
}

/** The same through a texture: a canvas would lose the colours under transparent pixels. */
function storedPixels(bitmap: ImageBitmap, place: string): Uint8Array | Uint8ClampedArray {
  const { width, height } = bitmap;
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  const isTooLarge = gl && Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE);
  if (!gl || isTooLarge) {
    const pixels = canvasPixels(bitmap, place);
    if (pixels.every((value, index) => index % 4 !== 3 || value === 255)) return pixels;
    throw new InputError(
      `${place}: it has transparent pixels, whose colours this browser hides (no WebGL, or the image is too large for it). Convert it to PNG`,
    );
  }
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(
    gl.FRAMEBUFFER,
    gl.COLOR_ATTACHMENT0,
    gl.TEXTURE_2D,
    gl.getParameter(gl.TEXTURE_BINDING_2D),
    0,
  );
  const pixels = new Uint8Array(width * height * 4);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return pixels;
}
