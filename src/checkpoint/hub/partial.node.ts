import { createHash, randomBytes } from "node:crypto";
import { readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** A blob being downloaded, ours alone to write. */
export interface PartialBlob {
  readonly path: string;
  /** Says that we still work on it while no bytes come. */
  touch(): Promise<void>;
  /** Makes it the finished blob, at once and whole; false when another process took it over meanwhile. */
  finish(): Promise<boolean>;
  /** Leaves what came for whoever continues. */
  release(): Promise<void>;
  /** Throws away what came. */
  discard(): Promise<void>;
}

/** Untouched for so long, a download belongs to nobody, whatever its process id says. */
const abandonedAfterMs = 120_000;

const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
const startedAt = (): number => Date.now() - process.uptime() * 1000;

/**
 * Takes up the download of a blob: continues what a dead or stopped process left, or starts anew. Gives the path
 * of another live process's download instead when there is one, to wait for.
 *
 * The owner stands in the file's name and names change by rename, which only one process can do: no lock is
 * needed, and where file systems lie about locks the cost is a second download, never a broken blob.
 */
export async function claimPartial(
  blobs: string,
  etag: string,
): Promise<PartialBlob | { readonly busy: string }> {
  const mine = () =>
    `${etag}.heed-${Date.now().toString(36)}-${host}-${process.pid}-${randomBytes(4).toString("hex")}.incomplete`;
  const { live, free } = await survey(blobs, etag);
  if (live[0] !== undefined) return { busy: join(blobs, live[0]) };
  for (const old of free) {
    const name = mine();
    try {
      await rename(join(blobs, old), join(blobs, name));
      const partial = owned(blobs, etag, name);
      await partial.touch();
      return partial;
    } catch {
      // another process was quicker
    }
  }
  const name = mine();
  await writeFile(join(blobs, name), "", { flag: "wx" });
  const partial = owned(blobs, etag, name);
  const rival = (await survey(blobs, etag)).live.find((other) => other !== name && other < name);
  if (rival === undefined) return partial;
  await partial.discard(); // both began at the same moment: the earlier name goes on
  return { busy: join(blobs, rival) };
}

function owned(blobs: string, etag: string, name: string): PartialBlob {
  const path = join(blobs, name);
  return {
    path,
    touch: () => utimes(path, new Date(), new Date()).catch(() => undefined),
    async finish() {
      try {
        await rename(path, join(blobs, etag));
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
        throw error;
      }
    },
    async release() {
      const size = (await stat(path).catch(() => undefined))?.size ?? 0;
      const freed = join(blobs, `${etag}.heed-free-${randomBytes(4).toString("hex")}.incomplete`);
      // An error that says more is already on its way.
      await (size > 0 ? rename(path, freed) : rm(path, { force: true })).catch(() => undefined);
    },
    discard: () => rm(path, { force: true }),
  };
}

/** Downloads of this blob that somebody works on, and those left behind, both oldest first. */
async function survey(blobs: string, etag: string): Promise<{ live: string[]; free: string[] }> {
  const names = (await readdir(blobs)).filter(
    (name) => name.startsWith(`${etag}.heed-`) && name.endsWith(".incomplete"),
  );
  const live: string[] = [];
  const free: string[] = [];
  for (const name of names.sort()) ((await isLive(blobs, name)) ? live : free).push(name);
  return { live, free };
}

async function isLive(blobs: string, name: string): Promise<boolean> {
  const [, since, owner, pid] = /\.heed-([0-9a-z]+)-([0-9a-f]{8})-(\d+)-/.exec(name) ?? [];
  if (since === undefined || owner === undefined || pid === undefined) return false;
  if (owner === host && !isRunning(Number(pid), Number.parseInt(since, 36))) return false;
  const found = await stat(join(blobs, name)).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs < abandonedAfterMs;
}

/** Whether the process that wrote at that time still runs; a restarted container may reuse our own id. */
function isRunning(pid: number, since: number): boolean {
  if (pid === process.pid) return since >= startedAt() - 1000;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
