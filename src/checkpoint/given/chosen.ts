import { InputError } from "../../errors/errors.ts";

// The DOM's own classes fit these; they are said here because a project in Node may lack the DOM's types.

/** Bytes that can be read, as `Blob` is. */
export interface ReadableBytes {
  /** All of them. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A file, as `File` is. */
export interface ChosenFile {
  readonly name: string;
  readonly size: number;
  readonly type?: string;
  readonly webkitRelativePath?: string;
  /** Its bytes from `start` to before `end`, as `Blob.slice` gives them. */
  slice(start?: number, end?: number): ReadableBytes;
}

/** A file's handle, as `FileSystemFileHandle` is. */
export interface ChosenFileHandle {
  readonly kind: "file";
  readonly name: string;
  /** The file as it is now. */
  getFile(): Promise<ChosenFile>;
}

/** A folder's handle, as `FileSystemDirectoryHandle` is. */
export interface ChosenDirectoryHandle {
  readonly kind: "directory";
  readonly name: string;
  /** A file in it by its name; rejects where there is none. */
  getFileHandle(name: string): Promise<Pick<ChosenFileHandle, "getFile">>;
  /** A folder in it by its name; rejects where there is none. */
  getDirectoryHandle(name: string): Promise<ChosenDirectoryHandle>;
}

/** A dropped file or folder, as `webkitGetAsEntry()` gives it. */
export interface DroppedEntry {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly name: string;
  readonly fullPath: string;
}

/** One thing of a drop, as `DataTransferItem` is. */
export interface DroppedItem {
  readonly kind: string;
  readonly type: string;
  /** The file, where it is one. */
  getAsFile(): ChosenFile | null;
  /** The file or folder, where it is one. */
  webkitGetAsEntry(): DroppedEntry | null;
}

/** A drop, as `DataTransfer` is. */
export interface Drop {
  readonly items: ArrayLike<DroppedItem>;
  readonly files: ArrayLike<ChosenFile>;
}

/** One thing that a person chose or dropped. */
export type Chosen =
  | ChosenFile
  | ChosenFileHandle
  | ChosenDirectoryHandle
  | DroppedEntry
  | DroppedItem
  | PlacedFile;

/** Files or folders that a person chose or dropped: a `FileList`, handles, entries, a drop's items, or the drop itself. */
export type ChosenFiles = Chosen | Iterable<Chosen> | ArrayLike<Chosen> | Drop;

/** A file with its path; of one inside a chosen folder the path begins with that folder. */
export interface PlacedFile {
  readonly path: string;
  readonly file: ChosenFile;
}

/** A `FileSystemEntry` with what its two kinds can do. */
interface ReadableEntry extends DroppedEntry {
  file(found: (file: ChosenFile) => void, failed: (error: Error) => void): void;
  createReader(): {
    readEntries(
      found: (entries: readonly DroppedEntry[]) => void,
      failed: (error: Error) => void,
    ): void;
  };
}

export interface ListedDirectoryHandle extends ChosenDirectoryHandle {
  values(): AsyncIterable<ChosenFileHandle | ChosenDirectoryHandle>;
}

export function isDirectoryHandle(value: object): value is ChosenDirectoryHandle {
  return "getDirectoryHandle" in value;
}

/**
 * What somebody hands over, one by one. A drop's items are emptied when its event is over: they are looked at before
 * anything is awaited. Undefined for what is no choice of files.
 */
export function chosenList(files: object): Chosen[] | undefined {
  if ("items" in files && "files" in files) return chosenList(files.items as object);
  const list = isChosen(files) ? [files] : listed(files);
  return list?.flatMap((each) => {
    if (typeof each !== "object" || each === null || !isChosen(each))
      throw new InputError(
        `load: among the files is ${each === null ? "null" : typeof each}, which is no file, handle or entry`,
      );
    if (!isDroppedItem(each)) return [each];
    // Text that was dragged along is no file.
    if (each.kind !== "file") return [];
    return each.webkitGetAsEntry() ?? each.getAsFile() ?? [];
  });
}

function listed(files: object): unknown[] | undefined {
  const isList =
    Symbol.iterator in files || typeof (files as { length?: unknown }).length === "number";
  return isList ? Array.from(files as Iterable<unknown>) : undefined;
}

function isChosen(value: object): value is Chosen {
  return (
    isFile(value) ||
    "getFile" in value ||
    isDirectoryHandle(value) ||
    isEntry(value) ||
    isDroppedItem(value) ||
    isPlaced(value)
  );
}

function isFile(value: object): value is ChosenFile {
  return "slice" in value && "size" in value && "name" in value;
}

function isEntry(value: object): value is DroppedEntry {
  return "isDirectory" in value && "fullPath" in value;
}

function isPlaced(value: object): value is PlacedFile {
  return "path" in value && "file" in value && isFile(value.file as object);
}

function isDroppedItem(value: object): value is DroppedItem {
  return "webkitGetAsEntry" in value;
}

/**
 * A choice as another thread can be sent it: of a drop, whose entries stay where they are, its files with their paths. Undefined where it can be
 * sent as it is; a drop's items are looked at before anything is awaited.
 */
export function sentFiles(files: object): Promise<PlacedFile[]> | undefined {
  const isDrop = "items" in files && "files" in files;
  const list = isDrop ? files : listed(files);
  const stays = (each: unknown) =>
    typeof each === "object" && each !== null && (isEntry(each) || isDroppedItem(each));
  if (!isDrop && !stays(files) && !(list as unknown[] | undefined)?.some(stays)) return undefined;
  return placedFiles(chosenList(files)!);
}

/** Every file of a choice, those inside folders too. Throws InputError for what cannot be read. */
export async function placedFiles(chosen: readonly Chosen[]): Promise<PlacedFile[]> {
  return (await Promise.all(chosen.map(placed))).flat();
}

async function placed(chosen: Chosen): Promise<PlacedFile[]> {
  if (isPlaced(chosen)) return [chosen];
  if (isEntry(chosen)) return inEntry(chosen as ReadableEntry);
  if (isDirectoryHandle(chosen)) return inDirectory(chosen as ListedDirectoryHandle, chosen.name);
  if ("getFile" in chosen) return [{ path: chosen.name, file: await chosen.getFile() }];
  const file = chosen as ChosenFile;
  if (!file.webkitRelativePath && !file.type) await expectFile(file);
  return [{ path: file.webkitRelativePath || file.name, file }];
}

/** Among a drop's `files` a folder looks like a file, and only reading it tells. */
async function expectFile(file: ChosenFile): Promise<void> {
  try {
    await bytesOf(file, 0, 1);
  } catch (cause) {
    throw new InputError(
      `load: "${file.name}" among the files cannot be read (${(cause as Error).message}). If it is a folder: give the drop itself, load(event.dataTransfer), or have the folder chosen with <input type="file" webkitdirectory>`,
      { cause },
    );
  }
}

async function inEntry(entry: ReadableEntry): Promise<PlacedFile[]> {
  try {
    if (!entry.isDirectory) {
      const file = await new Promise<ChosenFile>((found, failed) => entry.file(found, failed));
      return [{ path: entry.fullPath.replace(/^\//, ""), file }];
    }
    const reader = entry.createReader();
    const inside: DroppedEntry[] = [];
    // Chromium gives a hundred at a time, and none at the end.
    for (;;) {
      const more = await new Promise<readonly DroppedEntry[]>((found, failed) =>
        reader.readEntries(found, failed),
      );
      if (more.length === 0) break;
      inside.push(...more);
    }
    return (await Promise.all(inside.map((each) => inEntry(each as ReadableEntry)))).flat();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(
      `load: ${entry.fullPath} cannot be read (${(cause as Error).message}). Drop it again`,
      { cause },
    );
  }
}

async function inDirectory(directory: ListedDirectoryHandle, path: string): Promise<PlacedFile[]> {
  const inside: PlacedFile[] = [];
  for await (const each of directory.values()) {
    const below = `${path}/${each.name}`;
    if (each.kind === "directory")
      inside.push(...(await inDirectory(each as ListedDirectoryHandle, below)));
    else inside.push({ path: below, file: await each.getFile() });
  }
  return inside;
}

/** A part of a chosen file. Throws what the platform throws for a file that cannot be read. */
export async function bytesOf(file: ChosenFile, start: number, end: number): Promise<Uint8Array> {
  const part = file.slice(start, end);
  if (typeof part.arrayBuffer === "function") return new Uint8Array(await part.arrayBuffer());
  // jsdom, in which tests of pages run, has FileReader alone.
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(new Uint8Array(reader.result as ArrayBuffer));
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(part as unknown as Blob);
  });
}
