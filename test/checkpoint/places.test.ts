import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { load, openSource } from "../../src/index.ts";
import { editedFolder } from "../support/edited-folder.ts";
import { goldenFolder } from "../support/small-models.ts";

const home = mkdtempSync(join(tmpdir(), "heed-places-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const opens = async (source: string, revision?: string) => {
  const files = await openSource(source, { revision });
  const size = await files.size("config.json");
  await files.close();
  return size !== undefined;
};

test("file:// is a path", async () => {
  expect(await opens(pathToFileURL(goldenFolder("gpt2")).href)).toBe(true);
  await expect(opens("file:///nowhere/at/all")).rejects.toThrow("there is no such folder");
});

test("~ is the home folder", async () => {
  expect(await opens(`~/${relative(homedir(), goldenFolder("gpt2"))}`)).toBe(true);
  await expect(opens("~/no-such-model-here")).rejects.toThrow("there is no such folder");
});

test("a revision is named once", async () => {
  await expect(opens("owner/name@v1", "v2")).rejects.toThrow("names the revision v1");
});

describe("a repository of Python's cache", () => {
  const [first, second] = ["1".repeat(40), "2".repeat(40)];
  const repository = (name: string, commits: readonly string[], main?: string) => {
    const folder = join(home, name);
    for (const commit of commits)
      cpSync(goldenFolder("gpt2"), join(folder, "snapshots", commit), { recursive: true });
    mkdirSync(join(folder, "refs", "pr"), { recursive: true });
    if (main) writeFileSync(join(folder, "refs", "main"), main);
    writeFileSync(join(folder, "refs", "pr", "7"), commits[0]!);
    return folder;
  };

  test("gives main's snapshot, a revision's, or the only one", async () => {
    const both = repository("models--a--both", [first, second], second);
    for (const revision of [undefined, first, "main", "pr/7"])
      expect(await opens(both, revision)).toBe(true);
    expect(await opens(repository("models--a--one", [first]))).toBe(true);
  });

  test("asks which commit is meant", async () => {
    const unclear = repository("models--a--unclear", [first, second]);
    await expect(opens(unclear)).rejects.toThrow(`do not say which of its commits is meant`);
    await expect(opens(unclear, "v9")).rejects.toThrow("do not say the commit of v9");
  });
});

describe("what is no checkpoint is named for what it is", () => {
  const withFiles = (files: Readonly<Record<string, string>>, keepsConfig: boolean) =>
    editedFolder("gpt2", {
      files: {
        "model.safetensors": undefined,
        ...(keepsConfig ? {} : { "config.json": undefined }),
        ...files,
      },
    });

  test.each([
    [{ "adapter_config.json": '{"base_model_name_or_path": "./b"}' }, 'names the base "./b"'],
    [{ "model.gguf": "GGUF" }, "model.gguf: the header does not end within 4 bytes"],
    [{ "bert_model.ckpt.index": "" }, "bert_model.ckpt.index is a TensorFlow checkpoint"],
    [{ "tf_model.h5": "" }, "tf_model.h5 is TensorFlow weights"],
    [{ "flax_model.msgpack": "" }, "flax_model.msgpack is Flax weights"],
    [{ "model.onnx": "" }, "model.onnx is an ONNX graph"],
    [{ "consolidated.00.pth": "" }, "in Meta's own layout"],
  ])("%j", async (files, message) => {
    // Some trainers leave the base's config.json beside an adapter.
    for (const keepsConfig of [true, false])
      await expect(load(withFiles(files, keepsConfig), { backend: "reference" })).rejects.toThrow(
        message,
      );
  });

  const pointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 440449768\n";
  test.each(["model.safetensors", "pytorch_model.bin", "tokenizer.json", "spiece.model"])(
    "a Git LFS pointer in place of %s",
    async (file) => {
      const isWeights = /safetensors|bin/.test(file);
      const folder = editedFolder("gpt2", {
        files: {
          ...(isWeights ? { "model.safetensors": undefined } : {}),
          "tokenizer.json": undefined,
          [file]: pointer,
        },
      });
      await expect(load(folder, { backend: "reference" })).rejects.toThrow(/Git LFS pointer/);
    },
  );

  test("a file is not a folder", async () => {
    const folder = withFiles({ "model.gguf": "GGUF", README: "a file" }, false);
    await expect(load(join(folder, "model.gguf"), { backend: "reference" })).rejects.toThrow(
      "model.gguf: the header does not end",
    );
    await expect(load(join(folder, "README"), { backend: "reference" })).rejects.toThrow(
      "is a file; give the folder that holds it and config.json",
    );
  });
});
