import { expect, test } from "vitest";
import { readImages } from "./image-inputs.ts";

const reader = {
  channels: 3,
  size: [8, 8] as const,
  patch: [4, 4] as const,
  leading: [],
  preparedBy: "CLIP" as const,
};

function folder(files: Readonly<Record<string, unknown>>) {
  return {
    label: "a folder",
    text: async (name: string) => (name in files ? JSON.stringify(files[name]) : undefined),
  };
}

test("processor_config.json comes before preprocessor_config.json where it says how images are prepared", async () => {
  const own = { image_processor_type: "ViTImageProcessor", size: 5 };
  const nested = { processor_class: "CLIPProcessor", image_processor: { ...own, size: 7 } };
  const square = (side: number) => ({ resize: { to: { height: side, width: side } } });
  const both = { "processor_config.json": nested, "preprocessor_config.json": own };
  expect(await readImages(folder(both), reader)).toMatchObject(square(7));
  const older = { ...both, "processor_config.json": { processor_class: "CLIPProcessor" } };
  expect(await readImages(folder(older), reader)).toMatchObject(square(5));
  const strange = { "processor_config.json": { image_processor: { resample: 9 } } };
  expect(await readImages(folder(strange), reader)).toMatchObject({
    refused: expect.stringContaining(
      "a folder: processor_config.json: image_processor: resample=9",
    ),
  });
});

test("a file that names no class is read as the model's type has it", async () => {
  const files = { "preprocessor_config.json": { size: 6 } };
  expect(await readImages(folder(files), reader)).toMatchObject({
    resize: { to: { shortest: 6 } },
  });
});
