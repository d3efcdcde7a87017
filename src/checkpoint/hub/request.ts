import { InputError } from "../../errors/errors.ts";
import { about, HubError, type HubSubject, refusal } from "./errors.ts";

/** How to talk to one hub. */
export interface HubConnection {
  /** Without a slash at its end. */
  readonly hubUrl: string;
  readonly token?: string;
  readonly signal?: AbortSignal;
  readonly fetch: typeof fetch;
  /** Waits before another attempt; rejects when the signal fires. */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Attempts without a byte of progress before giving up. */
  readonly attempts: number;
  /** A connection that brings nothing for so long counts as cut. */
  readonly stallMs: number;
}

const longestWaitMs = 60_000;

/** A connection with everything not given set to its default. */
export function hubConnection(
  given: Partial<HubConnection> & { readonly hubUrl: string },
): HubConnection {
  if (!URL.canParse(given.hubUrl) || !/^https?:/.test(given.hubUrl))
    throw new InputError(
      `hub: ${JSON.stringify(given.hubUrl)} is not an address. HF_ENDPOINT looks like https://huggingface.co.`,
    );
  return {
    token: given.token,
    signal: given.signal,
    hubUrl: given.hubUrl.replace(/\/+$/, ""),
    fetch: given.fetch ?? ((url, init) => fetch(url, init)),
    wait: given.wait ?? waitFor,
    attempts: given.attempts ?? 5,
    stallMs: given.stallMs ?? 30_000,
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
 * `progressed` when bytes have come. Only failures that pass are tried again, after 1, 2, 4, 8 s or as the hub says.
 */
export async function withRetries<T>(
  connection: HubConnection,
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
      if (!(error instanceof HubError) || !error.isPassing) throw error;
      failures += 1;
      if (failures >= connection.attempts) throw error;
      const wished = error.retryAfterMs ?? 1000 * 2 ** Math.min(failures - 1, 3);
      await connection.wait(Math.min(wished, longestWaitMs), connection.signal);
    }
  }
}

/** An answer whose body is read piece by piece; a body that breaks off or stalls throws HubError "cut". */
export interface HubAnswer {
  readonly status: number;
  readonly headers: Headers;
  body(): AsyncGenerator<Uint8Array, void>;
}

/** One request, once. The token goes to the hub's own origin alone. Throws HubError. */
export async function request(
  connection: HubConnection,
  subject: HubSubject,
  url: string,
  init: RequestInit = {},
): Promise<HubAnswer> {
  const { signal, stallMs } = connection;
  const headers = new Headers(init.headers);
  const isOwn = new URL(url).origin === new URL(connection.hubUrl).origin;
  if (connection.token && isOwn) headers.set("authorization", `Bearer ${connection.token}`);
  const watch = stallWatch(stallMs, signal);
  let response: Response;
  try {
    // A redirect to another origin loses the authorization header: fetch itself sees to that.
    watch.start();
    response = await connection.fetch(url, { ...init, headers, signal: watch.signal });
    watch.pause();
    if (!response.ok) throw await refused(connection, subject, response);
  } catch (cause) {
    watch.end();
    signal?.throwIfAborted();
    if (cause instanceof HubError) throw cause;
    const why = watch.signal.aborted ? `nothing came for ${stallMs / 1000} s` : reason(cause);
    throw new HubError(
      "unreachable",
      `hub: ${new URL(url).host} cannot be reached for ${about(subject)} (${why}). Is there a network? Behind a mirror, set HF_ENDPOINT.`,
      { cause },
    );
  }
  return {
    status: response.status,
    headers: response.headers,
    body: () => pieces(response, watch, connection, subject),
  };
}

async function* pieces(
  response: Response,
  watch: StallWatch,
  { signal, stallMs }: HubConnection,
  subject: HubSubject,
): AsyncGenerator<Uint8Array, void> {
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
    const why = watch.signal.aborted ? `nothing came for ${stallMs / 1000} s` : reason(cause);
    throw new HubError(
      "cut",
      `hub: the connection for ${about(subject)} was cut (${why}). What came is kept: try again.`,
      { cause },
    );
  } finally {
    watch.end();
    await reader?.cancel().catch(() => undefined);
  }
}

/** The whole body of an answer. */
export async function requestBytes(
  connection: HubConnection,
  subject: HubSubject,
  url: string,
  init: RequestInit = {},
): Promise<{ answer: HubAnswer; bytes: Uint8Array<ArrayBuffer> }> {
  return withRetries(connection, async () => {
    const answer = await request(connection, subject, url, init);
    const parts: Uint8Array[] = [];
    for await (const part of answer.body()) parts.push(part);
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.byteLength;
    }
    return { answer, bytes };
  });
}

interface StallWatch {
  readonly signal: AbortSignal;
  start(): void;
  pause(): void;
  end(): void;
}

/** A signal that fires with `outer`, or when it has run for `ms` since `start`. */
function stallWatch(ms: number, outer?: AbortSignal): StallWatch {
  const controller = new AbortController();
  const stop = () => controller.abort();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = () => clearTimeout(timer);
  outer?.addEventListener("abort", stop, { once: true });
  if (outer?.aborted) stop();
  return {
    signal: controller.signal,
    start() {
      pause();
      timer = setTimeout(stop, ms);
    },
    pause,
    end() {
      pause();
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

async function refused(
  connection: HubConnection,
  subject: HubSubject,
  response: Response,
): Promise<HubError> {
  await response.body?.cancel().catch(() => undefined);
  const hasToken = connection.token !== undefined;
  return refusal(response.status, response.headers, subject, connection.hubUrl, hasToken);
}
