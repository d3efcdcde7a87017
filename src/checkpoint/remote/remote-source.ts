import { CheckpointError } from "../../errors/errors.ts";
import { endsEarly } from "../memory.ts";
import type { FileSource } from "../source.ts";
import type { KeptIndex, KeptModel } from "./kept.ts";
import type { RemoteFile } from "./remote-file.ts";
import { Room } from "./room.ts";

/** Where a source's files are, and what is kept of them. */
export interface RemoteFiles {
  readonly label: string;
  /** A file by its name; undefined where it is known that there is none. */
  file(name: string, room: Room): RemoteFile | undefined;
  /** The file as messages name it. */
  place(name: string): string;
  list(): Promise<readonly string[] | undefined>;
  readonly kept?: KeptModel;
  /** What an earlier visit knew, where it was believed. */
  readonly index?: KeptIndex;
  /** What else is to be remembered with the files. */
  readonly commit?: string;
}

/** The files behind addresses: each is asked for once, comes in one answer, and is kept where there is a place for it. */
export function remoteSource(files: RemoteFiles): FileSource {
  const { label, kept, index: earlier } = files;
  const room = new Room();
  const opened = new Map<string, RemoteFile | undefined>();
  const absent = new Set<string>();
  let isLoaded = false;

  function find(name: string): RemoteFile | undefined {
    if (!opened.has(name)) opened.set(name, files.file(name, room));
    return opened.get(name);
  }

  /** A file that is to have so many bytes. */
  async function findFor(name: string, end: number): Promise<RemoteFile> {
    const file = find(name);
    const size = await file?.size();
    if (file === undefined || size === undefined)
      throw new CheckpointError(`${files.place(name)}: there is no such file`);
    if (end > size) throw endsEarly(files.place(name), size, end);
    return file;
  }

  /** What the next visit is told of the files; complete where it needs nothing more. */
  function index(): KeptIndex {
    const known: Record<string, KeptIndex["files"][string]> = { ...earlier?.files };
    // A load that failed may do so for a file that is put right tomorrow.
    let isComplete = isLoaded || (earlier?.isComplete ?? false);
    for (const [name, file] of opened) {
      const facts = file?.facts;
      if (file === undefined || absent.has(name)) known[name] = null;
      else if (facts) {
        known[name] = facts;
        isComplete &&= file.isKept;
      }
    }
    return { label, commit: files.commit, files: known, isComplete, keptAt: Date.now() };
  }

  return {
    label,
    ...(files.commit !== undefined && { commit: files.commit }),
    list: files.list,
    async size(name) {
      const size = await find(name)?.size();
      if (size === undefined) absent.add(name);
      return size;
    },
    read: async (name, start, end, into) => (await findFor(name, end)).read(start, end, into),
    pour: async (name, start, end, into) => (await findFor(name, end)).pour(start, end, into),
    expectFiles(names) {
      // Whoever reads the file is told what is wrong with it.
      for (const name of names)
        find(name)
          ?.exists()
          .catch(() => undefined);
    },
    expectRanges: (name, ranges) => find(name)?.plan(ranges),
    keep() {
      isLoaded = true;
    },
    isCached: () => [...opened.values()].every((file) => (file?.received ?? 0) === 0),
    async close() {
      const closing = [...opened.values()].map((file) => file?.close());
      // Nobody waits until the last bytes are kept.
      const keeping = Promise.all(closing).then(async () => {
        const written = index();
        const isAny = Object.values(written.files).some((facts) => facts !== null);
        if (isAny) await kept?.write(written);
      });
      if (!kept) await keeping;
    },
  };
}
