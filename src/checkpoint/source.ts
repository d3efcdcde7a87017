/** Where a checkpoint's files come from: a folder, a hub's cache, a web address, dropped files. */
export interface FileSource {
  /** What the person named, for messages. */
  readonly label: string;
  /** Names of the files at the top, or undefined where the source cannot list (a plain web address). */
  list(): Promise<readonly string[] | undefined>;
  /** Size in bytes, or undefined when there is no such file. */
  size(name: string): Promise<number | undefined>;
  /** Bytes [start, end) of a file, in memory of their own; throws CheckpointError when it ends before `end`. */
  read(name: string, start: number, end: number): Promise<Uint8Array>;
  /** Lets go of open files. */
  close(): Promise<void>;
}
