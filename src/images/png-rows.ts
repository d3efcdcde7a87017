import { InputError } from "../errors/errors.ts";

/** Where the seven passes of an interlaced image begin and how far apart their pixels lie. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const onePass = [[0, 0, 1, 1]] as const;

/** What an IHDR chunk says. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colorType: number;
  readonly channels: number;
  readonly isInterlaced: boolean;
}

interface Pass {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly width: number;
  readonly height: number;
  /** Bytes a row, without its filter. */
  readonly rowBytes: number;
}

/** How many bytes an image's rows have, each with its filter in front. */
export function rowsSize(header: PngHeader): number {
  return passesOf(header).reduce((sum, pass) => sum + pass.height * (pass.rowBytes + 1), 0);
}

function passesOf({ width, height, depth, channels, isInterlaced }: PngHeader): Pass[] {
  return (isInterlaced ? adam7 : onePass)
    .map(([x, y, stepX, stepY]) => {
      const wide = Math.ceil((width - x) / stepX);
      const rowBytes = Math.ceil((wide * channels * depth) / 8);
      return { x, y, stepX, stepY, width: wide, height: Math.ceil((height - y) / stepY), rowBytes };
    })
    .filter(({ width, height }) => width > 0 && height > 0);
}

/** Every sample as it is stored, 0 to 2^depth − 1: (height, width, channels). */
export function readSamples(
  header: PngHeader,
  rows: Uint8Array,
  place: string,
): Uint8Array | Uint16Array {
  const { width, height, depth, channels } = header;
  const count = width * height * channels;
  const samples = depth === 16 ? new Uint16Array(count) : new Uint8Array(count);
  const step = Math.max((channels * depth) / 8, 1);
  let at = 0;
  for (const pass of passesOf(header)) {
    let above: Uint8Array = new Uint8Array(pass.rowBytes);
    for (let y = 0; y < pass.height; y++) {
      const row = rows.subarray(at + 1, at + 1 + pass.rowBytes);
      unfilter(rows[at]!, row, above, step, place);
      at += 1 + pass.rowBytes;
      above = row;
      const line = (pass.y + y * pass.stepY) * width + pass.x;
      for (let x = 0; x < pass.width; x++)
        for (let channel = 0; channel < channels; channel++)
          samples[(line + x * pass.stepX) * channels + channel] = sampleAt(
            row,
            x * channels + channel,
            depth,
          );
    }
  }
  return samples;
}

function sampleAt(row: Uint8Array, index: number, depth: number): number {
  if (depth === 8) return row[index]!;
  if (depth === 16) return row[2 * index]! * 256 + row[2 * index + 1]!;
  const bit = index * depth;
  return (row[bit >> 3]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

/** Undoes a row's filter in place: each byte was stored as its difference from what lies left, above, or both. */
function unfilter(
  filter: number,
  row: Uint8Array,
  above: Uint8Array,
  step: number,
  place: string,
): void {
  if (filter > 4)
    throw new InputError(`${place}: the PNG file is damaged: a row has filter ${filter}`);
  if (filter === 0) return;
  for (let i = 0; i < row.length; i++) {
    const left = i < step ? 0 : row[i - step]!;
    const up = above[i]!;
    const corner = i < step ? 0 : above[i - step]!;
    const guess =
      filter === 1
        ? left
        : filter === 2
          ? up
          : filter === 3
            ? (left + up) >> 1
            : paeth(left, up, corner);
    row[i] = row[i]! + guess;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const [fromLeft, fromUp] = [Math.abs(up - corner), Math.abs(left - corner)];
  const fromCorner = Math.abs(left + up - 2 * corner);
  if (fromLeft <= fromUp && fromLeft <= fromCorner) return left;
  return fromUp <= fromCorner ? up : corner;
}
