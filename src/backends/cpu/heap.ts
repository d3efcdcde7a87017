import { EngineError } from "./engine-error.ts";

/** A stretch of memory kernels can reach. The buffer may be replaced by a longer one when it grows. */
export interface Region {
  readonly buffer: ArrayBufferLike;
  /** Where the region begins in its buffer. */
  readonly offset: number;
  /** Where the region begins for a kernel. */
  readonly address: number;
  readonly bytes: number;
}

/** A piece of a region: the only thing that addresses are made of. */
export interface Block {
  readonly region: Region;
  /** Bytes from the region's beginning. */
  readonly start: number;
  /** What was asked for; what lies behind it up to ALIGNMENT belongs to the block too. */
  readonly bytes: number;
}

/** Every block begins on a cache line, and is followed by one line that may be read (never written) past its end. */
export const ALIGNMENT = 64;
const MARGIN = 256;
/** Lasting memory of this size gets a region of its own. */
const LARGE = 256 << 10;

/** Address of a byte of a block. Throws when [offset, offset + bytes) is not inside of it: no kernel ever sees such a place. */
export function addressOf(block: Block, offset = 0, bytes = 0): number {
  if (!(offset >= 0 && bytes >= 0 && offset + bytes <= block.bytes))
    throw new EngineError(
      `cpu: bytes ${offset} to ${offset + bytes} asked of a block of ${block.bytes} bytes`,
    );
  return block.region.address + block.start + offset;
}

/** The floats of a block, as a view. */
export function floatsOf({ region, start, bytes }: Block): Float32Array {
  return new Float32Array(region.buffer, region.offset + start, Math.floor(bytes / 4));
}

/** The integers of a block, as a view. */
export function integersOf({ region, start, bytes }: Block): Int32Array {
  return new Int32Array(region.buffer, region.offset + start, Math.floor(bytes / 4));
}

/** The 16-bit words of a block, as a view. */
export function halvesOf({ region, start, bytes }: Block): Uint16Array {
  return new Uint16Array(region.buffer, region.offset + start, Math.floor(bytes / 2));
}

interface Hole {
  readonly start: number;
  readonly bytes: number;
}

interface Stretch {
  readonly region: Region;
  /** Free pieces, by where they begin. */
  holes: Hole[];
}

/** Memory for tensors, in few large regions that are kept and used again: fresh pages are slow to touch. */
export class Heap {
  readonly #newRegion: (bytes: number, label: string) => Region;
  readonly #regionBytes: number;
  readonly #isShared: boolean;
  #stretches: Stretch[] = [];
  #used = 0;

  /** `newRegion` throws when there is no memory left; `isShared`: regions cannot be given back one by one. */
  constructor(
    newRegion: (bytes: number, label: string) => Region,
    { regionBytes, isShared }: { readonly regionBytes: number; readonly isShared: boolean },
  ) {
    this.#newRegion = newRegion;
    this.#regionBytes = regionBytes;
    this.#isShared = isShared;
  }

  /** Bytes handed out and not given back. */
  get used(): number {
    return this.#used;
  }

  /** Bytes held, used or not. */
  get held(): number {
    return this.#stretches.reduce((total, { region }) => total + region.bytes, 0);
  }

  /** Memory, contents undefined. `isLasting` memory (weights) gets a region of its own when it is large, to go back whole. */
  allocate(bytes: number, label: string, { isLasting = false } = {}): Block {
    const size = sizeFor(bytes);
    const isAlone = isLasting && !this.#isShared && size >= LARGE;
    if (!isAlone)
      for (const stretch of this.#stretches) {
        const place = stretch.holes.findIndex((hole) => hole.bytes >= size);
        if (place >= 0) return this.#take(stretch, place, bytes);
      }
    const region = this.#newRegion(isAlone ? size : Math.max(size, this.#regionBytes), label);
    const last = this.#stretches[this.#stretches.length - 1];
    if (last && last.region.buffer === region.buffer && this.#isShared) {
      this.#addHole(last, { start: region.offset - last.region.offset, bytes: region.bytes });
      return this.#take(
        last,
        last.holes.findIndex((hole) => hole.bytes >= size),
        bytes,
      );
    }
    const stretch: Stretch = { region, holes: [{ start: 0, bytes: region.bytes }] };
    this.#stretches.push(stretch);
    return this.#take(stretch, 0, bytes);
  }

  /** Gives a block back; large regions nobody uses any more are let go. */
  release(block: Block): void {
    const stretch = this.#stretches.find(({ region }) => region === block.region);
    if (!stretch) throw new EngineError("cpu: memory given back twice, or to the wrong backend");
    this.#used -= sizeFor(block.bytes);
    this.#addHole(stretch, { start: block.start, bytes: sizeFor(block.bytes) });
    const isEmpty = stretch.holes[0]?.bytes === stretch.region.bytes;
    const isOdd = stretch.region.bytes !== this.#regionBytes;
    if (isEmpty && isOdd && !this.#isShared)
      this.#stretches = this.#stretches.filter((other) => other !== stretch);
  }

  /** Lets go of a block for good, so that someone else may keep its memory; false when others share its region. */
  handOver(block: Block): boolean {
    const stretch = this.#stretches.find(({ region }) => region === block.region);
    const isAlone = block.start === 0 && sizeFor(block.bytes) === block.region.bytes;
    if (!stretch || !isAlone || this.#isShared) return false;
    this.#used -= sizeFor(block.bytes);
    this.#stretches = this.#stretches.filter((other) => other !== stretch);
    return true;
  }

  /** Lets go of everything. */
  clear(): void {
    this.#stretches = [];
    this.#used = 0;
  }

  #take(stretch: Stretch, place: number, bytes: number): Block {
    const size = sizeFor(bytes);
    const hole = stretch.holes[place]!;
    const rest = { start: hole.start + size, bytes: hole.bytes - size };
    stretch.holes.splice(place, 1, ...(rest.bytes > 0 ? [rest] : []));
    this.#used += size;
    return { region: stretch.region, start: hole.start, bytes };
  }

  #addHole(stretch: Stretch, hole: Hole): void {
    const holes = [...stretch.holes, hole].sort((a, b) => a.start - b.start);
    stretch.holes = [];
    for (const next of holes) {
      const last = stretch.holes[stretch.holes.length - 1];
      if (last && last.start + last.bytes > next.start)
        throw new EngineError("cpu: memory given back twice");
      if (last && last.start + last.bytes === next.start)
        stretch.holes[stretch.holes.length - 1] = {
          start: last.start,
          bytes: last.bytes + next.bytes,
        };
      else stretch.holes.push(next);
    }
  }
}

function sizeFor(bytes: number): number {
  return (Math.ceil(bytes / ALIGNMENT) + MARGIN / ALIGNMENT) * ALIGNMENT;
}
