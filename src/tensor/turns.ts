import type { Backend } from "./backend.ts";

/** Programs carried out at once where nobody says how many: enough to keep threads busy while one hands out what it computed. */
const USUAL = 4;

/** A program's turn. */
export interface Turn {
  /** Ends it, and the next begins. */
  leave(): void;
  /** Waits for work that may take its time or be a program itself, without holding others up. */
  aside<T>(work: () => T | Promise<T>): Promise<T>;
}

/**
 * A backend's programs take turns: so many are carried out at once, the others wait in the order they came, and take no memory for
 * it. One that waits and is aborted leaves at once.
 */
export class Turns {
  readonly #most: number;
  #taken = 0;
  readonly #waiting = new Set<() => void>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves when it is this one's turn; throws the signal's reason when that comes first. */
  async enter(signal?: AbortSignal): Promise<Turn> {
    await this.#wait(signal);
    let isHeld = true;
    const leave = () => {
      if (isHeld) this.#leave();
      isHeld = false;
    };
    return {
      leave,
      aside: async (work) => {
        leave();
        const result = await work();
        await this.#wait(signal);
        isHeld = true;
        return result;
      },
    };
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#taken < this.#most) {
      this.#taken += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        this.#waiting.delete(begin);
        reject(signal!.reason);
      };
      const begin = () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      this.#waiting.add(begin);
      signal?.addEventListener("abort", stop, { once: true });
    });
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#taken -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

const turns = new WeakMap<Backend, Turns>();

/** The turns of a backend. */
export function turnsOf(backend: Backend): Turns {
  if (!turns.has(backend)) limitTurns(backend);
  return turns.get(backend)!;
}

/** Says how many programs a backend carries out at once, before it has carried out any. */
export function limitTurns(backend: Backend, most = USUAL): void {
  turns.set(backend, new Turns(most));
}
