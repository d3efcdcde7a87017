import type { KeptFile } from "./kept-file.ts";
import type { Opening } from "./opening.ts";
import type { Room } from "./room.ts";
import type { Answer, Connection } from "./transfer.ts";
import { ChangedError } from "./transfer-error.ts";

/** What is known of a file. */
export interface FileFacts {
  readonly size: number;
  readonly version: string | undefined;
  /** How it was cut for keeping. */
  readonly partBytes?: number;
}

/** A part of a file, as it is asked for. */
export interface RangeRequest {
  readonly start: number;
  readonly end: number;
  /** The version it is to be of. */
  readonly version: string | undefined;
}

export interface RemoteFileOptions {
  readonly name: string;
  /** The file as messages name it. */
  readonly place: string;
  readonly connection: Connection;
  readonly room: Room;
  /** Asks for the whole file, or for a part; undefined where there is no such file. */
  ask(range: RangeRequest | undefined): Promise<Answer | undefined>;
  /** What is known without asking. */
  readonly facts?: FileFacts;
  /** The hash by which a hub names the file, checked where it comes as one part. */
  readonly hash?: string;
  /** The most bytes a file may have that does not say how many. */
  readonly most: number;
  /** How many bytes a file has by its first ones; NaN where they do not say, undefined where more of them are needed. */
  declaredSize?(first: Uint8Array): number | undefined;
  /** Where parts of this version are kept. */
  keep?(facts: FileFacts): KeptFile | undefined;
  /** Told of bytes that came over the network. */
  onBytes?(received: number, total: number): void;
}

/** Throws ChangedError where an answer is of another file than the one that is known. */
export function expectSame(
  known: Partial<FileFacts>,
  { size, version }: Opening,
  { place, facts, hash }: Pick<RemoteFileOptions, "place" | "facts" | "hash">,
): void {
  const isOther = version !== undefined && known.version !== undefined && version !== known.version;
  // A hub's listing names a version in its own words, for a commit that cannot change.
  if (isOther && hash === undefined)
    throw new ChangedError(
      `${place}: it changed while it was read${facts ? " or since it was kept" : ""} (version ${known.version}, now ${version}). Open it again`,
    );
  if (size !== undefined && known.size !== undefined && size !== known.size)
    throw new ChangedError(
      `${place}: the file had ${known.size} bytes and now has ${size}. It changed while it was read: open it again`,
    );
}
