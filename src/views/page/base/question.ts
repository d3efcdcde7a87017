import { type Answer, isLater } from "../source/answer.ts";

/**
 * What an element knows of an answer it asked its source for. One that comes at once is there at once; one that comes after the
 * element asked something else is dropped. While a new answer is waited for, the last one of the same source stays.
 */
export class Question<T> {
  readonly #changed: () => void;
  #about: readonly unknown[] = [];
  #value: T | undefined;
  #error: unknown;
  #isPending = false;

  /** `changed` is called when an answer has to be waited for, and when it has come. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The last answer, of an older question while this one is pending; undefined before the first, and after a failure. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Why there is no answer. */
  get error(): unknown {
    return this.#error;
  }

  get isPending(): boolean {
    return this.#isPending;
  }

  /** Asks, unless it is `about` the same as before: the source, then what is asked of it. Returns what is known. */
  ask(about: readonly unknown[], get: () => Answer<T>): T | undefined {
    const isSame =
      about.length === this.#about.length && about.every((part, i) => part === this.#about[i]);
    if (!isSame) this.#ask(about, get);
    return this.#value;
  }

  #ask(about: readonly unknown[], get: () => Answer<T>): void {
    const isOtherSource = about[0] !== this.#about[0];
    this.#about = about;
    this.#settle(isOtherSource ? undefined : this.#value);
    try {
      const answer = get();
      if (isLater(answer)) this.#wait(about, answer);
      else this.#settle(answer);
    } catch (error) {
      this.#fail(error);
    }
  }

  #wait(about: readonly unknown[], answer: Promise<T>): void {
    this.#isPending = true;
    this.#changed();
    const ifCurrent = <U>(settle: (outcome: U) => void) => {
      return (outcome: U): void => {
        if (this.#about !== about) return;
        settle(outcome);
        this.#changed();
      };
    };
    answer.then(
      ifCurrent((value: T) => this.#settle(value)),
      ifCurrent((error: unknown) => this.#fail(error)),
    );
  }

  #settle(value: T | undefined): void {
    this.#value = value;
    this.#error = undefined;
    this.#isPending = false;
  }

  #fail(error: unknown): void {
    this.#settle(undefined);
    this.#error = error ?? new Error("no reason was given");
  }
}
