import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { backendFor } from "../../src/backends/choose.node.ts";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import type { FileSource } from "../../src/checkpoint/source.ts";
import { loadParts, openBeside } from "../../src/models/load.ts";

const folder = fileURLToPath(new URL("../../models/all-MiniLM-L6-v2", import.meta.url));

test("weights do not wait for the config of a module without tensors, which comes a turn later", async () => {
  const files = folderSource(folder);
  let tellLoaded = () => {};
  const loaded = new Promise<void>((resolve) => {
    tellLoaded = resolve;
  });
  const asked: string[] = [];
  const source: FileSource = {
    ...files,
    expectFiles: (names) => asked.push(...names),
    async size(name) {
      if (name === "2_Normalize/config.json") await loaded;
      return files.size(name);
    },
  };
  const backend = await backendFor({ threads: 1 });
  const parts = await loadParts(source, backend, {
    onProgress({ stage, done, total }) {
      if (stage === "weights" && done === total) tellLoaded();
    },
  });
  expect(parts.sentences?.modules).toEqual(["Transformer", "Pooling", "Normalize"]);
  // A browser asks a host for six files at a time.
  expect(asked.slice(0, 6)).toEqual(
    expect.arrayContaining(["config.json", "modules.json", "model.safetensors", "tokenizer.json"]),
  );
  expect(asked).not.toContain("generation_config.json");
  await backend.dispose();
});

test("files are asked for and read while kernels are compiled; where one fails the other is let go of", async () => {
  const done: string[] = [];
  const files = folderSource(folder);
  let refuse = () => {};
  const choosing = new Promise<never>((_, reject) => {
    refuse = () => {
      done.push("refused");
      reject(new Error("no kernels today"));
    };
  });
  const source: FileSource = {
    ...files,
    expectFiles: () => done.push("asked"),
    async read(name, ...range) {
      // Its header is read before there are kernels to load what it tells of.
      if (name === "model.safetensors" && !done.includes("refused")) {
        done.push("read");
        refuse();
      }
      return files.read(name, ...range);
    },
    close: async () => void done.push("closed"),
  };
  const opened = await openBeside(Promise.resolve(source), choosing);
  expect(done).toEqual(["asked"]);
  await expect(loadParts(opened, choosing)).rejects.toThrow("no kernels today");
  expect([...new Set(done)]).toEqual(["asked", "read", "refused", "closed"]);
  const backend = await backendFor({ backend: "reference" });
  const disposable = { ...backend, dispose: async () => void done.push("disposed") };
  const missing = Promise.reject(new Error("no such folder"));
  await expect(openBeside(missing, Promise.resolve(disposable))).rejects.toThrow("no such folder");
  expect(done.at(-1)).toBe("disposed");
  const unread: FileSource = {
    ...files,
    read: async () => Promise.reject(new Error("no such disk")),
  };
  await expect(loadParts(unread, Promise.resolve(disposable))).rejects.toThrow("no such disk");
  expect(done.filter((one) => one === "disposed")).toHaveLength(2);
});
