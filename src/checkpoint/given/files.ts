import { CheckpointError, InputError } from "../../errors/errors.ts";
import { safeName } from "../file-name.ts";
import { endsEarly } from "../memory.ts";
import type { FileSource } from "../source.ts";
import {
  bytesOf,
  type ChosenDirectoryHandle,
  type ChosenFile,
  type ChosenFiles,
  chosenList,
  isDirectoryHandle,
  type ListedDirectoryHandle,
  type PlacedFile,
  placedFiles,
} from "./chosen.ts";

/**
 * A source over files that a person chose or dropped; nothing is uploaded, parts are read as needed. Of files chosen with
 * their folder the folder's own name is left out. Call it within a drop's event, which forgets its files when it is over.
 * Undefined for what is no choice of files; throws InputError for an empty choice, the same name twice, and folders that
 * cannot be read.
 */
export function filesSource(files: ChosenFiles, label?: string): Promise<FileSource> | undefined {
  const chosen = chosenList(files);
  const [first] = chosen ?? [];
  const isOneFolder = chosen?.length === 1 && isDirectoryHandle(first!);
  if (isOneFolder) return Promise.resolve(directorySource(first, label));
  return chosen && placedFiles(chosen).then((placed) => listSource(placed, label));
}

function listSource(files: readonly PlacedFile[], label?: string): FileSource {
  const byName = new Map<string, ChosenFile>();
  let folder: string | undefined;
  for (const { path, file } of files) {
    const [first, ...rest] = path.split("/");
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

function directorySource(directory: ChosenDirectoryHandle, label?: string): FileSource {
  const found = new Map<string, Promise<ChosenFile | undefined>>();
  return blobSource(label ?? directory.name, {
    list: async () => {
      const names: string[] = [];
      for await (const entry of (directory as ListedDirectoryHandle).values())
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
  directory: ChosenDirectoryHandle,
  name: string,
): Promise<ChosenFile | undefined> {
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
  find(name: string): Promise<ChosenFile | undefined>;
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
        return await bytesOf(file, start, end);
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
