import { createHash } from "node:crypto";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { InputError } from "../../errors/errors.ts";
import { load as loadInPage } from "../../load.browser.ts";
import { load as loadInNode } from "../../load.node.ts";
import { openCheckpoint } from "../open.ts";
import { encodeSafetensors, namedBytes } from "../safetensors.ts";
import type { CarriedModel } from "./carried.ts";
import { sentFiles } from "./chosen.ts";
import { givenSource, namedPlace } from "./given.ts";
import type { ModelSource } from "./model-source.ts";

const weights = encodeSafetensors({ a: namedBytes([2], Float32Array.of(1, 2)) });
const config = new File(["{}"], "config.json", { type: "application/json" });
const model = new File([weights as BlobPart], "model.safetensors");

/** A `FileSystemEntry` over files by path, a page at a time as Chromium reads. */
function entry(fullPath: string, content: File | readonly object[]): object {
  const name = fullPath.split("/").at(-1)!;
  if (content instanceof File)
    return {
      isFile: true,
      isDirectory: false,
      name,
      fullPath,
      file: (found: (file: File) => void) => found(content),
    };
  const createReader = () => {
    const pages = [content.slice(0, 1), content.slice(1), []];
    return { readEntries: (found: (entries: unknown) => void) => found(pages.shift()) };
  };
  return { isFile: false, isDirectory: true, name, fullPath, createReader };
}
const folder = entry("/bert", [
  entry("/bert/config.json", config),
  entry("/bert/model.safetensors", model),
  entry("/bert/1_Pooling", [entry("/bert/1_Pooling/config.json", config)]),
]);
const item = (entry: object | null, kind = "file") => ({
  kind,
  type: "",
  getAsFile: () => null,
  webkitGetAsEntry: () => entry,
});
const given = (source: unknown) => givenSource(source as ModelSource, {});

test.each([
  ["a drop", { items: [item(null, "string"), item(folder)], files: [new File([], "bert")] }],
  ["its items", { length: 1, 0: item(folder) }],
  ["an entry", folder],
  ["a list of entries", [folder]],
])("a dropped folder: %s", async (_, source) => {
  const files = await given(source);
  expect(files.label).toBe("bert");
  expect(await files.list()).toEqual(["config.json", "model.safetensors", "1_Pooling/config.json"]);
  expect([...(await (await openCheckpoint(files)).read("a"))]).toEqual([1, 2]);
});

test("a drop's items are looked at before anything is awaited", async () => {
  const items = [item(folder)];
  const coming = given({ items, files: [] });
  items[0] = item(null);
  items.length = 0;
  expect((await coming).label).toBe("bert");
});

test("a drop goes to another thread as files with their paths, taken before anything is awaited; files go as they are", async () => {
  const items = [item(folder)];
  const sending = sentFiles({ items, files: [] });
  items.length = 0;
  const sent = await sending!;
  expect(sent.map(({ path }) => path).sort()).toEqual([
    "bert/1_Pooling/config.json",
    "bert/config.json",
    "bert/model.safetensors",
  ]);
  const source = await givenSource(sent, {});
  expect([...(await source.list())!].sort()).toEqual([
    "1_Pooling/config.json",
    "config.json",
    "model.safetensors",
  ]);
  expect(await sentFiles(folder)).toHaveLength(3);
  for (const files of [[config, model], config, { kind: "stories" }])
    expect(sentFiles(files)).toBeUndefined();
});

test("handles of files, and of folders among them", async () => {
  const handle = (file: File) => ({ kind: "file", name: file.name, getFile: async () => file });
  const below = {
    kind: "directory",
    name: "1_Pooling",
    getDirectoryHandle: async () => below,
    async *values() {
      yield handle(config);
    },
  };
  const files = await given([handle(model), below]);
  expect(await files.list()).toEqual(["model.safetensors", "config.json"]);
});

test("a folder among files says how it is given", async () => {
  const unread = Object.assign(new File([], "bert"), {
    slice: () => ({ arrayBuffer: () => Promise.reject(new Error("NotFoundError")) }),
  });
  await expect(given([config, unread])).rejects.toThrow(
    'load: "bert" among the files cannot be read (NotFoundError). If it is a folder: give the drop itself, load(event.dataTransfer)',
  );
});

test("an address may be a URL, and an opened source is one", async () => {
  expect(namedPlace(new URL("https://host/folder/"))).toBe("https://host/folder/");
  const files = await given([config]);
  expect(await given(files)).toBe(files);
});

test.each([loadInPage, loadInNode])(
  "what is no source is refused with what is one",
  async (load) => {
    for (const [source, said] of [
      [null, "got null"],
      [5, "got number"],
      ["", 'got ""'],
      [{ files: 5 }, "got Object { files }"],
      [new Map([[1, 2]]), "among the files is object"],
      [["a"], "among the files is string"],
      [[null], "among the files is null"],
      [[], "No files were chosen"],
    ] as const) {
      const loading = load(source as unknown as ModelSource);
      await expect(loading).rejects.toThrow(InputError);
      await expect(loading).rejects.toThrow(said);
    }
    await expect(load([config], { revision: "main" })).rejects.toThrow(
      "a revision belongs to a hub id",
    );
  },
);

describe("files that a bundler carries", () => {
  const carried: CarriedModel = {
    name: "tiny",
    files: {
      "config.json": "{}",
      "model.safetensors": { bytes: weights.length, address: () => new URL("https://site/a.bin") },
    },
  };
  const answer = (make: () => Response) => {
    const asked = vi.fn(async (_address: URL) => make());
    vi.stubGlobal("fetch", asked);
    onTestFinished(() => void vi.unstubAllGlobals());
    return asked;
  };

  test("are fetched once and whole, and tell how far they came", async () => {
    const asked = answer(() => new Response(weights as BodyInit));
    const onDownload = vi.fn();
    const files = await givenSource(carried, { onDownload });
    const checkpoint = await openCheckpoint(files);
    expect([...(await checkpoint.read("a"))]).toEqual([1, 2]);
    expect(asked).toHaveBeenCalledTimes(1);
    const total = weights.length;
    expect(onDownload).toHaveBeenLastCalledWith({
      file: "model.safetensors",
      received: total,
      total,
    });
    await expect(files.read("none", 0, 1)).rejects.toThrow("tiny: there is no none");
  });

  test("are held against their hashes; what is not theirs is asked for again", async () => {
    const other = weights.slice();
    other[other.length - 1]! ^= 1;
    const [own, changed] = [weights, other].map((bytes) => () => new Response(bytes as BodyInit));
    const sha256 = createHash("sha256").update(weights).digest("hex");
    const address = () => new URL("https://site/a.bin");
    const file = { bytes: weights.length, sha256, address };
    const files = await given({ name: "tiny", files: { "model.safetensors": file } });
    answer(changed!);
    await expect(files.read("model.safetensors", 0, 8)).rejects.toThrow(
      /^https:\/\/site\/a.bin: its bytes are not those that heed carries \(SHA-256 .*, expected /,
    );
    answer(own!);
    expect(await files.read("model.safetensors", 0, 8)).toEqual(weights.slice(0, 8));
  });

  test("are read where a page keeps them, if they are theirs", async () => {
    const sha256 = createHash("sha256").update(weights).digest("hex");
    const file = { bytes: weights.length, sha256, address: () => new URL("https://site/a.bin") };
    const readKept = async (match: () => Promise<Response | undefined>, own = file) => {
      const asked = answer(() => new Response(weights as BodyInit));
      vi.stubGlobal("caches", { match });
      const files = await given({ name: "tiny", files: { "model.safetensors": own } });
      expect(await files.read("model.safetensors", 0, 8)).toEqual(weights.slice(0, 8));
      return asked.mock.calls.length;
    };
    const keeping = (bytes: Uint8Array) => async () => new Response(bytes as BodyInit);
    expect(await readKept(keeping(weights))).toBe(0);
    const other = weights.slice();
    other[0]! ^= 1;
    expect(await readKept(keeping(other))).toBe(1);
    expect(await readKept(keeping(weights.slice(1)))).toBe(1);
    expect(await readKept(async () => undefined)).toBe(1);
    expect(await readKept(() => Promise.reject(new Error("forbidden")))).toBe(1);
    // Without a hash nothing tells whose bytes they are.
    expect(await readKept(keeping(weights), { ...file, sha256: undefined! })).toBe(1);
  });

  test.each([
    [
      "not there",
      () => new Response("", { status: 404 }),
      "the server answered 404. The bundler did not put",
    ],
    [
      "a page",
      () => new Response("", { headers: { "content-type": "text/html" } }),
      "answered with a page",
    ],
    ["too short", () => new Response("ab"), `2 bytes came where ${weights.length} were due`],
    [
      "too long",
      () => new Response("a".repeat(weights.length + 1)),
      `${weights.length + 1} bytes came`,
    ],
  ])("%s is said, with the address", async (_, make, said) => {
    answer(make);
    const files = await given(carried);
    await expect(files.read("model.safetensors", 0, 8)).rejects.toThrow(`https://site/a.bin: `);
    await expect(files.read("model.safetensors", 0, 8)).rejects.toThrow(said);
  });
});
