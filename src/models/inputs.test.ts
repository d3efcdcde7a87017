import { describe, expect, test } from "vitest";
import { InputError } from "../errors/errors.ts";
import { load } from "../load.node.ts";
import type { Model } from "../model.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { TensorInput } from "./inputs.ts";

const golden = (name: string) => new URL(`../../test/golden/${name}/`, import.meta.url).pathname;
const ids = [[3, 5, 7, 4]];

/** Each input as it would change what a model gives that reads it. */
const given: Readonly<Record<string, TensorInput>> = {
  types: { types: [[0, 1, 1, 0]] },
  positions: { positions: [[0, 2, 1, 3]] },
  decoderIds: { decoderIds: [[0, 5]] },
  decoderMask: { decoderIds: [[5, 0, 3]], decoderMask: [[0, 1, 1]] },
  globalMask: { globalMask: [[0, 1, 0, 0]] },
  permMask: {
    permMask: new Tensor(
      [1, 4, 4],
      Float32Array.from({ length: 16 }, (_, i) => i % 2),
    ),
  },
  targetMapping: { targetMapping: new Tensor([1, 1, 4], Float32Array.of(0, 0, 1, 0)) },
};

async function numbersOf(model: Model, input: TensorInput): Promise<string> {
  const { output } = await model.run({ ids, ...input });
  return Object.values({ ...output } as Record<string, Tensor>)
    .map((tensor) => tensor.data.join())
    .join(" ");
}

describe("a model reads an input or refuses it", () => {
  test.each([
    ["bert-mlm", ["types", "positions"]],
    ["roberta-causal", ["positions"]],
    ["albert-classify", ["types", "positions"]],
    ["mobilebert-classify", ["types", "positions"]],
    ["longformer-classify", ["positions", "globalMask"]],
    ["distilbert-classify", ["positions"]],
    ["xlnet-both-ways", ["types", "permMask", "targetMapping"]],
    ["gpt2", ["types", "positions"]],
    ["gpt-neo-pattern", ["types", "positions"]],
    ["llama3", ["positions"]],
    ["t5-uneven", ["decoderIds", "decoderMask"]],
    ["t5-encoder", []],
  ])("%s: %j", async (name, read) => {
    const model = await load(golden(name));
    const plain = await numbersOf(model, {});
    for (const [input, values] of Object.entries(given))
      if (read.includes(input)) {
        const { [input as keyof TensorInput]: _, ...without } = values;
        const before = Object.keys(without).length > 0 ? await numbersOf(model, without) : plain;
        expect(await numbersOf(model, values), input).not.toBe(before);
      } else {
        const { [input as keyof TensorInput]: value } = values;
        const error = await model.run({ ids, [input]: value }).catch((thrown) => thrown);
        expect(error, input).toBeInstanceOf(InputError);
        // RoBERTa's table of types has one row: type 1 stands outside.
        expect(error.message).toMatch(/the input has \w+, which this model does not read|types/);
      }
    await model.dispose();
  });
});

test.each([
  [{ ids: [[1, 2 ** 32 + 3]] }, "ids: row 0, place 1 holds 4294967299, needs a whole number of 32"],
  [{ ids: [[1, 2 ** 53]] }, "ids: row 0, place 1 holds 9007199254740992, needs a whole number of"],
  [{ ids: [[1, -(2 ** 31) - 1]] }, "needs a whole number of 32 bits"],
  [{ ids: [[1, 3]], mask: [[1, 2 ** 32 + 1]] }, "mask: row 0, place 1 holds 4294967297"],
  [{ ids: [[1, 3]], positions: [[0, 2 ** 32]] }, "positions: row 0, place 1 holds 4294967296"],
  [{ ids: [[1, 3]], types: [[0, 7]] }, "types"],
  [{ ids: [[1, 3]], positions: [[0, 70000]] }, "positions"],
  [{ ids: [[1, 1.5]] }, "ids: row 0, place 1 holds 1.5, needs a whole number"],
] as [TensorInput, string][])("numbers that wrap or stand outside: %j", async (input, message) => {
  const model = await load(golden("bert-mlm"));
  const error = await model.run(input).catch((thrown) => thrown);
  await model.dispose();
  expect(error).toBeInstanceOf(InputError);
  expect(error.message).toContain(message);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])(
  "%s among numbers is told with its place",
  async (wrong) => {
    const vit = await load(golden("vit-oblong"), { backend: "reference" });
    const { patch, channels } = vit.images!;
    const shape = [1, channels, 2 * patch[0], 4 * patch[1]];
    const data = new Float32Array(shape.reduce((product, size) => product * size));
    data[patch[1] * 4 + 2] = wrong;
    await expect(vit.run({ pixels: new Tensor(shape, data) })).rejects.toThrow(
      `pixels[0, 0, 1, 2] is ${wrong}`,
    );
    await vit.dispose();
    const xlnet = await load(golden("xlnet-classify"), { backend: "reference" });
    const permMask = new Tensor(
      [1, 4, 4],
      Float32Array.from({ length: 16 }, () => wrong),
    );
    await expect(xlnet.run({ ids, permMask })).rejects.toThrow(`permMask[0, 0, 0] is ${wrong}`);
    await xlnet.dispose();
  },
);
