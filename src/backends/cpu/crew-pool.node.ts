import type { Crew } from "./crew.ts";

interface Shared {
  readonly crew: Crew;
  users: number;
}

/** A place in a crew. */
export interface Membership {
  readonly crew: Crew;
  /** Gives the place back, once no thread looks at what was submitted. */
  leave(): Promise<void>;
}

/**
 * The crews of this process, one for each kind of thread and their number: models that are open share it, and the last one
 * is kept for the next model, because koffi never gives back what it maps for a thread.
 */
export class CrewPool {
  readonly #crews = new Map<string, Shared>();
  #isListening = false;

  take(kind: string, make: () => Crew): Membership {
    const known = this.#crews.get(kind);
    const shared = known && !known.crew.isBroken ? known : { crew: make(), users: 0 };
    if (shared !== known) this.#keep(kind, shared);
    shared.users += 1;
    let isMember = true;
    return {
      crew: shared.crew,
      leave: async () => {
        if (!isMember) return;
        isMember = false;
        const isWhole = await shared.crew.left();
        shared.users -= 1;
        if (!isWhole) await shared.crew.dispose();
      },
    };
  }

  /** Crews nobody uses make room for one of another kind. */
  #keep(kind: string, shared: Shared): void {
    for (const [other, { crew, users }] of this.#crews)
      if (users === 0) {
        this.#crews.delete(other);
        void crew.dispose();
      }
    this.#crews.set(kind, shared);
    if (this.#isListening) return;
    this.#isListening = true;
    // A thread in native code must not be terminated: at the end of the process it is asked to stop after its kernel.
    process.once("exit", () => {
      for (const { crew } of this.#crews.values()) crew.disposeNow();
    });
  }
}
