import { expect, test } from "vitest";
import { InputError } from "../../errors/errors.ts";
import { openCheckpoint } from "../open.ts";
import { encodeSafetensors, namedBytes } from "../safetensors.ts";
import { filesSource } from "./files.ts";

const weights = encodeSafetensors({ a: namedBytes([2], Float32Array.of(1, 2)) });
const file = (path: string, content: string | Uint8Array) => {
  const made = new File([content as BlobPart], path.split("/").at(-1)!);
  if (path.includes("/")) Object.defineProperty(made, "webkitRelativePath", { value: path });
  return made;
};

/** A directory handle as browsers give it, over files by path. */
function directory(
  name: string,
  files: Record<string, string | Uint8Array>,
): FileSystemDirectoryHandle {
  const missing = (kind: string) => Object.assign(new Error(`no ${kind}`), { name: kind });
  const below = (folder: string) =>
    Object.fromEntries(
      Object.entries(files)
        .filter(([path]) => path.startsWith(`${folder}/`))
        .map(([path, content]) => [path.slice(folder.length + 1), content]),
    );
  const handle = {
    name,
    kind: "directory",
    async *values() {
      for (const path of Object.keys(files))
        yield path.includes("/")
          ? { kind: "directory", name: path.split("/")[0] }
          : { kind: "file", name: path };
    },
    async getFileHandle(path: string) {
      if (path === "locked") throw missing("NotAllowedError");
      const content = files[path];
      if (content === undefined)
        throw missing(Object.keys(below(path)).length > 0 ? "TypeMismatchError" : "NotFoundError");
      return { getFile: async () => file(path, content) };
    },
    async getDirectoryHandle(path: string) {
      const inner = below(path);
      if (Object.keys(inner).length === 0) throw missing("NotFoundError");
      return directory(path, inner);
    },
  };
  return handle as unknown as FileSystemDirectoryHandle;
}

test("a folder's files, its own name left out", async () => {
  const source = await filesSource([
    file("my-bert/config.json", "{}"),
    file("my-bert/model.safetensors", weights),
    file("my-bert/1_Pooling/config.json", "[]"),
  ]);
  expect(source!.label).toBe("my-bert");
  expect(await source!.list()).toEqual([
    "config.json",
    "model.safetensors",
    "1_Pooling/config.json",
  ]);
  const checkpoint = await openCheckpoint(source!);
  expect([...(await checkpoint.read("a"))]).toEqual([1, 2]);
  expect(await checkpoint.text("1_Pooling/config.json")).toBe("[]");
  await expect(source!.read("config.json", 0, 3)).rejects.toThrow(
    "the file has 2 bytes, 3 are needed",
  );
  await expect(source!.read("none", 0, 3)).rejects.toThrow("there is no none");
});

test("dropped files, and a FileList", async () => {
  const dropped = [file("config.json", "{}"), file("model.safetensors", weights)];
  const list = { length: 2, 0: dropped[0]!, 1: dropped[1]! };
  for (const files of [dropped, list]) {
    const source = await filesSource(files);
    expect(source!.label).toBe("2 files");
    expect(await source!.size("model.safetensors")).toBe(weights.length);
  }
});

test("a directory handle, and folders below it", async () => {
  const source = await filesSource(
    directory("picked", {
      "config.json": "{}",
      "model.safetensors": weights,
      "1_Pooling/config.json": "[]",
      locked: "",
    }),
  );
  expect(source!.label).toBe("picked");
  expect(await source!.list()).toEqual(["config.json", "model.safetensors", "locked"]);
  expect(await source!.size("vocab.txt")).toBeUndefined();
  expect(await source!.size("none/vocab.txt")).toBeUndefined();
  expect(await source!.size("1_Pooling")).toBeUndefined();
  expect(await source!.size("1_Pooling/config.json")).toBe(2);
  await expect(source!.size("locked")).rejects.toThrow("picked: locked cannot be read");
  await expect(source!.size("../x")).rejects.toThrow("leads out");
  const checkpoint = await openCheckpoint(source!);
  expect([...(await checkpoint.read("a"))]).toEqual([1, 2]);
});

test("a file that changed after it was chosen says so", async () => {
  const json = new File(["{}"], "config.json", { type: "application/json" });
  const changed = Object.assign(json, {
    slice: () => ({ arrayBuffer: () => Promise.reject(new Error("NotReadableError")) }),
  });
  await expect((await filesSource([changed], "mine"))!.read("config.json", 0, 1)).rejects.toThrow(
    "mine: config.json cannot be read any more: NotReadableError. Did it change?",
  );
});

test("nothing, or two files of one name", async () => {
  await expect(filesSource([])).rejects.toThrow(InputError);
  await expect(filesSource([file("a", ""), file("a", "")])).rejects.toThrow(
    "Two files are named a",
  );
});
