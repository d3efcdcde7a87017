import { expect, test } from "vitest";
import { imagePagePicture } from "../../../../examples/image-page.ts";
import { imageSource, textSource } from "../source/from-picture.ts";
import { addressOf, viewAt } from "./address.ts";

const text = textSource({
  texts: ["a b"],
  model: { name: "m", layers: 2, heads: 3, tokens: 2 },
  queries: [{ text: "a" }, { text: "b" }],
  weights: [new Float32Array(12), new Float32Array(12)],
});
const image = imageSource(imagePagePicture()); // 9 × 12 patches after [CLS], 2 layers of 3 heads

test("the view of a text is a word's number, a head and a key's number", () => {
  const view = { query: 1, key: 0, layer: 1, head: 2 };
  expect(addressOf(text, view)).toBe("#word=1&head=L1H2&key=0");
  expect(viewAt(text, "#word=1&head=L1H2&key=0")).toEqual(view);
  expect(addressOf(text, { ...view, key: undefined })).toBe("#word=1&head=L1H2");
});

test("the view of an image is a patch's place or a token's name, and a head", () => {
  const view = { query: 1 + 3 * 12 + 5, key: undefined, layer: 0, head: 1 };
  expect(addressOf(image, view)).toBe("#word=3,5&head=L0H1");
  expect(viewAt(image, "#word=3,5&head=L0H1")).toEqual(view);
  expect(addressOf(image, { ...view, query: 0 })).toBe("#word=%5BCLS%5D&head=L0H1");
  expect(viewAt(image, "#word=[CLS]&head=L0H1")).toEqual({ ...view, query: 0 });
});

test("what does not exist is not asked for", () => {
  for (const hash of ["", "#word=2", "#word=-1", "#word=", "#head=L2H0", "#head=L0H3", "#head=5"])
    expect(viewAt(text, hash)).toStrictEqual({});
  expect(viewAt(image, "#word=9,0&head=L1H1")).toEqual({ key: undefined, layer: 1, head: 1 });
  expect(viewAt(text, "#word=0&key=2")).toEqual({ query: 0, key: undefined });
});
