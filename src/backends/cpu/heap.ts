import { EngineError } from "./engine-error.ts";
import type { Region, RegionRules } from "./region.ts";

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
  readonly holes: Hole[];
}

/** Memory for tensors, in few large regions that are kept and used again: fresh pages are slow to touch. */
export class Heap {
  readonly #newRegion: (bytes: number, label: string) => Region;
  readonly #regionBytes: number;
  readonly #isShared: boolean;
  readonly #most: number;
  /** Asked when there is no memory left: true when some was given back. */
  onFull: () => boolean = () => false;
  #stretches: Stretch[] = [];
  #used = 0;
  #held = 0;

  /** `newRegion` throws when there is no memory left. */
  constructor(
    newRegion: (bytes: number, label: string) => Region,
    { regionBytes, isShared, most = Number.POSITIVE_INFINITY }: RegionRules,
  ) {
    this.#newRegion = newRegion;
    this.#regionBytes = regionBytes;
    this.#isShared = isShared;
    this.#most = most;
  }

  /** Bytes handed out and not given back. */
  get used(): number {
    return this.#used;
  }

  /** Bytes held, used or not. */
  get held(): number {
    return this.#held;
  }

  /** Memory, contents undefined. `isLasting` memory (weights) gets a region of its own when it is large, to go back whole. */
  allocate(bytes: number, label: string, { isLasting = false } = {}): Block {
    const size = spaceFor(bytes);
    const isAlone = isLasting && !this.#isShared && size >= LARGE;
    if (!isAlone)
      for (const stretch of this.#stretches) {
        const place = stretch.holes.findIndex((hole) => hole.bytes >= size);
        if (place >= 0) return this.#take(stretch, place, bytes);
      }
    const last = this.#stretches[this.#stretches.length - 1];
    let region: Region;
    try {
      region = this.#newRegion(isAlone ? size : this.#growth(size, last), label);
    } catch (error) {
      if (this.onFull()) return this.allocate(bytes, label, { isLasting });
      throw error;
    }
    this.#held += region.bytes;
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
    this.#used -= spaceFor(block.bytes);
    this.#addHole(stretch, { start: block.start, bytes: spaceFor(block.bytes) });
    const isEmpty = stretch.holes[0]?.bytes === stretch.region.bytes;
    const isOdd = stretch.region.bytes !== this.#regionBytes;
    if (isEmpty && isOdd && !this.#isShared) this.#letGo(stretch);
  }

  /** Lets go of a block for good, so that someone else may keep its memory; false when others share its region. */
  handOver(block: Block): boolean {
    const stretch = this.#stretches.find(({ region }) => region === block.region);
    const isAlone = block.start === 0 && spaceFor(block.bytes) === block.region.bytes;
    if (!stretch || !isAlone || this.#isShared) return false;
    this.#used -= spaceFor(block.bytes);
    this.#letGo(stretch);
    return true;
  }

  /** Lets go of everything. */
  clear(): void {
    this.#stretches = [];
    this.#used = 0;
    this.#held = 0;
  }

  #letGo(stretch: Stretch): void {
    this.#stretches = this.#stretches.filter((other) => other !== stretch);
    this.#held -= stretch.region.bytes;
  }

  /** How much more to ask for: a region at least, and no more than what is lacking when little is left. */
  #growth(size: number, last: Stretch | undefined): number {
    const end = this.#isShared ? last?.holes[last.holes.length - 1] : undefined;
    const isAtEnd = last && end && end.start + end.bytes === this.#held;
    const lacking = isAtEnd ? size - end.bytes : size;
    return Math.max(lacking, Math.min(this.#regionBytes, this.#most - this.#held));
  }

  #take(stretch: Stretch, place: number, bytes: number): Block {
    const size = spaceFor(bytes);
    const hole = stretch.holes[place]!;
    const rest = { start: hole.start + size, bytes: hole.bytes - size };
    stretch.holes.splice(place, 1, ...(rest.bytes > 0 ? [rest] : []));
    this.#used += size;
    return { region: stretch.region, start: hole.start, bytes };
  }

  #addHole({ holes }: Stretch, hole: Hole): void {
    const found = holes.findIndex(({ start }) => start > hole.start);
    const place = found < 0 ? holes.length : found;
    const [before, after] = [holes[place - 1], holes[place]];
    const end = hole.start + hole.bytes;
    if ((before && endOf(before) > hole.start) || (after && end > after.start))
      throw new EngineError("cpu: memory given back twice");
    const joinsBefore = before !== undefined && endOf(before) === hole.start;
    const joinsAfter = after !== undefined && end === after.start;
    const start = joinsBefore ? before.start : hole.start;
    const joined = { start, bytes: (joinsAfter ? endOf(after) : end) - start };
    holes.splice(
      joinsBefore ? place - 1 : place,
      (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0),
      joined,
    );
  }
}

function endOf({ start, bytes }: Hole): number {
  return start + bytes;
}

/** What a block of so many bytes takes of its region. */
export function spaceFor(bytes: number): number {
  return (Math.ceil(bytes / ALIGNMENT) + MARGIN / ALIGNMENT) * ALIGNMENT;
}
