import { CheckpointError } from "../../errors/errors.ts";
import { cannotBeMended, lessCame, moreCame, otherBytes, wasClosed } from "./answer-errors.ts";
import { expectSame, type FileFacts, type RemoteFileOptions } from "./file-facts.ts";
import { Flow } from "./flow.ts";
import { Keeping } from "./keeping.ts";
import { hubHash } from "./kept-file.ts";
import { type Opening, readOpening } from "./opening.ts";
import { Parts } from "./parts.ts";
import type { Runner } from "./room.ts";
import { withRetries } from "./transfer.ts";
import { ChangedError, TransferError } from "./transfer-error.ts";
import { Waiting } from "./waiting.ts";
import { otherHash, type WholeHash, wholeHash } from "./whole-hash.ts";

/** How far an answer is read on before a new one is asked for. */
const NEAR_BYTES = 4 * 1024 * 1024;

/**
 * One file behind an address. It comes in one answer, whose pieces are handed to whoever waits for them; what is planned comes before
 * it is asked for, as far as there is room. An answer that breaks off is continued where it was, by a range of the same version.
 * Parts that are kept do not come over the network, and what comes is kept.
 */
export class RemoteFile implements Runner {
  readonly #options: RemoteFileOptions;
  readonly #parts: Parts;
  #facts: Partial<FileFacts>;
  readonly #keeping: Keeping;
  #flow: Flow | undefined;
  #hasRanges: boolean | undefined;
  #exists: Promise<boolean> | undefined;
  readonly #waiting = new Waiting();
  readonly #whole: WholeHash | undefined;
  #isRunning = false;
  #isBroken = false;
  #isExpected = false;
  #isClosed = false;
  #received = 0;

  constructor(options: RemoteFileOptions) {
    this.#options = options;
    this.#keeping = new Keeping(options.room.keeper);
    this.#facts = options.facts ?? {};
    this.#parts = new Parts(options.room);
    this.#whole = wholeHash(options);
    if (options.facts) this.#learnSize(options.facts.size);
  }

  get facts(): FileFacts | undefined {
    const { size, version } = this.#facts;
    return size === undefined ? undefined : { size, version, partBytes: this.#parts.partBytes };
  }

  /** Bytes that came over the network. */
  get received(): number {
    return this.#received;
  }

  /** Whether all that is planned, or all there is, is kept. */
  get isKept(): boolean {
    return this.#parts.wanted.every((part) => this.#keeping.has(part));
  }

  get isBehind(): boolean {
    return this.#parts.isPlanned && this.#parts.ahead() !== undefined;
  }

  /** Asks for the file; its first bytes come meanwhile. False where there is none. */
  exists(): Promise<boolean> {
    if (this.#facts.size !== undefined) {
      if (!this.#isExpected) {
        this.#isExpected = true;
        this.wake();
      }
      return Promise.resolve(true);
    }
    if (this.#exists) return this.#exists;
    const asked = withRetries(this.#options.connection, () => this.#open(0));
    this.#exists = asked;
    asked.then(
      () => this.wake(),
      () => {
        this.#exists = undefined;
      },
    );
    return asked;
  }

  async size(): Promise<number | undefined> {
    if (this.#facts.size !== undefined) return this.#facts.size;
    if (!(await this.exists())) return undefined;
    if (this.#facts.size === undefined) {
      const told = this.#waiting.forSize();
      this.wake();
      await told;
    }
    return this.#facts.size;
  }

  /** Bytes [start, end), which the file has. */
  async read(
    start: number,
    end: number,
    into: Uint8Array = new Uint8Array(end - start),
  ): Promise<Uint8Array> {
    await this.pour(start, end, () => into);
    return into;
  }

  /** The same into the memory that `into` gives whenever some of them are there. */
  async pour(start: number, end: number, into: () => Uint8Array): Promise<void> {
    for (let at = start; at < end; ) {
      const { part, offset } = this.#parts.placeOf(at);
      const until = Math.min(end, this.#parts.startOf(part + 1));
      const filled = offset + until - at;
      while (!this.#parts.take(part, offset, filled, into().subarray(at - start)))
        await this.#come(part, filled);
      at = until;
    }
  }

  /** Resolves when so many bytes of a part have come. */
  #come(part: number, filled: number): Promise<void> {
    const coming = this.#waiting.forPart(part, filled);
    this.wake();
    return coming;
  }

  /** Says which bytes will be read, in order: they come meanwhile, and are let go of when they were read. */
  plan(ranges: readonly (readonly [start: number, end: number])[]): void {
    this.#parts.plan(ranges);
    this.#options.room.join(this);
    this.wake();
  }

  wake(): void {
    if (!this.#isRunning) void this.#run();
  }

  rest(): boolean {
    if (!this.#flow || this.#waiting.isForAny) return false;
    this.#endFlow();
    return true;
  }

  /** Lets go of everything; resolves when what came is kept. What is begun of a planned file is brought to its end before. */
  async close(): Promise<void> {
    const { begun, isPlanned } = this.#parts;
    if (this.#keeping.file && isPlanned)
      await Promise.all(begun.map((part) => this.#come(part, this.#parts.lengthOf(part)))).catch(
        () => undefined,
      );
    this.#isClosed = true;
    this.#endFlow();
    this.#fail(wasClosed(this.#options.place));
    this.#parts.clear();
    await this.#keeping.settled();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      for (let at = this.#next(); at !== undefined; at = this.#next()) await this.#bring(at);
      this.#isRunning = false;
      if (this.#parts.isPlanned && !this.isBehind) this.#options.room.passTurn();
    } catch (error) {
      this.#isRunning = false;
      this.#endFlow();
      this.#fail(error);
    }
  }

  /** The byte that is to come next; undefined where nothing is. */
  #next(): number | undefined {
    if (this.#isClosed) return undefined;
    const places = this.#waiting.parts.map((part) => this.#parts.missing(part));
    if (places.length > 0) {
      this.#isBroken = false;
      const near = places.filter((at) => this.#reaches(at));
      return near.length > 0 ? Math.min(...near) : places[0];
    }
    if (this.#waiting.isForSize) return this.#flow?.position ?? 0;
    if (this.#isBroken || !this.#options.room.mayRun(this)) return undefined;
    if (this.#parts.isPlanned) return this.#parts.ahead();
    if (this.#isExpected) {
      const at = this.#parts.ahead();
      // An earlier visit had no use for the parts that it did not keep.
      const wasKept = this.#options.facts?.partBytes !== undefined;
      return wasKept && at !== undefined && !this.#isKeptAt(at) ? undefined : at;
    }
    const at = this.#flow?.position;
    return at === undefined || at === this.#flow?.end || this.#hasWhole(at) ? undefined : at;
  }

  #isKeptAt(at: number): boolean {
    return this.#keeping.has(this.#parts.placeOf(at).part);
  }

  /** Whether the part that a byte is in was kept, and was taken from there already. */
  #hasWhole(at: number): boolean {
    const { part } = this.#parts.placeOf(at);
    return this.#isKeptAt(at) && this.#parts.filledOf(part) === this.#parts.lengthOf(part);
  }

  /** Whether the open answer will come to a byte before a new one would. */
  #reaches(at: number): boolean {
    if (!this.#flow) return false;
    const { position, end } = this.#flow;
    if (at < position || (end !== undefined && at >= end)) return false;
    const mayJump = this.#hasRanges !== false && this.#facts.version !== undefined;
    if (!mayJump || at - position <= NEAR_BYTES) return true;
    // What lies between is read too: other tensors, which are loaded beside this one.
    if (!this.#parts.isPlanned || this.#options.room.isFull) return false;
    const [first, last] = [position, at].map((byte) => this.#parts.placeOf(byte).part);
    return this.#keeping.nextOf(first!, last!) === last;
  }

  async #bring(at: number): Promise<void> {
    const { part } = this.#parts.placeOf(at);
    if (this.#keeping.has(part)) return this.#bringKept(part);
    await this.#keeping.room();
    await withRetries(this.#options.connection, async () => {
      try {
        if (this.#isClosed) throw wasClosed(this.#options.place);
        const from = this.#parts.missing(part);
        if (!this.#reaches(from)) await this.#open(from);
        await this.#advance();
      } catch (error) {
        this.#endFlow();
        throw error;
      }
    });
  }

  async #bringKept(part: number): Promise<void> {
    const pieces = await this.#keeping.file!.get(part, this.#parts.lengthOf(part));
    if (pieces) {
      this.#whole?.add(this.#parts.startOf(part), pieces, this.#facts.size);
      this.#parts.adopt(part, pieces);
    } else
      this.#options.connection.onWarning(
        `${this.#options.place}: what was kept of it is damaged, and is fetched again`,
      );
    this.#settle();
  }

  /** Asks for what comes from a byte on, and compares what the answer says of the file with what is known. False where there is no file. */
  async #open(at: number): Promise<boolean> {
    const { name, place, room, facts } = this.#options;
    this.#endFlow();
    const { size, version } = this.#facts;
    if (facts && version === undefined) throw cannotBeMended(place);
    // Without a version only an answer from the start shows that it is the same file.
    const isWhole = at === 0 || version === undefined || size === undefined;
    const range = isWhole ? undefined : { start: at, end: this.#endOf(at, size), size };
    const answer = await this.#options.ask(range && { ...range, version });
    if (this.#isClosed) {
      answer?.drop();
      throw wasClosed(this.#options.place);
    }
    if (!answer && size === undefined && this.#received === 0) return false;
    if (!answer) throw new ChangedError(`${place}: the file is gone. Open the folder again`);
    const opening = readOpening(answer, { range, name, place });
    try {
      this.#compare(opening);
    } catch (error) {
      answer.drop();
      throw error;
    }
    this.#hasRanges = opening.hasRanges ?? this.#hasRanges;
    this.#flow = new Flow(answer, opening.start, opening.end ?? this.#facts.size);
    if (this.#flow.end === opening.start) this.#drain(this.#flow);
    else if ((this.#facts.size ?? 0) > NEAR_BYTES) room.opened(this);
    return true;
  }

  #compare(opening: Opening): void {
    expectSame(this.#facts, opening, this.#options);
    if (this.#facts.version === undefined)
      this.#facts = { ...this.#facts, version: opening.version };
    if (opening.size !== undefined && this.#facts.size === undefined) this.#learnSize(opening.size);
  }

  /** Where an answer from this byte on may end: before the next part that is kept. */
  #endOf(at: number, size: number): number {
    if (!this.#keeping.file) return size;
    const [next, last] = [at, size - 1].map((byte) => this.#parts.placeOf(byte).part + 1);
    return Math.min(size, this.#parts.startOf(this.#keeping.nextOf(next!, last!)));
  }

  #learnSize(size: number): void {
    this.#parts.limit(size, this.#options.facts?.partBytes);
    this.#facts = { ...this.#facts, size };
    const { version } = this.#facts;
    this.#keeping.file = this.#options.keep?.({ size, version, partBytes: this.#parts.partBytes });
    this.#waiting.tellSize();
  }

  /** The next piece of the open answer, put where it belongs. */
  async #advance(): Promise<void> {
    const flow = this.#flow!;
    const { place, most } = this.#options;
    const value = await flow.next();
    if (this.#flow !== flow) return;
    const { size } = this.#facts;
    if (value === undefined) {
      const { end = size } = flow;
      if (end !== undefined && flow.position < end) throw lessCame(place, flow.position, end);
      if (size === undefined) this.#learnSize(flow.position);
      this.#endFlow();
      await this.#finishFull();
      return this.#settle();
    }
    const end = Math.min(flow.end ?? most, size ?? most);
    if (flow.position + value.length > end) throw moreCame(place, end, most);
    this.#whole?.add(flow.position, [value], size);
    let at = 0;
    while (at < value.length) {
      const { part, offset } = this.#parts.placeOf(flow.position);
      const slice = value.subarray(at, at + this.#parts.lengthOf(part) - offset);
      await this.#put(part, offset, slice);
      flow.position += slice.length;
      at += slice.length;
    }
    this.#declareSize();
    await this.#finishFull();
    this.#settle();
    if (flow.position === (flow.end ?? this.#facts.size)) this.#drain(flow);
    this.#options.onBytes?.(this.#received, this.#facts.size ?? this.#received);
  }

  async #put(part: number, offset: number, slice: Uint8Array): Promise<void> {
    const known = this.#keeping.hashOf(part);
    if (this.#facts.version === undefined && (known || this.#parts.filledOf(part) > offset)) {
      const isSame = this.#parts.compare(part, offset, slice, known && (await known));
      if (!(await isSame)) throw otherBytes(this.#options.place);
    }
    const isWanted = this.#waiting.parts.includes(part);
    this.#received += this.#parts.put(part, offset, slice, isWanted);
  }

  async #finishFull(): Promise<void> {
    if (this.#facts.size !== undefined)
      for (const part of this.#parts.full) await this.#finish(part);
  }

  /** A part is whole: it is checked where a hash is known, and kept. */
  async #finish(part: number): Promise<void> {
    const pieces = this.#parts.finish(part);
    if (!pieces) return;
    const { hash, place } = this.#options;
    if (hash !== undefined && pieces.length === this.#facts.size) {
      const made = await hubHash(pieces.joined(), hash.length);
      if (made !== undefined && made !== hash)
        throw new TransferError(otherHash(place, made, hash));
    }
    this.#parts.markReady(part);
    this.#keeping.add(part, pieces, this.#facts.version !== undefined);
  }

  /** The size that the first bytes tell, where the server did not. */
  #declareSize(): void {
    const { declaredSize, place } = this.#options;
    if (this.#facts.size !== undefined || !declaredSize) return;
    const first = this.#parts.first();
    const size = first && declaredSize(first);
    if (size === undefined || Number.isNaN(size)) return;
    if (size < this.#received)
      throw new CheckpointError(
        `${place}: its header tells of ${size} bytes, and ${this.#received} came. Is the file whole?`,
      );
    this.#learnSize(size);
  }

  /** Wakes whoever waited for what is here now. */
  #settle(): void {
    this.#waiting.settle((part, filled) => this.#parts.holds(part, filled));
  }

  #fail(error: unknown): void {
    this.#isBroken = true;
    this.#waiting.fail(error);
  }

  /** Nothing more is due of an answer. */
  #drain(flow: Flow): void {
    this.#flow = undefined;
    this.#options.room.closed(this);
    flow.drain(() =>
      this.#options.connection.onWarning(
        `${this.#options.place}: the server sends more bytes than the ${flow.position} it tells of; they were left`,
      ),
    );
  }

  #endFlow(): void {
    this.#flow?.drop();
    this.#flow = undefined;
    this.#options.room.closed(this);
  }
}
