import { InputError } from "../errors/errors.ts";
import { asked, askedElsewhere, begun, exploringMethods, isExploringMethod } from "./methods.ts";
import { pack, unpack } from "./pack.ts";
import type { Exploring, MeasureOptions, ModelSaid, OnPart } from "./questions.ts";

interface Request {
  readonly method: string;
  readonly values: readonly unknown[];
  /** Whether parts are wanted as they are there. */
  readonly wantsParts: boolean;
}

/** One of an answer's messages: parts, and then the value or what went wrong. */
type Message =
  | { readonly part: readonly unknown[] }
  | { readonly value: unknown }
  | { readonly error: unknown };

/**
 * Answers what `exploreOver` sent, `bytes` being the body of its request. What comes back is the body of the answer; errors are packed too.
 * With `onPart` parts of a longer answer are handed over as they are there, to be written first. A signal stops the work.
 */
export async function answerRequest(
  explorer: Exploring,
  bytes: Uint8Array,
  signal?: AbortSignal,
  onPart?: (bytes: Uint8Array) => void,
): Promise<Uint8Array> {
  try {
    const { method, values, wantsParts } = requestOf(unpack(bytes));
    if (method === "said") return framed({ value: explorer.said });
    if (method === "forget") {
      explorer.forget(values[0] as number);
      return framed({ value: undefined });
    }
    if (!isExploringMethod(method))
      throw new InputError(`an explorer is not asked for "${method}" from outside`);
    const place = exploringMethods[method];
    const given = Array.from({ length: place }, (_, index) => values[index]);
    const tell: OnPart = (...part) => onPart?.(framed({ part }));
    const said = values[place] as object | undefined;
    const options = { ...said, signal, ...(wantsParts && onPart && { onPart: tell }) };
    return framed({ value: await asked(explorer, method, [...given, options]) });
  } catch (error) {
    return framed({ error: error instanceof Error ? error : new Error(String(error)) });
  }
}

/**
 * A model that runs behind an HTTP address, as `answerRequest` answers it: each question is a POST whose header says
 * `Authorization: Bearer token`. `dispose` ends what is asked from here; the model stays with who serves it. Throws what the explorer
 * throws, and InputError where the address does not answer as one.
 */
export async function exploreOver(address: string | URL, token: string): Promise<Exploring> {
  const running = new Set<AbortController>();
  const ask = async (method: string, values: readonly unknown[], options: MeasureOptions = {}) => {
    const { signal } = options;
    signal?.throwIfAborted();
    const abort = new AbortController();
    const cancel = () => abort.abort(signal?.reason);
    signal?.addEventListener("abort", cancel, { once: true });
    running.add(abort);
    try {
      return await answered(method, values, { ...options, signal: abort.signal });
    } finally {
      running.delete(abort);
      signal?.removeEventListener("abort", cancel);
    }
  };
  const answered = async (
    method: string,
    values: readonly unknown[],
    { signal, onPart }: MeasureOptions,
  ) => {
    const request: Request = { method, values, wantsParts: onPart !== undefined };
    const response = await fetch(address, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/octet-stream",
      },
      body: pack(request),
      signal,
    });
    if (!response.ok || !response.body)
      throw new InputError(
        `explore: ${address} answered ${response.status} ${response.statusText}. Open the page anew, with the address that heed printed`,
      );
    for await (const message of messagesOf(response.body)) {
      if ("error" in message) throw message.error;
      if ("value" in message) return message.value;
      onPart?.(...(message.part as Parameters<OnPart>));
    }
    throw new InputError(`explore: ${address} broke off its answer. Ask again`);
  };
  const said = (await ask("said", [])) as ModelSaid;
  return {
    said,
    ...askedElsewhere(async (method, values) => {
      const place = exploringMethods[method];
      const options = (values[place] ?? {}) as MeasureOptions;
      begun(options, method);
      const { signal, onPart, ...said } = options;
      const before = Array.from({ length: place }, (_, index) => values[index]);
      return ask(method, [...before, said], { signal, onPart });
    }),
    forget: (run) => void ask("forget", [run]).catch(() => {}),
    dispose: async () => {
      const reason = new DOMException("The explorer was disposed of", "AbortError");
      for (const abort of running) abort.abort(reason);
    },
  };
}

function requestOf(given: unknown): Request {
  const { method, values, wantsParts } = (given ?? {}) as Partial<Request>;
  if (typeof method !== "string" || !Array.isArray(values))
    throw new InputError("a request needs a method and its values. Ask with exploreOver");
  return { method, values, wantsParts: wantsParts === true };
}

/** A message with its length before it. */
function framed(message: Message): Uint8Array<ArrayBuffer> {
  const bytes = pack(message);
  const frame = new Uint8Array(8 + bytes.length);
  new DataView(frame.buffer).setUint32(0, bytes.length, true);
  frame.set(bytes, 8);
  return frame;
}

/** The messages of an answer, each as soon as it has come whole. */
async function* messagesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  const reader = body.getReader();
  let parts: Uint8Array[] = [];
  let there = 0;
  const next = async (count: number): Promise<Uint8Array | undefined> => {
    while (there < count) {
      const { value, done } = await reader.read();
      if (done) return undefined;
      parts.push(value);
      there += value.length;
    }
    const all = new Uint8Array(there);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    parts = [all.subarray(count)];
    there -= count;
    return all.subarray(0, count);
  };
  try {
    for (;;) {
      const head = await next(8);
      if (!head) return;
      const length = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
      const bytes = await next(length);
      if (!bytes) return;
      yield unpack(bytes) as Message;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
