import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readImage } from "../../src/images/read-image.node.ts";
import { type ImageDifference, verifyImages } from "../../src/tasks/verify-images.ts";

const homes = [
  { name: "test/images", folder: import.meta.dirname },
  {
    name: "shared images",
    folder: fileURLToPath(new URL("../../../shared/images", import.meta.url)),
  },
];

function differencesOf(folder: string): Promise<ImageDifference[]> {
  return verifyImages({
    index: JSON.parse(readFileSync(join(folder, "index.json"), "utf8")),
    bytes: (file) => readFile(join(folder, file)),
    decode: readImage,
  });
}

describe.each(homes)("$name", ({ folder }) => {
  if (!existsSync(folder)) {
    test("every image", ({ skip }) => skip(`there is no ${folder} here`));
    return;
  }

  test("every image becomes what transformers makes of it", async () => {
    const differences = await differencesOf(folder);
    expect(differences.length).toBeGreaterThan(10);
    expect(differences.filter(({ passed }) => !passed)).toEqual([]);
  });

  test("PNG files and recorded colours agree bit for bit", async () => {
    const exact = (await differencesOf(folder)).filter(
      ({ file, from }) => file.endsWith(".png") || from === "recorded colours",
    );
    expect(exact.filter(({ difference }) => difference !== 0)).toEqual([]);
  });
});

test("a difference of one level is seen", async () => {
  const { folder } = homes[0]!;
  const [entry] = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
  const differences = await verifyImages({
    index: [entry],
    bytes: (file) => readFile(join(folder, file)),
    decode: async (bytes, place) => {
      const image = await readImage(bytes, place);
      return { ...image, rgb: image.rgb.map((value) => Math.min(value + 1, 255)) };
    },
  });
  expect(differences[0]!.passed).toBe(false);
  expect(differences[0]!.levels).toBeCloseTo(1, 3);
});

test("an index of another kind is refused", async () => {
  const files = { index: { files: [] }, bytes: async () => new Uint8Array(), decode: readImage };
  await expect(verifyImages(files)).rejects.toThrow(
    "index.json: index.json must be a list of { file, golden }",
  );
});
