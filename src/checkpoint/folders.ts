import type { Checkpoint } from "./checkpoint.ts";
import type { FileSource } from "./source.ts";

/** The files below a folder of a source, by their names there. Closing it closes nothing: the source is its owner's. */
export function below(source: FileSource, folder: string): FileSource {
  const { pour } = source;
  return {
    label: `${source.label}/${folder}`,
    list: async () => undefined,
    size: (name) => source.size(`${folder}/${name}`),
    read: (name, start, end, into) => source.read(`${folder}/${name}`, start, end, into),
    pour: pour && ((name, ...range) => pour(`${folder}/${name}`, ...range)),
    expectFiles: (names) => source.expectFiles?.(names.map((name) => `${folder}/${name}`)),
    expectRanges: (name, ranges) => source.expectRanges?.(`${folder}/${name}`, ranges),
    close: async () => {},
  };
}

/** One file of a source as all that it holds. */
export function onlyFile(source: FileSource, file: string): FileSource {
  return {
    ...source,
    list: async () => [file],
    size: async (name) => (name === file ? source.size(name) : undefined),
    expectFiles: undefined,
  };
}

/** The source of an address: of the folder it names, or of the GGUF file. */
export async function addressOf(
  address: string,
  open: (folder: string) => FileSource | Promise<FileSource>,
): Promise<FileSource> {
  const url = new URL(address);
  const file = /^(.*\/)([^/]+\.gguf)$/i.exec(url.pathname);
  if (!file) return open(address);
  url.pathname = file[1]!;
  return onlyFile(await open(url.href), decodeURIComponent(file[2]!));
}

/** A checkpoint with the tensors of other folders beside its own, under their folder's name: "2_Dense/linear.weight". */
export function withFolders(
  main: Checkpoint,
  folders: ReadonlyMap<string, Checkpoint>,
): Checkpoint {
  if (folders.size === 0) return main;
  const tensors = new Map(main.tensors);
  for (const [folder, { tensors: own }] of folders)
    for (const [name, tensor] of own) tensors.set(`${folder}/${name}`, tensor);
  /** Who holds a tensor, and under which name. */
  const find = (name: string): readonly [Checkpoint, string] => {
    for (const [folder, checkpoint] of folders)
      if (name.startsWith(`${folder}/`)) return [checkpoint, name.slice(folder.length + 1)];
    return [main, name];
  };
  return {
    ...main,
    tensors,
    bytes: [...folders.values()].reduce((sum, { bytes }) => sum + bytes, main.bytes),
    read(name) {
      const [checkpoint, own] = find(name);
      return checkpoint.read(own);
    },
    readRange(name, ...range) {
      const [checkpoint, own] = find(name);
      return checkpoint.readRange(own, ...range);
    },
    readBytes(name, ...range) {
      const [checkpoint, own] = find(name);
      return checkpoint.readBytes(own, ...range);
    },
    expect(reads) {
      const found = reads.map((reading) => {
        const [checkpoint, name] = find(reading.name);
        return { ...reading, name, reading, checkpoint };
      });
      return [main, ...folders.values()].flatMap((one) =>
        one
          .expect(found.filter(({ checkpoint }) => checkpoint === one))
          .map(({ reading }) => reading),
      );
    },
  };
}
