import { unzlibSync } from "fflate";
import { InputError } from "../errors/errors.ts";
import { checkImageSize, dropAlpha, type ImageInput, upright } from "./image.ts";
import { exifOrientation, xmpOrientation } from "./orientation.ts";
import { type PngHeader, readSamples, rowsSize } from "./png-rows.ts";

/** Samples a pixel, by colour type: gray, colours, palette, gray with alpha, colours with alpha. */
const channelsOf = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);
const palette = 3;
const depthsOf = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
]);

/**
 * A PNG file (ISO/IEC 15948) as its stored colours, upright, as Pillow's convert("RGB") gives them: alpha, profiles and gamma
 * play no part, and gray of 16 bits is cut off at 255. By hand, on fflate: canvases lose the colours under transparent pixels,
 * and the libraries tried garble interlaced images of less than 8 bits. Throws InputError for damaged files.
 */
export function decodePng(bytes: Uint8Array, place: string): ImageInput {
  let header: PngHeader | undefined;
  let colors: Uint8Array | undefined;
  let orientation: number | undefined;
  const data: Uint8Array[] = [];
  for (const { type, body } of chunksOf(bytes, place)) {
    if (type === "IHDR") header = readHeader(body, place);
    else if (type === "PLTE") colors = body;
    else if (type === "IDAT") data.push(body);
    else if (type === "eXIf") orientation = exifOrientation(body);
    else if (type === "iTXt") orientation ??= xmpOrientation(textOf(body));
  }
  if (!header || data.length === 0)
    throw new InputError(`${place}: the PNG file has no ${header ? "IDAT" : "IHDR"} chunk`);
  if (header.colorType === palette && !colors)
    throw new InputError(`${place}: the PNG file has no palette, which its colour type needs`);
  const samples = readSamples(header, inflated(data, header, place), place);
  const { width, height, colorType, channels } = header;
  const rgb =
    colorType === palette
      ? lookedUp(samples, colors!, place)
      : dropAlpha(toBytes(samples, header), channels);
  return upright({ width, height, rgb }, orientation ?? 1);
}

function* chunksOf(
  bytes: Uint8Array,
  place: string,
): Generator<{ type: string; body: Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) throw cutShort(place);
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw cutShort(place);
    const isNeeded = type.charCodeAt(0) < 96;
    if (isNeeded && view.getUint32(end) !== checksum(bytes.subarray(at + 4, end)))
      throw new InputError(
        `${place}: the PNG file is damaged: a ${type} chunk's checksum is wrong`,
      );
    if (type === "IEND") return;
    yield { type, body: bytes.subarray(at + 8, end) };
    at = end + 4;
  }
}

function readHeader(body: Uint8Array, place: string): PngHeader {
  if (body.length < 13) throw cutShort(place);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth = 0, colorType = 0, compression = 0, filter = 0, interlace = 0] = body.subarray(8);
  checkImageSize(width, height, place);
  if (!depthsOf.get(colorType)?.includes(depth) || compression + filter > 0 || interlace > 1)
    throw new InputError(
      `${place}: the PNG file says colour type ${colorType}, ${depth} bits, compression ${compression}, filter ${filter}, interlace ${interlace}, which the format does not have`,
    );
  const channels = channelsOf.get(colorType)!;
  return { width, height, depth, colorType, channels, isInterlaced: interlace === 1 };
}

function inflated(data: readonly Uint8Array[], header: PngHeader, place: string): Uint8Array {
  const size = rowsSize(header);
  const packed = new Uint8Array(data.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of data) {
    packed.set(part, at);
    at += part.length;
  }
  try {
    const rows = unzlibSync(packed, { out: new Uint8Array(size) });
    if (rows.length === size) return rows;
  } catch (cause) {
    throw new InputError(
      `${place}: the PNG file is damaged: its pixels do not unpack (${(cause as Error).message})`,
      { cause },
    );
  }
  throw cutShort(place);
}

/** Samples of any depth as bytes, as Pillow makes them: 16 bits of gray alone are cut off at 255, other 16 bits lose their low byte. */
function toBytes(samples: Uint8Array | Uint16Array, { depth, channels }: PngHeader): Uint8Array {
  if (samples instanceof Uint16Array)
    return Uint8Array.from(samples, (value) =>
      channels === 1 ? Math.min(value, 255) : value >> 8,
    );
  const factor = depth < 8 ? 255 / ((1 << depth) - 1) : 1;
  return factor === 1 ? samples : samples.map((value) => value * factor);
}

function lookedUp(
  samples: Uint8Array | Uint16Array,
  colors: Uint8Array,
  place: string,
): Uint8Array {
  const rgb = new Uint8Array(samples.length * 3);
  for (const [pixel, index] of samples.entries()) {
    if (index * 3 + 3 > colors.length)
      throw new InputError(
        `${place}: the PNG file is damaged: pixel ${pixel} has colour ${index} of a palette of ${Math.floor(colors.length / 3)}`,
      );
    rgb.set(colors.subarray(index * 3, index * 3 + 3), pixel * 3);
  }
  return rgb;
}

/** An iTXt chunk's text with its keyword; packed text is passed over. */
function textOf(body: Uint8Array): string {
  return new TextDecoder("latin1").decode(body);
}

const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

/** CRC-32 as PNG uses it. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ remainders[(crc ^ byte) & 255]!;
  return (crc ^ 0xffffffff) >>> 0;
}

function cutShort(place: string): InputError {
  return new InputError(`${place}: the PNG file ends too early. Is it complete?`);
}
