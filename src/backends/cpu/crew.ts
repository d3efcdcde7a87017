import { EngineError } from "./engine-error.ts";

/** Words of the memory a crew and its owner share. */
export const POSTED = 0;
export const FINISHED = 1;
export const STOP = 2;
/** How many lists may wait at once; their addresses go round in this many places behind the words. */
export const RING = 8;
const WORDS = 4;

/** One thread, wherever it runs. */
export interface Hand {
  /** Called once, with why, when the thread ends before it was told to. */
  onEnd(tell: (reason: string) => void): void;
  /** Whether the thread keeps the process alive. */
  hold(isHeld: boolean): void;
  end(): Promise<unknown>;
}

/** What a thread is started with. */
export interface HandStart {
  readonly shared: SharedArrayBuffer;
  readonly thread: number;
  readonly threads: number;
}

/**
 * What every thread runs, as text: it is started from a string, so that it is the same from source, from a build, in a
 * bundle and in a browser. `call(list, thread)` is what the platform puts before it.
 */
export const handSource = `
  const words = new Int32Array(start.shared, 0, ${WORDS});
  const ring = new Float64Array(start.shared, ${WORDS * 4}, ${RING});
  for (let done = 0; ; ) {
    for (let spins = 0; spins < 2000 && Atomics.load(words, ${POSTED}) === done; spins++);
    while (Atomics.load(words, ${POSTED}) === done) Atomics.wait(words, ${POSTED}, done);
    if (Atomics.load(words, ${STOP})) break;
    call(ring[done % ${RING}], start.thread);
    done += 1;
    if ((Atomics.add(words, ${FINISHED}, 1) + 1) % start.threads === 0) Atomics.notify(words, ${FINISHED});
  }
`;

interface Submission {
  readonly list: number;
  stop(): void;
  resolve(): void;
  reject(error: Error): void;
}

/** A crew of threads that runs lists one after the other, all threads on each. */
export class Crew {
  readonly #shared = new SharedArrayBuffer(WORDS * 4 + RING * 8);
  readonly #words = new Int32Array(this.#shared, 0, WORDS);
  readonly #ring = new Float64Array(this.#shared, WORDS * 4, RING);
  readonly #hands: Hand[];
  readonly #queued: Submission[] = [];
  readonly #posted: (Submission & { readonly finished: number })[] = [];
  #isWatching = false;
  #broken: EngineError | undefined;

  constructor(threads: number, start: (hand: HandStart) => Hand) {
    this.#hands = Array.from({ length: threads }, (_, thread) =>
      start({ shared: this.#shared, thread, threads }),
    );
    for (const [thread, hand] of this.#hands.entries())
      hand.onEnd((reason) => this.stop(`thread ${thread} ended: ${reason}`));
  }

  get threads(): number {
    return this.#hands.length;
  }

  /** Runs a list after those submitted before; `stop` makes threads that wait for one another give up. */
  submit(list: number, stop: () => void): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#queued.push({ list, stop, resolve, reject });
      this.#post();
    });
  }

  /** Hands lists to the threads while there is room in the ring. */
  #post(): void {
    while (this.#queued.length > 0 && this.#posted.length < RING) {
      const next = this.#queued.shift()!;
      const before = this.#words[POSTED]!;
      this.#ring[before % RING] = next.list;
      this.#posted.push({ ...next, finished: (before + 1) * this.threads });
      Atomics.add(this.#words, POSTED, 1);
      Atomics.notify(this.#words, POSTED);
    }
    if (!this.#isWatching) void this.#watch();
  }

  async dispose(): Promise<void> {
    this.stop("the backend was disposed");
    Atomics.store(this.#words, STOP, 1);
    Atomics.add(this.#words, POSTED, 1);
    Atomics.notify(this.#words, POSTED);
    await Promise.all(this.#hands.map((hand) => hand.end()));
  }

  async #watch(): Promise<void> {
    this.#isWatching = true;
    for (const hand of this.#hands) hand.hold(true);
    while (this.#posted.length > 0) {
      const finished = Atomics.load(this.#words, FINISHED);
      while (this.#posted[0] && this.#posted[0].finished <= finished)
        this.#posted.shift()!.resolve();
      this.#post();
      if (this.#posted.length > 0) await change(this.#words, FINISHED, finished);
    }
    this.#isWatching = false;
    for (const hand of this.#hands) hand.hold(false);
  }

  /** Ends what is under way with an error; nothing can be submitted any more. */
  stop(reason: string): void {
    if (this.#broken) return;
    this.#broken = new EngineError(`cpu: ${reason}. Load the model again to go on`);
    for (const { reject, stop } of [...this.#posted.splice(0), ...this.#queued.splice(0)]) {
      stop();
      reject(this.#broken);
    }
    Atomics.notify(this.#words, FINISHED);
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
