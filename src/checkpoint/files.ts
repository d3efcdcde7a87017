import { CheckpointError, InputError } from "../errors/errors.ts";
import { safeName } from "./file-name.ts";
import { endsEarly } from "./memory.ts";
import type { FileSource } from "./source.ts";

/** Files as a browser hands them over: dropped, chosen (`webkitdirectory` too), or a directory handle. */
export type BrowserFiles = Iterable<File> | ArrayLike<File> | FileSystemDirectoryHandle;

/**
 * A source over files of the browser; nothing is uploaded, parts are read as needed. Of files chosen with their folder the
 * folder's own name is left out. Throws InputError for an empty choice or the same name twice.
 */
export function filesSource(files: BrowserFiles, label?: string): FileSource {
  return "getFileHandle" in files ? directorySource(files, label) : listSource(files, label);
}

function listSource(files: Iterable<File> | ArrayLike<File>, label?: string): FileSource {
  const byName = new Map<string, File>();
  let folder: string | undefined;
  for (const file of Array.from(files)) {
    const [first, ...rest] = (file.webkitRelativePath || file.name).split("/");
    const name = rest.length === 0 ? first! : rest.join("/");
    if (rest.length > 0) folder ??= first;
    if (byName.has(name))
      throw new InputError(`Two files are named ${name}. Choose the files of one checkpoint.`);
    byName.set(name, file);
  }
  if (byName.size === 0)
    throw new InputError("No files were chosen. Choose a checkpoint's folder, or all its files.");
  const shown = label ?? folder ?? `${byName.size} files`;
  return blobSource(shown, {
    list: async () => [...byName.keys()],
    find: async (name) => byName.get(name),
  });
}

function directorySource(directory: FileSystemDirectoryHandle, label?: string): FileSource {
  const found = new Map<string, Promise<File | undefined>>();
  return blobSource(label ?? directory.name, {
    list: async () => {
      const names: string[] = [];
      for await (const entry of directory.values())
        if (entry.kind === "file") names.push(entry.name);
      return names;
    },
    find: (name) => {
      const known = found.get(name);
      if (known !== undefined) return known;
      const opening = fileIn(directory, safeName(name, directory.name));
      found.set(name, opening);
      opening.catch(() => found.delete(name));
      return opening;
    },
  });
}

/** Undefined when there is no such file below the directory. */
async function fileIn(
  directory: FileSystemDirectoryHandle,
  name: string,
): Promise<File | undefined> {
  const folders = name.split("/");
  const last = folders.pop()!;
  try {
    let place = directory;
    for (const folder of folders) place = await place.getDirectoryHandle(folder);
    return await (await place.getFileHandle(last)).getFile();
  } catch (error) {
    const { name: kind, message } = error as DOMException;
    if (kind === "NotFoundError" || kind === "TypeMismatchError") return undefined;
    throw new CheckpointError(`${directory.name}: ${name} cannot be read: ${message}`, {
      cause: error,
    });
  }
}

interface BlobFolder {
  list(): Promise<readonly string[]>;
  find(name: string): Promise<File | undefined>;
}

function blobSource(label: string, { list, find }: BlobFolder): FileSource {
  return {
    label,
    list,
    size: async (name) => (await find(name))?.size,
    read: async (name, start, end) => {
      const file = await find(name);
      if (file === undefined) throw new CheckpointError(`${label}: there is no ${name}`);
      if (end > file.size) throw endsEarly(`${label}: ${name}`, file.size, end);
      try {
        return new Uint8Array(await file.slice(start, end).arrayBuffer());
      } catch (error) {
        throw new CheckpointError(
          `${label}: ${name} cannot be read any more: ${(error as Error).message}. Did it change? Choose it again.`,
          { cause: error },
        );
      }
    },
    close: async () => {},
  };
}
