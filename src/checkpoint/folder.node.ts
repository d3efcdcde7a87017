import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "../errors/errors.ts";
import { safeName } from "./file-name.ts";
import { endsEarly } from "./memory.ts";
import type { FileSource } from "./source.ts";

interface OpenFile {
  readonly handle: FileHandle;
  readonly size: number;
}

/** Of other runtimes it is not known whether their files are read into memory that threads share. */
const isNode = !("Deno" in globalThis || "Bun" in globalThis);

/** A local folder. Files open when first used and stay open until `close`; throws CheckpointError when `path` is no folder. */
export function folderSource(path: string): FileSource {
  const files = new Map<string, Promise<OpenFile | undefined>>();

  function find(name: string): Promise<OpenFile | undefined> {
    const known = files.get(name);
    if (known !== undefined) return known;
    const opening = openFile(join(path, safeName(name, path)), path);
    files.set(name, opening);
    opening.catch(() => files.delete(name));
    return opening;
  }

  return {
    label: path,
    list: async () => {
      const entries = await readdir(path, { withFileTypes: true }).catch((error) => {
        throw noFolder(path, error);
      });
      return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
    },
    size: async (name) => (await find(name))?.size,
    read: async (name, start, end, into) => {
      const file = await find(name);
      if (file === undefined) throw new CheckpointError(`${path}: there is no ${name}`);
      if (end > file.size) throw endsEarly(join(path, name), file.size, end);
      const bytes = into ?? new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.handle.read(
          bytes,
          filled,
          bytes.length - filled,
          start + filled,
        );
        if (bytesRead === 0) throw endsEarly(join(path, name), start + filled, end);
        filled += bytesRead;
      }
      return bytes;
    },
    fillsShared: isNode,
    close: async () => {
      const opened = await Promise.allSettled(files.values());
      files.clear();
      for (const file of opened) if (file.status === "fulfilled") await file.value?.handle.close();
    },
  };
}

/** Undefined when there is no such file in the folder. */
async function openFile(file: string, folder: string): Promise<OpenFile | undefined> {
  try {
    // Opening a pipe would block, so only what is a plain file is opened.
    const found = await stat(file);
    if (!found.isFile()) return undefined;
    return { handle: await open(file, "r"), size: found.size };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR")
      throw new CheckpointError(`${file}: cannot be read: ${message}`, { cause: error });
    const parent = await stat(folder).catch(() => undefined);
    if (!parent?.isDirectory()) throw noFolder(folder, error);
    return undefined;
  }
}

function noFolder(path: string, cause: unknown): CheckpointError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason =
    code === "ENOENT"
      ? "there is no such folder"
      : code === "ENOTDIR"
        ? "is a file; give the folder that holds it and config.json"
        : `cannot be read: ${message}`;
  return new CheckpointError(`${path}: ${reason}`, { cause });
}
