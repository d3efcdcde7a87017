import type { Answer } from "./transfer.ts";

/** An answer that is being read, and how far. */
export class Flow {
  /** The byte of the file that comes next. */
  position: number;
  /** Where the answer ends; undefined where only its end tells. */
  readonly end: number | undefined;
  readonly #answer: Answer;
  readonly #pieces: AsyncGenerator<Uint8Array, void>;

  constructor(answer: Answer, position: number, end: number | undefined) {
    this.position = position;
    this.end = end;
    this.#answer = answer;
    this.#pieces = answer.body();
  }

  /** The next piece; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#pieces.next();
    return done ? undefined : value;
  }

  /** All that was due has come: the end is awaited by nobody, so that the connection can be used again. */
  drain(onMore: () => void): void {
    this.#pieces.next().then(
      ({ done }) => {
        if (done) return;
        this.drop();
        onMore();
      },
      () => undefined, // nothing of it was missing
    );
  }

  /** Ends the transfer. */
  drop(): void {
    this.#answer.drop();
    void this.#pieces.return().catch(() => undefined);
  }
}
