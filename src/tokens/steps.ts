/** Work that stops after each step; its result comes at the end. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all of it now. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Does it step by step: between two, others have their turn and the signal can end it. */
export async function inSteps<T>(steps: Steps<T>, signal: AbortSignal | undefined): Promise<T> {
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = steps.next();
    if (done) return value;
    // What ends it may come as a message, which a promise alone lets nobody receive.
    await new Promise((resolve) => setTimeout(resolve));
  }
}
