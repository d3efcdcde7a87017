import { expect, test } from "vitest";
import { plainProcessor, processImage, readImageProcessor } from "./image-processor.ts";

const read = (file: unknown) => readImageProcessor(file, "preprocessor_config.json");

test("an older file: one number for the size, no rescaling said", () => {
  const file = {
    do_normalize: true,
    do_resize: true,
    feature_extractor_type: "ViTFeatureExtractor",
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
    resample: 2,
    size: 224,
  };
  expect(read(file)).toEqual(plainProcessor([224, 224]));
  expect(read({})).toEqual(plainProcessor([224, 224]));
});

test("height and width, the shorter edge, another filter, steps left out", () => {
  expect(read({ size: { height: 32, width: 48 }, resample: 3 }).resize).toEqual({
    to: { height: 32, width: 48 },
    filter: "bicubic",
  });
  expect(read({ size: { shortest_edge: 32 } }).resize?.to).toEqual({ shortest: 32 });
  expect(read({ do_resize: false, do_rescale: false, do_normalize: false })).toEqual({});
});

test("what heed does not do is refused by name", () => {
  expect(() => read({ image_processor_type: "CLIPImageProcessor" })).toThrow(
    'preprocessor_config.json: image_processor_type="CLIPImageProcessor". heed prepares images as ViTImageProcessor does. Prepare the image yourself and give pixels',
  );
  expect(() => read({ do_center_crop: true })).toThrow("do_center_crop=true");
  expect(() => read({ resample: 0 })).toThrow(
    "resample=0. heed has 1 lanczos, 2 bilinear, 3 bicubic, 4 box, 5 hamming",
  );
  expect(() => read({ size: { longest_edge: 10 } })).toThrow("preprocessor_config.json: size is");
  expect(() => read({ image_mean: [0.5] })).toThrow("preprocessor_config.json: image_mean is");
});

test("a pixel of each channel, in order, every step in 32 bits", () => {
  const image = { width: 1, height: 2, rgb: Uint8Array.of(0, 128, 255, 255, 0, 1) };
  const { pixels } = processImage(image, { ...plainProcessor([2, 1]), resize: undefined });
  const value = (byte: number) => Math.fround((Math.fround(byte / 255) - 0.5) / 0.5);
  expect([...pixels]).toEqual([0, 255, 128, 0, 255, 1].map(value));
});
