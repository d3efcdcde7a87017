/** Where a checkpoint's files come from: a folder, a hub's cache, a web address, dropped files. */
export interface FileSource {
  /** What the person named, for messages. */
  readonly label: string;
  /** The commit of the repository it is, where that is known. */
  readonly commit?: string;
  /** Names of the files at the top, or undefined where the source cannot list (a plain web address). */
  list(): Promise<readonly string[] | undefined>;
  /** Size in bytes, or undefined when there is no such file. */
  size(name: string): Promise<number | undefined>;
  /**
   * Bytes [start, end) of a file; throws CheckpointError when it ends before `end`. In `into`, which is as long, where the
   * source can read into memory it is given; in memory of their own otherwise.
   */
  read(name: string, start: number, end: number, into?: Uint8Array): Promise<Uint8Array>;
  /** Whether `read` fills memory that threads share, too. */
  readonly fillsShared?: boolean;
  /**
   * The same into the memory that `into` gives whenever some of them are there: from where they came, with no other memory between. Only sources have
   * it whose bytes lie in memory before they are read.
   */
  pour?(name: string, start: number, end: number, into: () => Uint8Array): Promise<void>;
  /** Told which files are about to be read: a source that fetches asks for them at once. */
  expectFiles?(names: readonly string[]): void;
  /** Told which bytes of a file will be read, in this order: a source that fetches has them come meanwhile. */
  expectRanges?(name: string, ranges: readonly (readonly [start: number, end: number])[]): void;
  /** Whether all that was read so far was kept by an earlier visit; undefined where nothing is kept. */
  isCached?(): boolean;
  /** Told that loading went well: a source that keeps files takes those that were read for a whole model. */
  keep?(): void;
  /** Lets go of open files. */
  close(): Promise<void>;
}
