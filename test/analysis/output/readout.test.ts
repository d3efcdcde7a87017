import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { load } from "../../../src/load.node.ts";
import type { Model } from "../../../src/model.ts";
import type { RunInput } from "../../../src/models/inputs.ts";
import { Tensor } from "../../../src/tensor/tensor.ts";
import { expectClose } from "../../support/expect-close.ts";
import { goldenFolder } from "../../support/small-models.ts";

const home = fileURLToPath(new URL("../../golden", import.meta.url));
const folders = readdirSync(home)
  .filter((name) => existsSync(`${home}/${name}/config.json`))
  .sort();

function inputFor(model: Model): RunInput {
  if (model.images) {
    const [height, width] = model.images.size;
    const size = model.images.channels * height * width;
    const data = Float32Array.from({ length: size }, (_, place) => Math.sin(place));
    return { pixels: new Tensor([1, model.images.channels, height, width], data) };
  }
  if (model.audio) {
    const { melBins, frames } = model.audio;
    const data = Float32Array.from({ length: melBins * frames }, (_, place) => Math.sin(place));
    const features = new Tensor([1, melBins, frames], data);
    return model.task === "audio classification"
      ? { features }
      : { features, decoderIds: [[5, 7]] };
  }
  const ids = [5, 7, 4, 8, 9].map((id) => id % model.dimensions.vocabulary);
  // Only the questions of its own separators would need more tokens.
  return model.type === "longformer" ? { ids: [ids], globalMask: [[1, 0, 0, 0, 0]] } : [ids];
}

const grid = ({ shape, data }: Tensor) => ({ shape: [...shape], data: Array.from(data) });

/** Heads over the mean of all patches, over two tokens, or behind a pooler; ViT's reads [CLS] alone. */
const readsWholePicture =
  /^(beit|clip-classify|deit-teacher|dinov2(-with-registers)?-classify|siglip-classify|swin|swin-larger|hub-(beit|deit|swin))$/;
const ownOutputs = /^(masked image modeling|question answering with beams)$/;
const overTexts = /^(sequence classification|audio classification|multiple choice)$/;

describe("logits of a stream", () => {
  test.each(folders)(
    "%s: those of the last layer's are the run's, or it is refused by name",
    async (name) => {
      const model = await load(goldenFolder(name));
      try {
        const last = [...model.sites.keys()]
          .filter((site) => site.endsWith(".residual") && !site.includes("targets"))
          .at(-1)!;
        const isEncoderOnly = last.startsWith("encoder.");
        const stack = last.startsWith("decoder.") ? "decoder." : isEncoderOnly ? "encoder." : "";
        const hasNoReadout =
          model.task === "features" ||
          (overTexts.test(model.task) && !model.isCausal) ||
          ownOutputs.test(model.task) ||
          readsWholePicture.test(name) ||
          (["t5", "mt5"].includes(model.type) && model.task !== "language modeling");
        if (hasNoReadout) {
          await expect(
            model.logits(
              new Tensor([1, 1, model.dimensions.width], new Float32Array(model.dimensions.width)),
            ),
          ).rejects.toThrow(
            model.task === "features"
              ? "has no head"
              : ownOutputs.test(model.task)
                ? "gives no logits of a stream"
                : /reads a whole (text|picture)'s vector/,
          );
          return;
        }
        const run = await model.run(inputFor(model), { read: [last, `${stack}final`] });
        const logits = await model.logits(run.trace.get(last));
        const { output } = run;
        const [B, T] = logits.shape as readonly number[];
        if (output.logits!.shape.length === 3)
          expectClose(logits, grid(output.logits!), { tolerance: 1e-5 });
        else {
          // A classifier reads one token: pictures' first, decoders' last.
          const place = model.images ? 0 : T! - 1;
          expectClose(logits.select({ axis: 1, index: place }), grid(output.logits!), {
            tolerance: 1e-5,
          });
        }
        expect(B).toBe(1);
        const normed = await model.logits(run.trace.get(`${stack}final`), { normed: true });
        expectClose(normed, grid(logits), { tolerance: 1e-5 });
      } finally {
        await model.dispose();
      }
    },
  );

  test("needs a stream of the model's width", async () => {
    const model = await load(goldenFolder("gpt2"));
    await expect(model.logits(new Tensor([2, 3], new Float32Array(6)))).rejects.toThrow(
      "logits: needs a stream (B, T, 36)",
    );
    await model.dispose();
  });
});
