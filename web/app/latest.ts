/** The answer to what was asked last. The one before stays until it comes; answers to older questions are given up and dropped. */
export class Latest<T> {
  readonly #changed: () => void;
  #about: readonly unknown[] | undefined;
  #value: T | undefined;
  #error: string | undefined;
  #abort: AbortController | undefined;

  /** `changed` is called when an answer has come that had to be waited for. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** What is known. */
  get value(): T | undefined {
    return this.#value;
  }

  /** The answer to what was asked last; undefined while it is waited for. */
  get answer(): T | undefined {
    return this.isPending ? undefined : this.#value;
  }

  /** Why there is no answer. */
  get error(): string | undefined {
    return this.#error;
  }

  get isPending(): boolean {
    return this.#abort !== undefined;
  }

  /** What is known; asks, unless it is `about` the same as before. */
  ask(about: readonly unknown[], get: (signal: AbortSignal) => T | Promise<T>): T | undefined {
    const known = this.#about;
    if (known?.length === about.length && about.every((part, i) => part === known[i]))
      return this.#value;
    this.#abort?.abort();
    this.#about = about;
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const answer = get(abort.signal);
      if (answer instanceof Promise) this.#wait(answer, abort);
      else this.#settle(answer, undefined);
    } catch (error) {
      this.#settle(undefined, said(error));
    }
    return this.#value;
  }

  /** Forgets everything, and gives up what is asked. */
  forget(): void {
    this.#abort?.abort();
    this.#about = undefined;
    this.#settle(undefined, undefined);
  }

  #wait(answer: Promise<T>, abort: AbortController): void {
    const settle = (value: T | undefined, error: string | undefined): void => {
      if (this.#abort !== abort) return;
      this.#settle(value, error);
      this.#changed();
    };
    answer.then(
      (value) => settle(value, undefined),
      (error: unknown) => settle(undefined, said(error)),
    );
  }

  #settle(value: T | undefined, error: string | undefined): void {
    this.#value = value;
    this.#error = error;
    this.#abort = undefined;
  }
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
