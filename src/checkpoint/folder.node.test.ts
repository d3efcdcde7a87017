import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderSource } from "./folder.node.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heed-folder-"));
  await writeFile(join(folder, "a.bin"), Uint8Array.of(0, 1, 2, 3, 4));
  await mkdir(join(folder, "1_Pooling"));
  await writeFile(join(folder, "1_Pooling", "config.json"), "{}");
  await symlink("a.bin", join(folder, "link.bin"));
});
afterAll(() => rm(folder, { recursive: true }));

test("lists, sizes and reads, through links and in folders below", async () => {
  const source = folderSource(folder);
  expect([...(await source.list())!].sort()).toEqual(["a.bin", "link.bin"]);
  expect(await source.size("a.bin")).toBe(5);
  expect(await source.size("1_Pooling/config.json")).toBe(2);
  expect(await source.size("1_Pooling")).toBeUndefined();
  expect(await source.size("none")).toBeUndefined();
  expect(await source.size("a.bin/none")).toBeUndefined();
  expect([...(await source.read("link.bin", 1, 4))]).toEqual([1, 2, 3]);
  expect([...(await source.read("a.bin", 5, 5))]).toEqual([]);
  const into = new Uint8Array(3);
  expect(await source.read("a.bin", 2, 5, into)).toBe(into);
  expect([...into]).toEqual([2, 3, 4]);
  await expect(source.read("a.bin", 3, 6)).rejects.toThrow("the file has 5 bytes, 6 are needed");
  await expect(source.read("none", 0, 1)).rejects.toThrow("there is no none");
  await source.close();
  await source.close();
});

test("files are read into memory that threads share", async () => {
  const source = folderSource(folder);
  const shared = new Uint8Array(new SharedArrayBuffer(6)).subarray(2, 5);
  expect(source.fillsShared).toBe(true);
  expect(await source.read("a.bin", 1, 4, shared)).toBe(shared);
  expect([...new Uint8Array(shared.buffer)]).toEqual([0, 0, 1, 2, 3, 0]);
  await source.close();
});

test.each(["../a.bin", "/etc/passwd", "x/../../a", "a\\b", "C:/x", "", "a//b", "a\0"])(
  "the name %j is refused",
  async (name) => {
    await expect(folderSource(folder).size(name)).rejects.toThrow(
      "leads out of the checkpoint's folder",
    );
  },
);

test("a folder that is none says so", async () => {
  const missing = folderSource(join(folder, "nowhere"));
  await expect(missing.size("config.json")).rejects.toThrow("nowhere: there is no such folder");
  await expect(missing.list()).rejects.toThrow("nowhere: there is no such folder");
  const file = folderSource(join(folder, "a.bin"));
  await expect(file.size("config.json")).rejects.toThrow(
    "is a file; give the folder that holds it",
  );
});
