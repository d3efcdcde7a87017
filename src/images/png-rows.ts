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

/** A row of one pass, its filter undone. */
export interface PngRow {
  /** Samples as they are stored, packed by depth. */
  readonly bytes: Uint8Array;
  /** How many pixels it has. */
  readonly width: number;
  /** The image's row they lie in, the column of the first, and how far apart they lie. */
  readonly line: number;
  readonly column: number;
  readonly step: number;
}

/**
 * Takes an image's unpacked bytes as they come and hands on each row once it is whole: two rows are all it holds. The row's bytes
 * are overwritten afterwards. Throws InputError for a filter that the format does not have.
 */
export function rowReader(
  header: PngHeader,
  place: string,
  onRow: (row: PngRow) => void,
): { push(bytes: Uint8Array): void; readonly isDone: boolean } {
  const passes = passesOf(header);
  const pixelBytes = Math.max((header.channels * header.depth) / 8, 1);
  const longest = Math.max(...passes.map(({ rowBytes }) => rowBytes));
  let [row, above] = [new Uint8Array(longest), new Uint8Array(longest)];
  let [pass, y] = [0, 0];
  /** Bytes of the row that are there; its filter comes first. */
  let filled = -1;
  let filter = 0;
  const finish = (): void => {
    const { rowBytes, width, ...lie } = passes[pass]!;
    const bytes = row.subarray(0, rowBytes);
    unfilter(filter, bytes, above, pixelBytes, place);
    onRow({ bytes, width, line: lie.y + y * lie.stepY, column: lie.x, step: lie.stepX });
    [row, above] = [above, row];
    filled = -1;
    y++;
    if (y < passes[pass]!.height) return;
    above.fill(0);
    pass++;
    y = 0;
  };
  return {
    push(bytes) {
      for (let at = 0; at < bytes.length && pass < passes.length; ) {
        if (filled < 0) {
          filter = bytes[at++]!;
          filled = 0;
        }
        const { rowBytes } = passes[pass]!;
        const part = bytes.subarray(at, at + rowBytes - filled);
        row.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === rowBytes) finish();
      }
    },
    get isDone() {
      return pass === passes.length;
    },
  };
}

/** One sample of a row: 0 to 2^depth − 1. */
export function sampleAt(row: Uint8Array, index: number, depth: number): number {
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
  const { length } = row;
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let i = step; i < length; i++) row[i] = row[i]! + row[i - step]!;
      return;
    case 2:
      for (let i = 0; i < length; i++) row[i] = row[i]! + above[i]!;
      return;
    case 3:
      for (let i = 0; i < length; i++)
        row[i] = row[i]! + (((i < step ? 0 : row[i - step]!) + above[i]!) >> 1);
      return;
    case 4:
      for (let i = 0; i < Math.min(step, length); i++) row[i] = row[i]! + above[i]!;
      for (let i = step; i < length; i++)
        row[i] = row[i]! + paeth(row[i - step]!, above[i]!, above[i - step]!);
      return;
    default:
      throw new InputError(`${place}: the PNG file is damaged: a row has filter ${filter}`);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const fromLeft = Math.abs(up - corner);
  const fromUp = Math.abs(left - corner);
  const fromCorner = Math.abs(left + up - 2 * corner);
  if (fromLeft <= fromUp && fromLeft <= fromCorner) return left;
  return fromUp <= fromCorner ? up : corner;
}
