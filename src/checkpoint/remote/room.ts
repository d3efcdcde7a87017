import { Keeper } from "./keeper.ts";

/** A file that has bytes come before anybody waits for them. */
export interface Runner {
  /** Whether bytes are planned that have not come. */
  readonly isBehind: boolean;
  /** Goes on, if there is something to do. */
  wake(): void;
  /** Ends its answer where nobody waits for it; true when there was one. */
  rest(): boolean;
}

/** Bytes that may lie in memory before they are read. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Answers of large files that stay open at once: browsers give a host six connections, and one that waits is lost to the others. */
const MOST_ANSWERS = 3;

/** What the files of one source share: the memory that unread bytes take and those that wait to be kept, the connections, and whose turn it is to run ahead. */
export class Room {
  readonly keeper = new Keeper();
  #held = 0;
  readonly #order: Runner[] = [];
  /** Open answers, the latest used last. */
  readonly #open: Runner[] = [];

  /** Puts a file behind those whose bytes are read before. */
  join(runner: Runner): void {
    if (!this.#order.includes(runner)) this.#order.push(runner);
  }

  /** Counts bytes that came (or went, below zero). */
  count(bytes: number): void {
    const wasFull = this.isFull;
    this.#held += bytes;
    if (wasFull && !this.isFull) for (const runner of this.#order) runner.wake();
  }

  get isFull(): boolean {
    return this.#held >= MOST_BYTES;
  }

  /** Whether this file may have bytes come that nobody waits for: all before it have theirs. */
  mayRun(runner: Runner): boolean {
    if (this.isFull) return false;
    return (this.#order.find((other) => other.isBehind || other === runner) ?? runner) === runner;
  }

  /** A file has all that was planned: the next may go on. */
  passTurn(): void {
    this.#order.find((runner) => runner.isBehind)?.wake();
  }

  opened(runner: Runner): void {
    this.closed(runner);
    this.#open.push(runner);
    for (const other of [...this.#open]) {
      if (this.#open.length <= MOST_ANSWERS) return;
      if (other !== runner) other.rest();
    }
  }

  closed(runner: Runner): void {
    const place = this.#open.indexOf(runner);
    if (place >= 0) this.#open.splice(place, 1);
  }
}
