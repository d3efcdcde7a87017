import type { Exploring, Seen } from "heed/explore";

/** What changes when each head says nothing: filled in as the runs come, and given up when something else is asked. */
export class Silenced {
  readonly #changed: () => void;
  #about: readonly unknown[] = [];
  #values: Float32Array | undefined;
  #abort: AbortController | undefined;
  done = 0;
  of = 1;
  error: string | undefined;

  /** `changed` is called whenever more is known. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The numbers so far, (L, H), NaN where there is none yet; asks for them unless they are asked for. */
  ask(model: Exploring | undefined, { run }: Seen, query: number): Float32Array | undefined {
    const about = [model, run, query];
    if (!model) return undefined;
    if (about.every((part, i) => part === this.#about[i])) return this.#values;
    this.#abort?.abort();
    this.#forget();
    this.#about = about;
    const abort = new AbortController();
    this.#abort = abort;
    const take = (done: number, of: number, values: Float32Array): void => {
      if (abort.signal.aborted) return;
      [this.done, this.of] = [done, of];
      this.#values = values.slice();
      this.#changed();
    };
    model.measure(run, "silenced", { query }, { signal: abort.signal, onPart: take }).then(
      (values) => take(1, 1, values),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        this.error = error instanceof Error ? error.message : String(error);
        this.#changed();
      },
    );
    return undefined;
  }

  /** Ends what is asked; what is known is kept when all of it came. */
  cancel(): void {
    if (this.done === this.of && this.#values) return;
    this.#abort?.abort();
    this.#forget();
  }

  #forget(): void {
    this.#about = [];
    this.#values = undefined;
    this.error = undefined;
    [this.done, this.of] = [0, 1];
  }
}
