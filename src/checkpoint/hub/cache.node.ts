import { randomBytes } from "node:crypto";
import {
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join, posix, relative } from "node:path";
import { isObject, parseJson } from "../json/strict-json.ts";
import { isCommit } from "./hub.ts";

/** One repository's folder in the cache that Python's huggingface_hub lays out and shares. */
export interface RepositoryCache {
  readonly blobs: string;
  /** The folder of one commit. */
  snapshot(commit: string): string;
  /** The commit that a branch, tag or pull request stood for when last seen. */
  commitOf(revision: string): Promise<string | undefined>;
  /** Remembers that commit; call it once the commit's snapshot is complete. */
  remember(revision: string, commit: string): Promise<void>;
  /** Which of the names exist in the commit, as far as the disk knows; unknown ones are left out. */
  known(commit: string, names: readonly string[]): Promise<ReadonlyMap<string, boolean>>;
  /** Which of the names are in the snapshot, readable. */
  present(commit: string, names: readonly string[]): Promise<ReadonlySet<string>>;
  /** Notes names that the commit does not hold, so that nobody asks again. */
  noteAbsent(commit: string, names: readonly string[]): Promise<void>;
  /** Takes away a blob that is not what its name says. */
  removeBlob(etag: string): Promise<void>;
  /** Every file of the snapshot by its name, with the hash that the file system tells of it: undefined where it was copied. */
  hashes(commit: string): Promise<ReadonlyMap<string, string | undefined>>;
  /** Puts a finished blob into the snapshot under its name. */
  place(commit: string, name: string, etag: string): Promise<void>;
}

/** Steps that some file systems lack, replaceable for tests. */
export interface Linking {
  readonly symlink: typeof symlink;
  readonly link: typeof link;
}

/** The cache of `owner/name` below `cacheDir`; nothing is created before it is needed. */
export function repositoryCache(
  cacheDir: string,
  id: string,
  linking: Linking = { symlink, link },
): RepositoryCache {
  const root = join(cacheDir, ["models", ...id.split("/")].join("--"));
  const blobs = join(root, "blobs");
  const snapshot = (commit: string) => join(root, "snapshots", commit);
  const absenceFolder = (commit: string) => join(root, ".no_exist", commit);

  async function present(commit: string, names: readonly string[]): Promise<ReadonlySet<string>> {
    const sizes = await Promise.all(names.map((name) => fileSize(join(snapshot(commit), name))));
    return new Set(names.filter((_, index) => sizes[index] !== undefined));
  }

  return {
    blobs,
    snapshot,
    present,
    async commitOf(revision) {
      if (isCommit(revision)) return revision;
      const text = await textOf(join(root, "refs", revision));
      const commit = text?.trim() ?? "";
      return isCommit(commit) ? commit : undefined;
    },
    async remember(revision, commit) {
      if (revision === commit) return;
      const path = join(root, "refs", revision);
      if ((await textOf(path)) === commit) return;
      await mkdir(dirname(path), { recursive: true });
      await replaceFile(path, (temporary) => writeFile(temporary, commit));
    },
    async known(commit, names) {
      const here = await present(commit, names);
      const tree = await treeNames(join(root, "trees", `${commit}.json`));
      const known = new Map<string, boolean>();
      for (const name of names) {
        if (here.has(name)) known.set(name, true);
        else if (tree) known.set(name, tree.has(name));
        else if ((await fileSize(join(absenceFolder(commit), name))) !== undefined)
          known.set(name, false);
      }
      return known;
    },
    async noteAbsent(commit, names) {
      for (const name of names) {
        const path = join(absenceFolder(commit), name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, "");
      }
    },
    async removeBlob(etag) {
      await rm(join(blobs, etag), { force: true });
    },
    async hashes(commit) {
      const folder = snapshot(commit);
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      const found = new Map<string, string | undefined>();
      for (const entry of entries) {
        if (entry.isDirectory()) continue;
        const path = join(entry.parentPath, entry.name);
        const target = await readlink(path).catch(() => undefined);
        found.set(relative(folder, path), target && basename(target));
      }
      return found;
    },
    async place(commit, name, etag) {
      const path = join(snapshot(commit), name);
      const up = "../".repeat(name.split("/").length + 1);
      await mkdir(dirname(path), { recursive: true });
      await replaceFile(path, async (temporary) => {
        const blob = join(blobs, etag);
        await linking
          .symlink(posix.join(up, "blobs", etag), temporary)
          .catch(() => linking.link(blob, temporary)) // Windows refuses symbolic links to most accounts
          .catch(() => copyFile(blob, temporary));
      });
    },
  };
}

/** Size of a plain file (through links), or undefined when there is none. */
export async function fileSize(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

/** Writes beside the target and renames, so that others see the old file or the whole new one. */
async function replaceFile(
  path: string,
  write: (temporary: string) => Promise<unknown>,
): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await write(temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true }); // two hard links to one file: rename does nothing and leaves it
  }
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

/** The names in a listing that Python's snapshot_download left; undefined where there is none that we know. */
async function treeNames(path: string): Promise<ReadonlySet<string> | undefined> {
  const text = await textOf(path);
  if (text === undefined) return undefined;
  try {
    const tree = parseJson(text, path);
    if (isObject(tree) && tree.format_version === 1 && isObject(tree.files))
      return new Set(Object.keys(tree.files));
  } catch {
    return undefined; // half-written: the hub is asked instead
  }
  return undefined;
}
