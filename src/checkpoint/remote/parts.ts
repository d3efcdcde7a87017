import { sha256 } from "./kept-file.ts";
import { Pieces } from "./pieces.ts";
import type { Room } from "./room.ts";

interface Part {
  readonly pieces: Pieces;
  /** Whether it is whole and was looked at. */
  isReady: boolean;
  isFinished: boolean;
}

const SMALL_PART = 4 * 1024 * 1024;
const LARGE_PART = 16 * 1024 * 1024;
/** What may be left of a part that is as good as read: plans say a little more than is read. */
const NEARLY_READ = 64 * 1024;
/** From here on parts are large. */
const LARGE_FILE = 256 * 1024 * 1024;

/** The bytes of one file that are in memory, in parts that fill from their start. */
export class Parts {
  readonly #room: Room;
  readonly #parts = new Map<number, Part>();
  #size = Number.POSITIVE_INFINITY;
  #partBytes = SMALL_PART;
  /** Bytes of each part that are still to be read; undefined where nobody said. */
  #planned: Map<number, number> | undefined;
  #wanted: readonly number[] = [];
  /** Planned parts before this one have come. */
  #cursor = 0;
  /** How much of the first part there was when it was asked for. */
  #asked = 0;
  /** A part that came before, and comes again to be compared. */
  #again: { readonly part: number; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;

  constructor(room: Room) {
    this.#room = room;
  }

  get partBytes(): number {
    return this.#partBytes;
  }

  get isPlanned(): boolean {
    return this.#planned !== undefined;
  }

  /** Numbers of the parts that were planned, or of all. */
  get wanted(): readonly number[] {
    return this.#wanted;
  }

  /** Says how many bytes the file has, and where known how many a part has. */
  limit(size: number, partBytes?: number): void {
    this.#size = size;
    if (this.#parts.size === 0)
      this.#partBytes = partBytes ?? (size > LARGE_FILE ? LARGE_PART : SMALL_PART);
    this.#wanted = Array.from({ length: Math.ceil(size / this.#partBytes) }, (_, part) => part);
  }

  /** Parts that are full, and were not looked at. */
  get full(): readonly number[] {
    return [...this.#parts.keys()].filter(
      (part) => !this.#parts.get(part)!.isFinished && this.filledOf(part) === this.lengthOf(part),
    );
  }

  /** Parts that are begun and not whole. */
  get begun(): readonly number[] {
    return [...this.#parts.keys()].filter((part) => this.filledOf(part) < this.lengthOf(part));
  }

  placeOf(at: number): { readonly part: number; readonly offset: number } {
    const part = Math.floor(at / this.#partBytes);
    return { part, offset: at - part * this.#partBytes };
  }

  startOf(part: number): number {
    return part * this.#partBytes;
  }

  lengthOf(part: number): number {
    return Math.min(this.#partBytes, this.#size - this.startOf(part));
  }

  filledOf(part: number): number {
    return this.#parts.get(part)?.pieces.length ?? 0;
  }

  /** The first byte of a part that is not there. */
  missing(part: number): number {
    return this.startOf(part) + this.filledOf(part);
  }

  /** Whether so many bytes of a part can be read; of a file in one part all or none. */
  holds(part: number, filled: number): boolean {
    const held = this.#parts.get(part);
    if (!held || held.pieces.length < filled) return false;
    return held.isReady || this.#size > this.#partBytes;
  }

  /** Copies bytes [offset, filled) of a part; false where it does not hold them. */
  take(part: number, offset: number, filled: number, into: Uint8Array): boolean {
    if (!this.holds(part, filled)) return false;
    this.#parts.get(part)!.pieces.copy(offset, filled, into);
    if (!this.#planned) return true;
    const left = (this.#planned.get(part) ?? 0) - (filled - offset);
    if (left > 0) this.#planned.set(part, left);
    else {
      this.#planned.delete(part);
      if (this.#parts.get(part)!.isReady) this.#drop(part);
    }
    return true;
  }

  plan(ranges: readonly (readonly [start: number, end: number])[]): void {
    const planned = new Map<number, number>();
    for (const [start, end] of ranges)
      for (let at = start; at < end; ) {
        const { part } = this.placeOf(at);
        const until = Math.min(end, this.startOf(part + 1));
        planned.set(part, (planned.get(part) ?? 0) + until - at);
        at = until;
      }
    this.#planned = planned;
    this.#wanted = [...planned.keys()].sort((a, b) => a - b);
    this.#cursor = 0;
    for (const [part, { isReady }] of this.#parts)
      if (isReady && !planned.has(part)) this.#drop(part);
  }

  /** The first byte of what is planned, or of all, that has not come. */
  ahead(): number | undefined {
    const { wanted } = this;
    for (; this.#cursor < wanted.length; this.#cursor++) {
      const part = wanted[this.#cursor]!;
      // What is begun is brought to its end: only whole parts are kept.
      const isOpen = (this.#planned?.has(part) ?? true) || this.#parts.has(part);
      if (isOpen && this.filledOf(part) < this.lengthOf(part)) return this.missing(part);
    }
    return undefined;
  }

  /** Puts bytes that came into their part, if anybody will read them; gives how many were new. */
  put(part: number, offset: number, slice: Uint8Array, isWanted: boolean): number {
    const isPlanned = this.#planned?.has(part) ?? true;
    let held = this.#parts.get(part);
    if (!held) {
      if (offset > 0 || !(isPlanned || isWanted)) return 0;
      // What comes for nobody makes no room for itself: it would never stop coming.
      if (isWanted || this.#planned) this.#makeRoom();
      held = { pieces: new Pieces(), isReady: false, isFinished: false };
      this.#parts.set(part, held);
    }
    const filled = held.pieces.length;
    const fresh = slice.subarray(Math.max(0, filled - offset));
    if (offset > filled || fresh.length === 0) return 0;
    held.pieces.add(fresh);
    this.#count(fresh.length);
    return fresh.length;
  }

  /** Takes a part that was kept. */
  adopt(part: number, pieces: Pieces): void {
    this.#makeRoom();
    this.#drop(part);
    this.#parts.set(part, { pieces, isReady: true, isFinished: true });
    this.#count(pieces.length);
  }

  /** The bytes of a part that is whole, once. */
  finish(part: number): Pieces | undefined {
    const held = this.#parts.get(part);
    if (!held || held.isFinished || held.pieces.length < this.lengthOf(part)) return undefined;
    held.isFinished = true;
    return held.pieces;
  }

  markReady(part: number): void {
    const held = this.#parts.get(part);
    if (held) held.isReady = true;
    if (this.#planned && !this.#planned.has(part)) this.#drop(part);
  }

  /** What came of the first part; undefined until it is whole or twice what it was when this was asked last, since it is put together for it. */
  first(): Uint8Array | undefined {
    const filled = this.filledOf(0);
    if (filled < Math.min(2 * this.#asked, this.#partBytes) || filled === this.#asked)
      return undefined;
    this.#asked = filled;
    return this.#parts.get(0)?.pieces.joined();
  }

  /** Whether bytes that come again are those that came before: compared where these are held, by the part's hash otherwise. */
  async compare(
    part: number,
    offset: number,
    slice: Uint8Array,
    hash: string | undefined,
  ): Promise<boolean> {
    const held = this.#parts.get(part);
    if (held) return held.pieces.matches(offset, slice);
    if (hash === undefined) return false;
    if (this.#again?.part !== part)
      this.#again = { part, bytes: new Uint8Array(this.lengthOf(part)) };
    const { bytes } = this.#again;
    bytes.set(slice, offset);
    return offset + slice.length < bytes.length || (await sha256(bytes)) === hash;
  }

  clear(): void {
    for (const part of [...this.#parts.keys()]) this.#drop(part);
    this.#again = undefined;
  }

  /** Small files are no burden. */
  #count(bytes: number): void {
    if (this.#size > SMALL_PART) this.#room.count(bytes);
  }

  /** Lets go of what nobody said will be read, and of what was read nearly whole, the oldest first. */
  #makeRoom(): void {
    if (!this.#room.isFull || !Number.isFinite(this.#size)) return;
    for (const [part, { isReady }] of this.#parts) {
      if (!this.#room.isFull) return;
      if (isReady && (this.#planned?.get(part) ?? 0) < NEARLY_READ) this.#drop(part);
    }
  }

  #drop(part: number): void {
    const held = this.#parts.get(part);
    if (!held) return;
    this.#parts.delete(part);
    this.#count(-held.pieces.length);
  }
}
