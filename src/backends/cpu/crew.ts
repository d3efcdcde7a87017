import { EngineError } from "./engine-error.ts";
import type { Running } from "./machine.ts";

/** Words of the memory a crew and its owner share; behind them, how many lists each thread has left. */
export const POSTED = 0;
const CHANGES = 1;
const STOP = 2;
/** The first list whose end somebody waits for: the owner is not woken for those before it. */
const WANTED = 3;
/** How many threads are asleep, or about to be. */
const ASLEEP = 4;
/** How many threads have begun. */
const READY = 5;
export const LEFT = 6;
/** Stands in place of that number when the thread has ended. */
const GONE = -1;
/** How long the end of a process waits for threads in the middle of a kernel. */
const PATIENCE_MS = 900;
/** How many lists may be on their way, a power of 2; their addresses go round in this many places behind the words. */
const RING = 32;

/** One thread, wherever it runs. */
export interface Hand {
  /** Called once, with why, when the thread ends before it was told to. */
  onEnd(tell: (reason: string) => void): void;
  /** Whether the thread keeps the process alive. */
  hold(isHeld: boolean): void;
  /** Called when the thread has been told to end; resolves when it has. */
  end(): Promise<unknown>;
}

/** What a thread is started with. */
export interface HandStart {
  readonly shared: SharedArrayBuffer;
  readonly thread: number;
  readonly threads: number;
  /** Where the ring begins in `shared`. */
  readonly ringStart: number;
}

/**
 * What every thread runs, as text: it is started from a string, so that it is the same from source, from a build, in a
 * bundle and in a browser; so it names nothing of this file, where a bundle may have other names. `call(list, thread)` is
 * what the platform puts before it.
 */
export const handSource = `
  const words = new Int32Array(start.shared, 0, ${LEFT} + start.threads);
  const ring = new Float64Array(start.shared, start.ringStart, ${RING});
  Atomics.add(words, ${READY}, 1);
  Atomics.add(words, ${CHANGES}, 1);
  Atomics.notify(words, ${CHANGES});
  for (let done = Atomics.load(words, ${LEFT} + start.thread); ; ) {
    for (let spins = 0; spins < 2000 && Atomics.load(words, ${POSTED}) === done; spins++);
    while (Atomics.load(words, ${POSTED}) === done) {
      Atomics.add(words, ${ASLEEP}, 1);
      Atomics.wait(words, ${POSTED}, done);
      Atomics.sub(words, ${ASLEEP}, 1);
    }
    if (Atomics.load(words, ${STOP})) break;
    call(ring[done & ${RING - 1}], start.thread);
    done = (done + 1) | 0;
    Atomics.store(words, ${LEFT} + start.thread, done);
    // Waking the owner takes a core from the threads.
    if (((Atomics.load(words, ${WANTED}) - done) | 0) > 0) continue;
    Atomics.add(words, ${CHANGES}, 1);
    Atomics.notify(words, ${CHANGES});
  }
  Atomics.store(words, ${LEFT} + start.thread, ${GONE});
  Atomics.add(words, ${CHANGES}, 1);
  Atomics.notify(words, ${CHANGES});
`;

/** Whether a list comes after another: their numbers go round at 2³². */
function isAfter(number: number, other: number): boolean {
  return ((number - other) | 0) > 0;
}

function earliest(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => (isAfter(a, b) ? b : a));
}

function latest(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => (isAfter(b, a) ? b : a));
}

interface Submission {
  readonly list: number;
  stop(): void;
  onLeft(): void;
  resolve(): void;
  reject(error: Error): void;
  /** Whether somebody waits for it. */
  isWanted: boolean;
}

/** A crew of threads that runs lists one after the other. The first thread at a list's end tells that its tasks are done. */
export class Crew {
  readonly #words: Int32Array;
  readonly #ring: Float64Array;
  readonly #hands: Hand[];
  readonly #queued: Submission[] = [];
  /** Posted and not done, and posted and not left by every thread. */
  readonly #running: { readonly submission: Submission; readonly number: number }[] = [];
  readonly #leaving: { readonly number: number; onLeft(): void }[] = [];
  /** Who waits for threads to have left a list. */
  readonly #waiting: { readonly number: number; resolve(): void }[] = [];
  #isWatching = false;
  #broken: EngineError | undefined;
  #reason: string | undefined;

  constructor(threads: number, start: (hand: HandStart) => Hand) {
    // Behind the words, on 8 bytes.
    const ringStart = Math.ceil((LEFT + threads) / 2) * 8;
    const shared = new SharedArrayBuffer(ringStart + 8 * RING);
    this.#words = new Int32Array(shared, 0, LEFT + threads);
    this.#ring = new Float64Array(shared, ringStart, RING);
    this.#hands = [];
    try {
      for (let thread = 0; thread < threads; thread++)
        this.#hands.push(start({ shared, thread, threads, ringStart }));
    } catch (error) {
      void this.dispose();
      throw error;
    }
    for (const [thread, hand] of this.#hands.entries())
      hand.onEnd((reason) => this.stop(`thread ${thread} ended: ${reason}`));
  }

  get threads(): number {
    return this.#hands.length;
  }

  /**
   * Runs a list after those submitted before. `stop` makes threads that wait for one another give up; `onLeft` is called
   * when no thread looks at the list any more.
   */
  submit(list: number, stop: () => void, onLeft: () => void): Running {
    if (this.#broken) return { done: Promise.reject(this.#broken), want() {} };
    let submission: Submission;
    const done = new Promise<void>((resolve, reject) => {
      submission = { list, stop, onLeft, resolve, reject, isWanted: false };
    });
    this.#queued.push(submission!);
    this.#post();
    this.#lookAgain();
    return {
      done,
      want: () => {
        submission.isWanted = true;
        this.#tellWanted();
        this.#lookAgain();
      },
    };
  }

  /** Lists whose end is to be told: those somebody waits for, the oldest where others wait for its place, and the last. */
  #tellWanted(): void {
    const isFull = this.#queued.length > 0;
    const awaited = this.#running.find(({ submission }) => submission.isWanted)?.number;
    const oldest = isFull ? this.#leaving[0]?.number : undefined;
    const last = this.#words[POSTED]!;
    Atomics.store(this.#words, WANTED, earliest([awaited ?? last, oldest ?? last]));
  }

  /** A list that ended before it was wanted was not told of. */
  #lookAgain(): void {
    const hasEnded = !isAfter(this.#words[WANTED]!, latest(this.#lists()));
    if (!hasEnded) return;
    Atomics.add(this.#words, CHANGES, 1);
    Atomics.notify(this.#words, CHANGES);
  }

  /** How many lists each thread has left. */
  #lists(): number[] {
    return this.#hands.map((_, thread) => Atomics.load(this.#words, LEFT + thread));
  }

  /** Hands lists to the threads while there is room in the ring. */
  #post(): void {
    while (this.#queued.length > 0 && this.#leaving.length < RING) {
      const next = this.#queued.shift()!;
      const before = this.#words[POSTED]!;
      const number = (before + 1) | 0;
      this.#ring[before & (RING - 1)] = next.list;
      this.#running.push({ submission: next, number });
      this.#leaving.push({ number, onLeft: next.onLeft });
      Atomics.add(this.#words, POSTED, 1);
      // Telling those that are awake would cost as much as waking them.
      if (Atomics.load(this.#words, ASLEEP) > 0) Atomics.notify(this.#words, POSTED);
    }
    this.#tellWanted();
    if (!this.#isWatching) void this.#watch();
  }

  /** Resolves when every thread has begun; throws EngineError when one cannot, or `patienceMs` have passed. */
  async ready(patienceMs?: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (patienceMs !== undefined)
      timer = setTimeout(() => this.stop("its threads do not start"), patienceMs);
    for (const hand of this.#hands) hand.hold(true);
    try {
      for (;;) {
        const changes = Atomics.load(this.#words, CHANGES);
        if (this.#broken) throw this.#broken;
        if (Atomics.load(this.#words, READY) === this.#hands.length) return;
        await change(this.#words, CHANGES, changes);
      }
    } finally {
      clearTimeout(timer);
      if (!this.#isWatching) for (const hand of this.#hands) hand.hold(false);
    }
  }

  /** Resolves when no thread looks at what was submitted so far; to false when the crew has come to an end instead. */
  async left(): Promise<boolean> {
    const number = (this.#words[POSTED]! + this.#queued.length) | 0;
    if (!this.#broken && this.#leaving.length + this.#queued.length > 0)
      await new Promise<void>((resolve) => this.#waiting.push({ number, resolve }));
    return !this.isBroken;
  }

  /** Why nothing can be submitted any more. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Whether nothing can be submitted any more. */
  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  async dispose(): Promise<void> {
    this.#dismiss("the backend was disposed");
    await Promise.all(this.#hands.map((hand) => hand.end()));
  }

  /** For the end of a process, where nothing can be awaited: waits until no thread is in native code any more. */
  disposeNow(): void {
    this.#dismiss("the process ends");
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const changes = Atomics.load(this.#words, CHANGES);
      if (this.#words.subarray(LEFT).every((left) => left === GONE)) return;
      const patience = deadline - Date.now();
      if (patience <= 0) return;
      Atomics.wait(this.#words, CHANGES, changes, patience);
    }
  }

  /** Tells the threads to end when they have left the kernel they are in. */
  #dismiss(reason: string): void {
    this.stop(reason);
    Atomics.store(this.#words, STOP, 1);
    Atomics.add(this.#words, POSTED, 1);
    Atomics.notify(this.#words, POSTED);
  }

  async #watch(): Promise<void> {
    this.#isWatching = true;
    for (const hand of this.#hands) hand.hold(true);
    while (this.#leaving.length > 0) {
      // Before the threads are looked at: one that ends a wanted list afterwards changes the word that is waited for.
      this.#tellWanted();
      const changes = Atomics.load(this.#words, CHANGES);
      const left = this.#lists();
      const [done, leftByAll] = [latest(left), earliest(left)];
      const isNew = !isAfter(this.#leaving[0]!.number, leftByAll);
      while (this.#running[0] && !isAfter(this.#running[0].number, done))
        this.#running.shift()!.submission.resolve();
      while (this.#leaving[0] && !isAfter(this.#leaving[0].number, leftByAll))
        this.#leaving.shift()!.onLeft();
      while (this.#waiting[0] && !isAfter(this.#waiting[0].number, leftByAll))
        this.#waiting.shift()!.resolve();
      this.#post();
      if (!isNew && this.#leaving.length > 0) await change(this.#words, CHANGES, changes);
    }
    this.#isWatching = false;
    for (const hand of this.#hands) hand.hold(false);
  }

  /** Ends what is under way with an error; nothing can be submitted any more. */
  stop(reason: string): void {
    if (this.#broken) return;
    this.#reason = reason;
    this.#broken = new EngineError(`cpu: ${reason}. Load the model again to go on`);
    const posted = this.#running.splice(0).map(({ submission }) => submission);
    for (const { reject, stop } of [...posted, ...this.#queued.splice(0)]) {
      stop();
      reject(this.#broken);
    }
    this.#leaving.length = 0;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    Atomics.notify(this.#words, CHANGES);
  }
}

interface WaitAsync {
  waitAsync?(
    words: Int32Array,
    index: number,
    value: number,
  ): { async: boolean; value: Promise<string> | string };
}

const { waitAsync } = Atomics as unknown as WaitAsync;

/** Resolves when the word no longer holds this value, or sooner. */
async function change(words: Int32Array, index: number, value: number): Promise<void> {
  // Browsers without waitAsync look again every turn of their event loop.
  if (!waitAsync) await new Promise((resolve) => setTimeout(resolve, 0));
  else await waitAsync(words, index, value).value;
}
