import type { Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CheckpointError } from "../../errors/errors.ts";
import { type Answer, withRetries } from "../remote/transfer.ts";
import { fileSize } from "./cache.node.ts";
import { blobHash } from "./damage.node.ts";
import { HubError, type HubSubject } from "./errors.ts";
import type { HubFile } from "./hub.ts";
import { claimPartial, type PartialBlob } from "./partial.node.ts";
import { type HubConnection, request } from "./request.ts";

/** One blob to bring into the cache. */
export interface BlobTask {
  readonly connection: HubConnection;
  readonly subject: HubSubject;
  readonly url: string;
  readonly file: HubFile;
  /** The cache's blobs folder; made when missing. */
  readonly blobs: string;
  /** Bytes at hand so far; never goes back, ends at the file's size. */
  readonly onBytes: (received: number) => void;
}

const pollMs = 100;
/** Less than this from one answer is no progress: a server that cuts after every few bytes would be asked for ever. */
const leastProgress = 4_096;

/**
 * Brings a blob into the cache, or waits for the process that already does. Continues at the byte where an earlier
 * download stopped, checks size and hash, and only then gives the blob its name. Throws HubError for the network,
 * CheckpointError for a wrong hash or a disk that cannot take it.
 */
export async function downloadBlob(task: BlobTask): Promise<void> {
  const { blobs, file, connection } = task;
  const blob = join(blobs, file.etag);
  let isFresh = false;
  let most = -1;
  const onBytes = (received: number) => {
    if (received <= most) return;
    most = received;
    task.onBytes(received);
  };
  try {
    await mkdir(blobs, { recursive: true });
    while ((await fileSize(blob)) !== file.bytes) {
      connection.signal?.throwIfAborted();
      const claim = await claimPartial(blobs, file.etag);
      if ("busy" in claim) {
        onBytes((await fileSize(claim.busy)) ?? 0);
        await sleep(pollMs, undefined, { signal: connection.signal }).catch(() => undefined);
        continue;
      }
      // Another may have finished it between the look at the blob and the claim.
      if ((await fileSize(blob)) === file.bytes) {
        await claim.discard();
        break;
      }
      const outcome = await fill({ ...task, onBytes }, claim, isFresh);
      isFresh = outcome === "damaged";
    }
  } catch (error) {
    throw diskError(error, blobs, file) ?? error;
  }
  onBytes(file.bytes);
}

/** Downloads into a partial file. "damaged": what an earlier download left was no part of this file, and is gone. */
async function fill(
  task: BlobTask,
  partial: PartialBlob,
  isFresh: boolean,
): Promise<"done" | "lost" | "damaged"> {
  const { file } = task;
  let isKept = true;
  try {
    const handle = await open(partial.path, "r+");
    let resumed: number;
    let digest: string;
    try {
      const target = await opened(handle, partial, file, isFresh);
      resumed = target.held;
      await receive(task, target);
      digest = target.hash.digest("hex");
      await handle.datasync();
    } finally {
      await handle.close();
    }
    if (digest !== file.etag) {
      isKept = false;
      await partial.discard();
      if (resumed > 0) return "damaged";
      throw new CheckpointError(
        `hub: ${file.name} of ${task.subject.id} arrived with the hash ${digest}, expected ${file.etag}; it was removed. ` +
          "Try again; if it stays so, a proxy or a mirror (HF_ENDPOINT) changes files.",
      );
    }
    isKept = false;
    return (await partial.finish()) ? "done" : "lost";
  } finally {
    if (isKept) await partial.release();
  }
}

interface Target {
  readonly handle: FileHandle;
  readonly partial: PartialBlob;
  readonly hash: Hash;
  /** Bytes already written and hashed. */
  held: number;
}

/** Takes up what an earlier download left, hashing it. */
async function opened(
  handle: FileHandle,
  partial: PartialBlob,
  file: HubFile,
  isFresh: boolean,
): Promise<Target> {
  const hash = blobHash(file.etag, file.bytes);
  const { size } = await handle.stat();
  if (isFresh || size > file.bytes) await handle.truncate(0);
  const held = isFresh || size > file.bytes ? 0 : size;
  if (held > 0)
    for await (const chunk of createReadStream(partial.path, {
      end: held - 1,
      highWaterMark: 1 << 20,
    }))
      hash.update(chunk as Uint8Array);
  return { handle, partial, hash, held };
}

/** Receives what is missing, through cuts. */
async function receive(
  { connection, subject, url, file, onBytes }: BlobTask,
  target: Target,
): Promise<void> {
  onBytes(target.held);
  if (target.held === file.bytes) return;
  await withRetries(connection, async (progressed) => {
    await target.partial.touch();
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (target.held > 0) headers.range = `bytes=${target.held}-`;
    const answer = await request(connection, subject, url, { headers });
    // A server without ranges sends the file from its start: what is held already is passed over.
    let skip = answer.status === 206 ? 0 : target.held;
    const from = target.held;
    for await (const piece of answer.body()) {
      if (answer.status === 206) checkRange(answer, from, file, subject);
      const chunk = piece.subarray(Math.min(skip, piece.byteLength));
      skip -= piece.byteLength - chunk.byteLength;
      if (chunk.byteLength === 0) continue;
      if (target.held + chunk.byteLength > file.bytes)
        throw new HubError(
          "refused",
          `hub: ${file.name} of ${subject.id} is longer than the ${file.bytes} bytes listed. Is HF_ENDPOINT a true mirror?`,
        );
      await write(target.handle, chunk, target.held);
      target.hash.update(chunk);
      target.held += chunk.byteLength;
      if (target.held - from >= leastProgress) progressed();
      onBytes(target.held);
    }
    if (target.held < file.bytes)
      throw new HubError(
        "cut",
        `hub: ${file.name} of ${subject.id} ended after ${target.held} of ${file.bytes} bytes. What came is kept: try again.`,
      );
  });
}

function checkRange(answer: Answer, held: number, file: HubFile, subject: HubSubject): void {
  const range = answer.headers.get("content-range") ?? "";
  if (range.startsWith(`bytes ${held}-`) && /\/(\*|\d+)$/.exec(range)?.[1] !== undefined) return;
  throw new HubError(
    "refused",
    `hub: asked for ${file.name} of ${subject.id} from byte ${held}, got "${range}". Is HF_ENDPOINT a true mirror?`,
  );
}

async function write(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.byteLength; ) {
    const { bytesWritten } = await handle.write(
      chunk,
      done,
      chunk.byteLength - done,
      position + done,
    );
    done += bytesWritten;
  }
}

/** What a failing disk means for the person who fetches a file, or several; undefined for errors of another kind. */
export function diskError(
  error: unknown,
  folder: string,
  file?: HubFile,
): CheckpointError | undefined {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "ENOSPC" || code === "EDQUOT")
    return new CheckpointError(
      `hub: the disk is full${file ? `: ${file.name} needs ${file.bytes} bytes in ${folder}` : `, on which ${folder} is`}. What came is kept. Free some space, or set HF_HUB_CACHE to another disk.`,
      { cause: error },
    );
  // Whatever else a file system says, it says of the cache: what the network says comes as errors of its own.
  const { syscall, path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  if (syscall === undefined || code === "") return undefined;
  const place = dest ?? path ?? folder;
  return new CheckpointError(
    `hub: ${place} cannot be written (${code}). Mend its rights${code === "EISDIR" ? ", remove the folder that stands there" : ""}, or set HF_HUB_CACHE to another folder.`,
    { cause: error },
  );
}
