import { zlibSync } from "fflate";
import { toBase64 } from "../../export/base64.ts";
import type { Rgb } from "../scale.ts";

/** An image whose pixels point into a palette of at most 256 colours. */
export interface PaletteImage {
  readonly width: number;
  readonly height: number;
  readonly palette: readonly Rgb[];
  /** (height, width) row-major: an index into the palette, or `palette.length` for transparent. */
  readonly pixels: Uint8Array;
}

/** The image as a PNG file (ISO/IEC 15948: indexed colour, 8 bits, no interlace). */
export function encodePng({ width, height, palette, pixels }: PaletteImage): Uint8Array {
  const colors = Uint8Array.from([...palette, [0, 0, 0] as const].flat());
  const alpha = new Uint8Array(palette.length + 1).fill(255, 0, palette.length);
  const tables = [pngChunk("PLTE", colors), pngChunk("tRNS", alpha)];
  return pngFile({ width, height, colorType: 3, bytesPerPixel: 1 }, pixels, tables);
}

/** An image of colours: (height, width, 3), or (height, width, 4) with how opaque each pixel is. */
export interface ColorImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** The image as a PNG file (truecolour, 8 bits a sample, no interlace). */
export function encodeColorPng({ width, height, pixels }: ColorImage): Uint8Array {
  const bytesPerPixel = pixels.length / (width * height);
  return pngFile({ width, height, colorType: bytesPerPixel === 4 ? 6 : 2, bytesPerPixel }, pixels);
}

interface PngKind {
  readonly width: number;
  readonly height: number;
  readonly colorType: number;
  readonly bytesPerPixel: number;
}

function pngFile(
  { width, height, colorType, bytesPerPixel }: PngKind,
  pixels: Uint8Array,
  tables: readonly Uint8Array[] = [],
): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, colorType, 0, 0, 0], 8);
  const rowBytes = width * bytesPerPixel;
  const rows = new Uint8Array(height * (rowBytes + 1));
  for (let row = 0; row < height; row++) {
    const at = row * (rowBytes + 1);
    rows.set(pixels.subarray(row * rowBytes, (row + 1) * rowBytes), at + 1);
    // Colours pack better as differences from the pixel to the left (filter 1); 0 is none.
    if (bytesPerPixel === 1) continue;
    rows[at] = 1;
    for (let i = rowBytes; i > bytesPerPixel; i--) rows[at + i]! -= rows[at + i - bytesPerPixel]!;
  }
  return concatenate([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    pngChunk("IHDR", header),
    ...tables,
    pngChunk("IDAT", zlibSync(rows, { level: 9 })),
    pngChunk("IEND", new Uint8Array()),
  ]);
}

/** The image as an address that an SVG or a page can carry inside itself. */
export function pngAddress(image: PaletteImage | ColorImage): string {
  const file = "palette" in image ? encodePng(image) : encodeColorPng(image);
  return `data:image/png;base64,${toBase64(file)}`;
}

function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let index = 0; index < 4; index++) bytes[4 + index] = type.charCodeAt(index);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, checksum(bytes.subarray(4, data.length + 8)));
  return bytes;
}

/** CRC-32 as PNG uses it, bit by bit. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}
