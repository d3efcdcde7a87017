import { CheckpointError, InputError } from "../../errors/errors.ts";
import { endsEarly } from "../memory.ts";
import { sha256 } from "../remote/kept-file.ts";
import type { FileSource } from "../source.ts";

/** Files of a model as a module that a bundler carries: the default export of `heed/model`. */
export interface CarriedModel {
  /** What it is called in messages. */
  readonly name: string;
  /** By name: the text of a small file, or where the bytes of a large one are. */
  readonly files: Readonly<Record<string, string | CarriedFile>>;
}

/** A file that lies beside the module that names it. */
export interface CarriedFile {
  readonly bytes: number;
  /** Its hash in hexadecimal digits: what comes is held against it, where the platform can (not on pages of plain http). */
  readonly sha256?: string;
  /** Made when it is asked for: `() => new URL("./file", import.meta.url)`, which bundlers read as a file to carry; or made already. */
  readonly address: string | (() => URL);
}

/** How the bytes of an address come. */
export type Fetched = (
  address: URL,
  options: {
    readonly bytes: number;
    readonly signal?: AbortSignal;
    readonly onReceived: (received: number) => void;
  },
) => Promise<Uint8Array<ArrayBuffer>>;

export interface CarriedOptions {
  readonly signal?: AbortSignal;
  /** Told how many bytes of a file have come. */
  readonly onDownload?: (progress: { file: string; received: number; total: number }) => void;
  /** Instead of the platform's fetch. */
  readonly fetched?: Fetched;
}

/** Whether somebody hands over a carried model. */
export function isCarriedModel(value: object): value is CarriedModel {
  const { name, files } = value as Partial<CarriedModel>;
  return typeof name === "string" && typeof files === "object" && files !== null;
}

/**
 * A source over the files of a carried model: each is fetched once and whole, parts of the weights at the same time, and kept until
 * `close`. Throws InputError where the module does not know where it lies, CheckpointError for what does not come whole.
 */
export function carriedSource(
  { name: label, files }: CarriedModel,
  { signal, onDownload, fetched = fetchWhole }: CarriedOptions = {},
): FileSource {
  const coming = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  const find = (name: string) => (Object.hasOwn(files, name) ? files[name] : undefined);

  async function come(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const file = find(name)!;
    if (typeof file === "string") return new TextEncoder().encode(file);
    const onReceived = (received: number) =>
      onDownload?.({ file: name, received, total: file.bytes });
    const address = addressOf(label, file);
    const kept = await keptBytes(address);
    if (kept && (await isExpected(kept, file))) {
      onReceived(kept.length);
      return kept;
    }
    const bytes = await fetched(address, { bytes: file.bytes, signal, onReceived });
    await expectHash(bytes, file, address);
    return bytes;
  }

  function bytesOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const known = coming.get(name);
    if (known) return known;
    const begun = come(name);
    coming.set(name, begun);
    begun.catch(() => coming.delete(name));
    return begun;
  }

  /** Bytes [start, end) of a file, where they lie. */
  async function stretch(name: string, start: number, end: number): Promise<Uint8Array> {
    if (find(name) === undefined) throw new CheckpointError(`${label}: there is no ${name}`);
    const bytes = await bytesOf(name);
    if (end > bytes.length) throw endsEarly(`${label}: ${name}`, bytes.length, end);
    return bytes.subarray(start, end);
  }

  return {
    label,
    list: async () => Object.keys(files),
    size: async (name) => {
      const file = find(name);
      return typeof file === "string" ? (await bytesOf(name)).length : file?.bytes;
    },
    read: async (name, start, end, into = new Uint8Array(end - start)) => {
      into.set(await stretch(name, start, end));
      return into;
    },
    pour: async (name, start, end, into) => {
      const bytes = await stretch(name, start, end);
      into().set(bytes);
    },
    expectFiles() {
      // Nothing is carried that is not needed. Whoever reads a file is told what is wrong with it.
      for (const name of Object.keys(files)) bytesOf(name).catch(() => undefined);
    },
    close: async () => coming.clear(),
  };
}

async function expectHash(
  bytes: Uint8Array<ArrayBuffer>,
  { sha256: expected }: CarriedFile,
  address: URL,
): Promise<void> {
  if (expected === undefined) return;
  const made = await sha256(bytes);
  if (made !== undefined && made !== expected)
    throw new CheckpointError(
      `${address}: its bytes are not those that heed carries (SHA-256 ${made}, expected ${expected}). Is it a file of another version, or changed on its way? Empty the browser's cache; if it stays so, build again.`,
    );
}

/** What a page's service worker keeps for an address: read where it lies it comes three times as fast as through that worker. Undefined for none. */
async function keptBytes(address: URL): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const answer = await globalThis.caches?.match(address);
    return answer?.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
  } catch {
    // A page that may keep nothing has nothing kept.
    return undefined;
  }
}

/** Whether bytes that were kept are those that are carried now; without a hash to tell by nothing that was kept is taken. */
async function isExpected(
  bytes: Uint8Array<ArrayBuffer>,
  { bytes: length, sha256: expected }: CarriedFile,
): Promise<boolean> {
  return expected !== undefined && bytes.length === length && (await sha256(bytes)) === expected;
}

/** The same model with its addresses made, as it can be sent to a worker. */
export function placedModel({ name, files }: CarriedModel): CarriedModel {
  const placed = Object.entries(files).map(
    ([file, value]) =>
      [
        file,
        typeof value === "string" ? value : { ...value, address: addressOf(name, value).href },
      ] as const,
  );
  return { name, files: Object.fromEntries(placed) };
}

function addressOf(label: string, file: CarriedFile): URL {
  try {
    return typeof file.address === "string" ? new URL(file.address) : file.address();
  } catch (cause) {
    throw new InputError(
      `load: ${label}: this bundle does not know where it lies (import.meta.url is empty in iife and CommonJS bundles and in inlined workers), so its files cannot be found beside it. Serve the folder node_modules/heed/models and give its address: load("/models/all-MiniLM-L6-v2/")`,
      { cause },
    );
  }
}

/** The whole body of an address, which must have as many bytes as were carried. */
export const fetchWhole: Fetched = async (address, { bytes, signal, onReceived }) => {
  const response = await fetch(address, { signal }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new CheckpointError(
      `${address}: cannot be reached (${(cause as Error).message}). Does a policy (connect-src) forbid it?`,
      { cause },
    );
  });
  // Servers of single-page sites answer with their page for whatever is missing.
  const isPage = (response.headers.get("content-type") ?? "").startsWith("text/html");
  if (!response.ok || isPage) {
    await response.body?.cancel();
    throw new CheckpointError(
      `${address}: the server answered ${response.ok ? "with a page" : response.status}. The bundler did not put this file of heed/model there; docs/browser.md says what each bundler needs.`,
    );
  }
  const whole = new Uint8Array(bytes);
  let received = 0;
  try {
    const reader = response.body!.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (received + part.value.length <= bytes) whole.set(part.value, received);
      received += part.value.length;
      onReceived(received);
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CheckpointError(
      `${address}: the connection broke off (${(cause as Error).message}). Try again.`,
      { cause },
    );
  }
  if (received !== bytes)
    throw new CheckpointError(
      `${address}: ${received} bytes came where ${bytes} were due. Is it a file of another version? Build again.`,
    );
  return whole;
};
