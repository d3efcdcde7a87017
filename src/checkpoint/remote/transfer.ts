import { TransferError } from "./transfer-error.ts";

/** How to ask, how long to wait, and who is told. */
export interface Connection {
  readonly signal?: AbortSignal;
  readonly fetch: typeof fetch;
  /** Waits before another attempt; rejects when the signal fires. */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Attempts without a byte of progress before giving up. */
  readonly attempts: number;
  /** A connection that brings nothing for so long counts as cut. */
  readonly stallMs: number;
  /** Told when a server asks to wait. */
  readonly onWarning: (message: string) => void;
}

const longestWaitMs = 60_000;

/** Everything not given set to its default. */
export function connectionOf(given: Partial<Connection>): Connection {
  return {
    signal: given.signal,
    fetch: given.fetch ?? ((url, init) => fetch(url, init)),
    wait: given.wait ?? waitFor,
    attempts: given.attempts ?? 5,
    stallMs: given.stallMs ?? 30_000,
    onWarning: given.onWarning ?? console.warn,
  };
}

function waitFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

/**
 * Runs `attempt` until it succeeds, up to `connection.attempts` times after the last progress; it calls
 * `progressed` when bytes have come. Only failures that pass are tried again, after 1, 2, 4, 8 s or as the server says, at most a
 * minute; a wait that the server asks for is said.
 */
export async function withRetries<T>(
  connection: Connection,
  attempt: (progressed: () => void) => Promise<T>,
): Promise<T> {
  let failures = 0;
  for (;;) {
    connection.signal?.throwIfAborted();
    try {
      return await attempt(() => {
        failures = 0;
      });
    } catch (error) {
      connection.signal?.throwIfAborted();
      if (!(error instanceof TransferError) || !error.isPassing) throw error;
      failures += 1;
      if (failures >= connection.attempts) throw error;
      const { retryAfterMs } = error;
      const wished = retryAfterMs ?? 1000 * 2 ** Math.min(failures - 1, 3);
      const ms = Math.min(wished, longestWaitMs);
      if (retryAfterMs !== undefined)
        connection.onWarning(
          `${error.message} It asks to wait ${Math.ceil(retryAfterMs / 1000)} s; the next attempt is in ${Math.ceil(ms / 1000)} s`,
        );
      await connection.wait(ms, connection.signal);
    }
  }
}

/** How the errors of a request are worded. */
export interface Wording {
  unreachable(why: string, options: ErrorOptions & { isPassing: boolean }): TransferError;
  cut(why: string, options: ErrorOptions): TransferError;
  /** For an answer that is none; undefined where it is one. */
  refused(response: Response): TransferError | undefined;
}

/** An answer whose body is read piece by piece; a body that breaks off or stalls throws as its wording has it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Whether the server answers another site than the page's own, so that not all its headers are seen. */
  readonly isForeign: boolean;
  body(): AsyncGenerator<Uint8Array, void>;
  /** Ends the transfer, whether its body is being read or not. */
  drop(): void;
}

/** One request, once. */
export async function ask(
  { fetch: send, signal, stallMs }: Connection,
  url: string,
  init: RequestInit,
  wording: Wording,
): Promise<Answer> {
  const watch = stallWatch(stallMs, signal);
  const whyOf = (cause: unknown) =>
    watch.signal.aborted ? `nothing came for ${stallMs / 1000} s` : reason(cause);
  let response: Response;
  try {
    watch.start();
    response = await send(url, { ...init, signal: watch.signal });
    watch.pause();
    const refusal = wording.refused(response);
    if (refusal) {
      await response.body?.cancel().catch(() => undefined);
      throw refusal;
    }
  } catch (cause) {
    watch.end();
    signal?.throwIfAborted();
    if (cause instanceof TransferError) throw cause;
    throw wording.unreachable(whyOf(cause), { cause, isPassing: !leadsElsewhere(cause) });
  }
  async function* body(): AsyncGenerator<Uint8Array, void> {
    const reader = response.body?.getReader();
    try {
      while (reader) {
        watch.start();
        const { done, value } = await reader.read();
        watch.pause(); // the time a slow disk takes is not the network's
        if (done) break;
        yield value;
      }
    } catch (cause) {
      signal?.throwIfAborted();
      throw wording.cut(whyOf(cause), { cause });
    } finally {
      watch.end();
      await reader?.cancel().catch(() => undefined);
    }
  }
  return {
    status: response.status,
    headers: response.headers,
    isForeign: response.type === "cors" && globalThis.location !== undefined,
    body,
    drop() {
      watch.stop();
      watch.end();
    },
  };
}

/** Whether a redirect led out of the web (to file:, say), where no later attempt leads back. */
function leadsElsewhere(cause: unknown): boolean {
  const { message, cause: inner } = cause as { message?: string; cause?: { message?: string } };
  return /\bscheme\b/i.test(`${message} ${inner?.message}`);
}

interface StallWatch {
  readonly signal: AbortSignal;
  start(): void;
  pause(): void;
  stop(): void;
  end(): void;
}

/** A signal that fires with `outer`, or when it has run for `ms` since `start`. */
function stallWatch(ms: number, outer?: AbortSignal): StallWatch {
  const controller = new AbortController();
  const stop = () => controller.abort();
  /** When it is to fire; undefined while it rests. */
  let due: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Pieces come by the hundred: one timer looks again, where each would need its own.
  const look = () => {
    timer = undefined;
    if (due === undefined) return;
    const left = due - performance.now();
    if (left <= 0) stop();
    else timer = setTimeout(look, left);
  };
  const pause = () => {
    due = undefined;
  };
  outer?.addEventListener("abort", stop, { once: true });
  if (outer?.aborted) stop();
  return {
    signal: controller.signal,
    start() {
      due = performance.now() + ms;
      timer ??= setTimeout(look, ms);
    },
    pause,
    stop,
    end() {
      pause();
      clearTimeout(timer);
      timer = undefined;
      outer?.removeEventListener("abort", stop);
    },
  };
}

function reason(error: unknown): string {
  const cause =
    error instanceof Error
      ? (error.cause as { code?: string; message?: string } | undefined)
      : undefined;
  return cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error));
}
