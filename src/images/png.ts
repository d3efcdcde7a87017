import { Unzlib } from "fflate";
import { checksum } from "../checkpoint/archive/checksum.ts";
import { InputError } from "../errors/errors.ts";
import { checkImageSize, type ImageInput, upright } from "./image.ts";
import { exifOrientation, xmpOrientation } from "./orientation.ts";
import { type PngHeader, type PngRow, rowReader, rowsSize, sampleAt } from "./png-rows.ts";

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
  const { width, height } = header;
  expectRoom(header, data, place);
  const rgb = new Uint8Array(width * height * 3);
  unpack(header, data, place, rowWriter(header, colors, rgb, place));
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

/** Deflate packs no more than this many bytes into one. */
const tightest = 1032;

/** A small file may claim any size: before memory is taken for its pixels, there must be data for its rows. */
function expectRoom(header: PngHeader, data: readonly Uint8Array[], place: string): void {
  const packed = data.reduce((sum, { length }) => sum + length, 0);
  if (rowsSize(header) > packed * tightest) throw cutShort(place);
}

/** How much is unpacked at once: what comes of it stays small, however tightly it is packed. */
const pieceBytes = 16_384;

/** Unpacks the pixels piece by piece, and hands on each row. */
function unpack(
  header: PngHeader,
  data: readonly Uint8Array[],
  place: string,
  onRow: (row: PngRow) => void,
): void {
  const rows = rowReader(header, place, onRow);
  const stream = new Unzlib((bytes) => rows.push(bytes));
  try {
    for (const part of data)
      for (let at = 0; at < part.length && !rows.isDone; at += pieceBytes)
        stream.push(part.subarray(at, at + pieceBytes));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(
      `${place}: the PNG file is damaged: its pixels do not unpack (${(cause as Error).message})`,
      { cause },
    );
  }
  if (!rows.isDone) throw cutShort(place);
}

/** Puts rows into an image as Pillow's convert("RGB") has them: (height, width, 3). */
function rowWriter(
  header: PngHeader,
  colors: Uint8Array | undefined,
  rgb: Uint8Array,
  place: string,
): (row: PngRow) => void {
  const { width, depth, channels, colorType } = header;
  if (colorType === 2 && depth === 8 && !header.isInterlaced)
    return ({ bytes, line }) => rgb.set(bytes, line * width * 3);
  const byteOf = byteMaker(header);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  return ({ bytes, width: pixels, line, column, step }) => {
    let to = (line * width + column) * 3;
    for (let pixel = 0; pixel < pixels; pixel++, to += step * 3) {
      const from = pixel * channels;
      if (colorType === palette) {
        const color = sampleAt(bytes, from, depth) * 3;
        if (color + 3 > colors!.length) throw beyondPalette(to / 3, color / 3, colors!, place);
        rgb[to] = colors![color]!;
        rgb[to + 1] = colors![color + 1]!;
        rgb[to + 2] = colors![color + 2]!;
      } else {
        rgb[to] = byteOf(bytes, from);
        rgb[to + 1] = byteOf(bytes, from + green);
        rgb[to + 2] = byteOf(bytes, from + blue);
      }
    }
  };
}

/** Samples of any depth as bytes, as Pillow makes them: 16 bits of gray alone are cut off at 255, other 16 bits lose their low byte. */
function byteMaker({ depth, channels }: PngHeader): (row: Uint8Array, index: number) => number {
  if (depth === 16)
    return channels === 1
      ? (row, index) => (row[2 * index]! > 0 ? 255 : row[2 * index + 1]!)
      : (row, index) => row[2 * index]!;
  if (depth === 8) return (row, index) => row[index]!;
  const factor = 255 / ((1 << depth) - 1);
  return (row, index) => sampleAt(row, index, depth) * factor;
}

function beyondPalette(pixel: number, index: number, colors: Uint8Array, place: string) {
  return new InputError(
    `${place}: the PNG file is damaged: pixel ${pixel} has colour ${index} of a palette of ${Math.floor(colors.length / 3)}`,
  );
}

/** An iTXt chunk's text with its keyword; packed text is passed over. */
function textOf(body: Uint8Array): string {
  return new TextDecoder("latin1").decode(body);
}

function cutShort(place: string): InputError {
  return new InputError(`${place}: the PNG file ends too early. Is it complete?`);
}
