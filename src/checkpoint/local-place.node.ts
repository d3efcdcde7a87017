import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CheckpointError, InputError } from "../errors/errors.ts";

/** A path as it is meant: `~` is the home folder, file:// a path. Other sources stay as they are. */
export function localPath(source: string): string {
  if (/^file:/i.test(source)) {
    try {
      return fileURLToPath(source);
    } catch (error) {
      throw new InputError(
        `"${source}" is no address of a file here (${(error as Error).message}); one looks like file:///home/me/model`,
        { cause: error },
      );
    }
  }
  return source.replace(/^~(?=$|[/\\])/, () => homedir());
}

/** Whether a folder is one repository of the cache that Python's huggingface_hub fills: models--owner--name. */
export function isCacheFolder(path: string): boolean {
  return /^models--/.test(basename(path)) && existsSync(join(path, "snapshots"));
}

/** The folder of the commit that a revision stands for in such a repository; main, or the only one there. */
export function snapshotIn(path: string, revision: string | undefined): string {
  const commits = readdirSync(join(path, "snapshots")).sort();
  const ref = join(path, "refs", ...(revision ?? "main").split("/"));
  const commit = existsSync(ref) ? readFileSync(ref, "utf8").trim() : revision;
  const chosen = commit ?? (commits.length === 1 ? commits[0] : undefined);
  if (chosen !== undefined && commits.includes(chosen)) return join(path, "snapshots", chosen);
  const wanted = chosen === undefined ? "which of its commits is meant" : `the commit of ${chosen}`;
  throw new CheckpointError(
    `${path}: a repository of Python's cache, and its refs and snapshots do not say ${wanted}. There are ${commits.join(", ") || "none"}: give one as revision, or fetch it again`,
  );
}
