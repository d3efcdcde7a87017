import { expect, test } from "vitest";
import { plainProcessor, processImage, readImageProcessor } from "./image-processor.ts";
import { resample } from "./resample.ts";

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

test("files as they are published: what they say, and what their class does beside", () => {
  const imagenet = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };
  const steps = { do_center_crop: true, do_normalize: true, do_resize: true };
  const normalise = { mean: imagenet.image_mean, deviation: imagenet.image_std };
  const middle = { height: 224, width: 224 };
  const deit = { ...imagenet, ...steps, feature_extractor_type: "DeiTFeatureExtractor" };
  expect(read({ ...deit, crop_size: 224, resample: 3, size: 256 })).toEqual({
    resize: { to: { height: 256, width: 256 }, filter: "bicubic" },
    crop: middle,
    rescale: 1 / 255,
    normalise,
  });
  const dino = { ...imagenet, ...steps, image_processor_type: "BitImageProcessor", resample: 3 };
  const edges = { crop_size: middle, size: { shortest_edge: 256 }, rescale_factor: 0.25 };
  expect(read({ ...dino, ...edges })).toEqual({
    resize: { to: { shortest: 256 }, filter: "bicubic" },
    crop: middle,
    rescale: 0.25,
    normalise,
  });
  const clip = { ...steps, feature_extractor_type: "CLIPFeatureExtractor", resample: 3 };
  const { resize, crop } = read({ ...clip, crop_size: 224, size: 224 });
  expect([resize?.to, crop]).toEqual([{ shortest: 224 }, middle]);
  expect(read({ image_processor_type: "BeitImageProcessor", do_center_crop: false })).toEqual({
    ...plainProcessor([224, 224]),
    resize: { to: middle, filter: "bicubic" },
  });
});

test("a file that names no class goes by that of the model's type", () => {
  const clip = readImageProcessor({ size: 9 }, "preprocessor_config.json", "CLIP");
  expect(clip).toEqual({
    ...readImageProcessor({ image_processor_type: "CLIPImageProcessor", size: 9 }, "a file"),
  });
  expect(clip.resize?.to).toEqual({ shortest: 9 });
  const oneself = { image_processor_type: "CLIPImageProcessor", use_square_size: true, size: 9 };
  expect(read(oneself).resize?.to).toEqual({ height: 224, width: 224 });
});

test("what a picture is filled up to, and one that is too large for it or too narrow", () => {
  const image = { width: 2, height: 1, rgb: new Uint8Array(6).fill(9) };
  const { pixels } = processImage(image, { pad: { height: 2, width: 3 } });
  expect([...pixels.subarray(0, 6)]).toEqual([9, 9, 0, 0, 0, 0]);
  expect(() => processImage(image, { pad: { height: 1, width: 1 } })).toThrow("pad_size");
  const wide = { width: 90, height: 1, rgb: new Uint8Array(270) };
  const to = { mostHeight: 5, mostWidth: 5 };
  expect(() => processImage(wide, { resize: { to, filter: "box" } })).toThrow("90 x 1 pixels");
});

test("the middle of a picture, black where it ends", () => {
  const image = { width: 3, height: 2, rgb: Uint8Array.from({ length: 18 }, (_, byte) => byte) };
  const { pixels, width, height } = processImage(image, { crop: { height: 5, width: 2 } });
  expect([width, height]).toEqual([2, 5]);
  expect([...pixels.subarray(0, 10)]).toEqual([0, 0, 0, 0, 0, 3, 9, 12, 0, 0]);
});

test("what heed does not do is refused by name", () => {
  expect(() => read({ image_processor_type: "ConvNextImageProcessor" })).toThrow(
    'preprocessor_config.json: image_processor_type="ConvNextImageProcessor". heed prepares images as ViTImageProcessor, DeiTImageProcessor, BeitImageProcessor, BitImageProcessor, CLIPImageProcessor, SiglipImageProcessor do. Prepare the image yourself and give pixels',
  );
  expect(() => read({ image_processor_type: "toStringImageProcessor" })).toThrow("toString");
  expect(() => read({ do_center_crop: true })).toThrow(
    "do_center_crop=true. There is no crop_size, and ViTImageProcessor knows none of its own",
  );
  expect(() => read({ resample: 6 })).toThrow(
    "resample=6. heed has 0 nearest, 1 lanczos, 2 bilinear, 3 bicubic, 4 box, 5 hamming",
  );
  expect(() => read({ size: { longest_edge: 10 } })).toThrow('size={"longest_edge":10}');
  expect(read({ size: { longest_edge: 10 }, do_resize: false }).resize).toBeUndefined();
  expect(() => read({ size: { height: 10 } })).toThrow("preprocessor_config.json: size is");
  expect(() => read({ image_mean: [0.5] })).toThrow("preprocessor_config.json: image_mean is");
});

test("a pixel of each channel, in order, every step in 32 bits", () => {
  const image = { width: 1, height: 2, rgb: Uint8Array.of(0, 128, 255, 255, 0, 1) };
  const { pixels } = processImage(image, { ...plainProcessor([2, 1]), resize: undefined });
  const value = (byte: number) => Math.fround((Math.fround(byte / 255) - 0.5) / 0.5);
  expect([...pixels]).toEqual([0, 255, 128, 0, 255, 1].map(value));
});

test("torchvision's numbers of a picture of any width", () => {
  for (const width of [200_000, 3]) {
    const wide = { width, height: 1, rgb: new Uint8Array(3 * width).fill(7) };
    const narrow = resample(wide, { width: 1, height: 1 }, "bicubic", "torchvision");
    expect([...narrow.rgb]).toEqual([7, 7, 7]);
  }
});
