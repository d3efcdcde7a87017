import { expect, test } from "vitest";
import { neededFiles } from "./hub.ts";

const types = (names: readonly string[]) =>
  Object.fromEntries(
    names.map((name) => [name, `sentence_transformers.x.${name.split("_").at(-1)}`]),
  );
const query = "query_0_SparseStaticEmbedding";
const router = {
  types: {
    ...types([query, "document_1_SpladePooling"]),
    "": "sentence_transformers.x.MLMTransformer",
  },
  structure: { query: [query], document: ["", "document_1_SpladePooling"] },
};
const modules = [{ idx: 0, name: "0", path: "", type: "sentence_transformers.x.Router" }];

/** What heed needs of a repository with these files. */
function needed(files: Readonly<Record<string, string>>) {
  return neededFiles(
    async (names) => new Map(names.map((name) => [name, Object.hasOwn(files, name)])),
    async (name) => files[name]!,
  );
}

test("a Router's ways have their files and weights, as other modules have", async () => {
  const { texts, weights } = await needed({
    "config.json": "{}",
    "tokenizer.json": "{}",
    "modules.json": JSON.stringify(modules),
    "router_config.json": JSON.stringify(router),
    "document_1_SpladePooling/config.json": "{}",
    [`${query}/config.json`]: "{}",
    [`${query}/tokenizer.json`]: "{}",
    [`${query}/tokenizer_config.json`]: "{}",
    [`${query}/model.safetensors`]: "",
    "model.safetensors": "",
    "onnx/model.onnx": "",
  });
  expect([...texts].sort()).toEqual([
    "config.json",
    "document_1_SpladePooling/config.json",
    "modules.json",
    `${query}/config.json`,
    `${query}/tokenizer.json`,
    `${query}/tokenizer_config.json`,
    "router_config.json",
    "tokenizer.json",
  ]);
  expect(weights).toEqual(["model.safetensors", `${query}/model.safetensors`]);
});

test("a Router whose folder lies outside the repository is refused", async () => {
  const outside = { types: types(["../x_Dense"]), structure: { query: ["../x_Dense"] } };
  await expect(
    needed({
      "modules.json": JSON.stringify(modules),
      "router_config.json": JSON.stringify(outside),
    }),
  ).rejects.toThrow("a folder lies inside the repository");
});
