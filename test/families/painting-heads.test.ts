import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { editedFolder } from "../support/edited-folder.ts";
import { goldenFolder } from "../support/small-models.ts";

const pixels = new Tensor(
  [1, 3, 12, 12],
  Float32Array.from({ length: 3 * 12 * 12 }, (_, place) => Math.sin(place)),
);
const hiddenPatches = [[1, 0, 0, 1, 0, 0, 0, 0, 1]];

describe("a head that paints hidden patches", () => {
  let vit: Model;
  let deit: Model;
  beforeAll(async () => {
    vit = await load(goldenFolder("vit-masked"), { backend: "reference" });
    deit = await load(goldenFolder("deit-masked"), { backend: "reference" });
  });
  afterAll(() => Promise.all([vit?.dispose(), deit?.dispose()]));

  test("paints an image of the size it had; what is hidden has no say", async () => {
    const { output } = await vit.run({ pixels, hiddenPatches });
    expect(output.reconstruction!.shape).toEqual([1, 3, 12, 12]);
    const other = new Tensor(pixels.shape, Float32Array.from(pixels.data));
    // The first patch: rows and columns 0 to 3 of each channel.
    for (let place = 0; place < other.data.length; place++)
      if (place % 12 < 4 && Math.floor(place / 12) % 12 < 4) other.data[place] = 7;
    const again = await vit.run({ pixels: other, hiddenPatches });
    expect(again.output.reconstruction!.data).toEqual(output.reconstruction!.data);
    const seen = await vit.run({ pixels: other });
    expect(seen.output.reconstruction!.data).not.toEqual(output.reconstruction!.data);
  });

  test("says what hiddenPatches must be", async () => {
    await expect(vit.run({ pixels, hiddenPatches: [[1, 0]] })).rejects.toThrow(
      "hiddenPatches is (1, 2), the patches are (1, 9)",
    );
    await expect(vit.run({ pixels, hiddenPatches: [[2, 0, 0, 0, 0, 0, 0, 0, 0]] })).rejects.toThrow(
      "hiddenPatches must hold 1 (hidden) and 0 (seen) only",
    );
    await expect(deit.run({ pixels, hiddenPatches })).rejects.toThrow(
      "config.json says patch_size=4 x 4, encoder_stride=3",
    );
  });

  test("is seen in a file whose config names no class", async () => {
    for (const name of ["vit-masked", "beit-plain"]) {
      const folder = editedFolder(name, {
        config: ({ architectures: _, ...config }) => config,
      });
      const model = await load(folder, { backend: "reference", onWarning: () => {} });
      expect(model.task).toBe("masked image modeling");
      await model.dispose();
    }
  });

  test("a class without one takes no hidden patches", async () => {
    const plain = await load(goldenFolder("vit-renamed"), { backend: "reference" });
    await expect(plain.run({ pixels, hiddenPatches })).rejects.toThrow(
      "the input has hiddenPatches, which this model does not read",
    );
    await plain.dispose();
  });
});
