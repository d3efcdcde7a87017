import { expect, test } from "vitest";
import { hubPlace } from "./hub-place.ts";

test.each([
  ["https://huggingface.co/openai-community/gpt2", { id: "openai-community/gpt2" }],
  ["https://huggingface.co/openai-community/gpt2/", { id: "openai-community/gpt2" }],
  ["https://huggingface.co/gpt2?library=transformers#files", { id: "gpt2" }],
  ["https://hf.co/a/b/tree/main", { id: "a/b", revision: "main" }],
  ["https://huggingface.co/a/b/tree/refs%2Fpr%2F7", { id: "a/b", revision: "refs/pr/7" }],
  ["https://huggingface.co/a/b/blob/v1.0/config.json", { id: "a/b", revision: "v1.0" }],
  ["https://huggingface.co/a/b/commit/0123abc", { id: "a/b", revision: "0123abc" }],
  ["hf://a/b", { id: "a/b" }],
  ["hf://models/a/b@main", { id: "a/b", revision: "main" }],
  ["hf://a/b@refs/pr/7", { id: "a/b", revision: "refs/pr/7" }],
  ["a/b@v2", { id: "a/b", revision: "v2" }],
])("%s", (source, place) => {
  expect(hubPlace(source)).toEqual(place);
});

test.each([
  "a/b",
  "gpt2",
  "./a/b@v2",
  "/models/a@b",
  "https://example.org/a/b",
  "https://huggingface.co/a/b/resolve/main/",
])("%s is none", (source) => {
  expect(hubPlace(source)).toBeUndefined();
});

test("a mirror's pages are the hub's", () => {
  expect(hubPlace("https://mirror.example/a/b/tree/main", "https://mirror.example")).toEqual({
    id: "a/b",
    revision: "main",
  });
});

test.each([
  ["https://huggingface.co/datasets/a/b", "is of the hub's datasets, not of a model"],
  ["https://huggingface.co/a/b/tree/main/onnx", "names onnx inside the repository a/b"],
  ["hf://a/b@main/onnx", "names onnx inside the repository a/b"],
  ["https://huggingface.co/a/b/discussions/3", "is no page of a model"],
])("%s is refused", (source, message) => {
  expect(() => hubPlace(source)).toThrow(message);
});
