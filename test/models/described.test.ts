import { afterAll, describe, expect, test } from "vitest";
import { load } from "../../src/index.ts";
import type { Model } from "../../src/model.ts";
import type { LoadOptions } from "../../src/models/load.ts";
import { editedFolder, type FileTensor } from "../support/edited-folder.ts";
import { goldenFolder } from "../support/small-models.ts";

const open: Model[] = [];
afterAll(async () => {
  for (const model of open) await model.dispose();
});

type Config = Record<string, unknown>;
type Tensors = Map<string, FileTensor>;

async function loaded(folder: string, options: LoadOptions = {}) {
  const told: string[] = [];
  const model = await load(folder, {
    backend: "reference",
    onWarning: (message) => told.push(message),
    ...options,
  });
  open.push(model);
  return { model, told };
}

const input = { ids: [[1, 5, 7, 2]] };
async function numbersOf(model: Model) {
  const run = await model.run(input, { read: ["final"] });
  return { final: run.trace.get("final").data, logits: run.output.logits?.data };
}

const without =
  (...keys: readonly string[]) =>
  (config: Config): Config =>
    Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key)));
const renamed =
  (rename: (name: string) => string) =>
  (tensors: Tensors): Tensors =>
    new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]));

describe("names with what training put before them are read", () => {
  test.each([
    ["bert-mlm", "module."],
    ["bert-mlm", "_orig_mod."],
    ["bert-mlm", "module._orig_mod."],
    ["bert-mlm", "model."],
    ["bert-pooler", "net.model."],
    ["gpt2", "model."],
    ["llama3", "model."],
    ["distilbert-classify", "student."],
  ])("%s under %s", async (name, prefix) => {
    const { model: plain } = await loaded(goldenFolder(name));
    const folder = editedFolder(name, { tensors: renamed((old) => prefix + old) });
    const { model } = await loaded(folder);
    expect(await numbersOf(model)).toEqual(await numbersOf(plain));
    expect(model.unused).toEqual(plain.unused);
  });

  test("the prefix of most names is enough", async () => {
    const { model: plain } = await loaded(goldenFolder("bert-mlm"));
    const folder = editedFolder("bert-mlm", {
      tensors: (tensors) =>
        new Map([
          ...renamed((old) => `model.${old}`)(tensors),
          ["loss.weight", { dtype: "F32", shape: [1], bytes: new Uint8Array(4) }],
        ]),
    });
    const { model } = await loaded(folder);
    expect(await numbersOf(model)).toEqual(await numbersOf(plain));
    expect(model.unused).toEqual([...plain.unused, "loss.weight"]);
  });
});

describe("a config without classes", () => {
  test.each([
    ["bert-mlm", "masked language modeling"],
    ["bert-pooler", "features"],
    ["roberta-qa", "question answering"],
    ["roberta-classify", "sequence classification"],
    ["distilbert-classify", "sequence classification"],
    ["distilbert-tokens", "token classification"],
    ["albert-classify", "sequence classification"],
    ["gpt2", "language modeling"],
    ["gpt-neo-classify", "sequence classification"],
    ["xlnet-classify", "sequence classification"],
    ["t5-encoder", "features"],
  ])("%s shows its head: %s", async (name, task) => {
    const folder = editedFolder(name, { config: without("architectures") });
    const [{ model, told }, { model: plain }] = [
      await loaded(folder),
      await loaded(goldenFolder(name)),
    ];
    expect(plain.task).toBe(task);
    expect(model.task).toBe(task);
    const says = expect.stringContaining("names no class (architectures); the file holds the head");
    expect(told).toEqual(task === "features" ? [] : [says]);
  });

  test("another is named", async () => {
    const folder = editedFolder("bert-mlm", { config: without("architectures") });
    const { model, told } = await loaded(folder, { headClass: "Model" });
    expect(model.task).toBe("features");
    expect(told).toEqual([]);
  });
});

describe("a config without a model_type", () => {
  const folder = () => editedFolder("bert-mlm", { config: without("model_type") });

  test("is asked for", async () => {
    await expect(loaded(folder())).rejects.toThrow(
      /has no model_type, which names the family\. .* Name it: load it with type \(--type\) bert, of which its class BertForMaskedLM is/,
    );
  });

  test("is named", async () => {
    const [{ model }, { model: plain }] = [
      await loaded(folder(), { type: "bert" }),
      await loaded(goldenFolder("bert-mlm")),
    ];
    expect(await numbersOf(model)).toEqual(await numbersOf(plain));
  });

  test("bert_config.json is of bert", async () => {
    const { model: plain } = await loaded(goldenFolder("bert-mlm"));
    const config = JSON.stringify(without("model_type")({ ...plain.config }));
    const older = editedFolder("bert-mlm", {
      files: { "config.json": undefined, "bert_config.json": config },
    });
    const { model } = await loaded(older);
    expect(await numbersOf(model)).toEqual(await numbersOf(plain));
  });
});

describe("heads", () => {
  test("that the file lacks are said to be missing; the body is read", async () => {
    const folder = editedFolder("bert-mlm", {
      config: (config) => ({ ...config, architectures: ["BertForSequenceClassification"] }),
      tensors: (tensors) => new Map([...tensors].filter(([name]) => !name.startsWith("cls."))),
    });
    const [{ model, told }, { model: plain }] = [
      await loaded(folder),
      await loaded(goldenFolder("bert-mlm")),
    ];
    expect(told).toEqual([
      expect.stringContaining(
        "BertForSequenceClassification has a head, and the file holds none of its tensors: the body is read",
      ),
    ]);
    const numbers = await numbersOf(model);
    expect(numbers.final).toEqual((await numbersOf(plain)).final);
    expect(numbers.logits).toBeUndefined();
  });

  test.each(["BartForCausalLM", "ForCausalLM"])(
    "of a decoder alone, %s, whose words the file has for both stacks only, are said to be Python's chance",
    async (headClass) => {
      const { model, told } = await loaded(goldenFolder("bart"), { headClass });
      expect(told).toEqual([
        expect.stringContaining(
          `${headClass} is a decoder alone, whose words are decoder.embed_tokens.weight or lm_head.weight, and the file holds words of both stacks only, shared.weight: Python draws random embeddings`,
        ),
      ]);
      expect(model.task).toBe("features");
    },
  );

  test("of two the language model is read, and said to be", async () => {
    const folder = editedFolder("gpt2", {
      config: (config) => ({ ...config, architectures: ["GPT2DoubleHeadsModel"] }),
    });
    const { model, told } = await loaded(folder);
    expect(model.task).toBe("language modeling");
    expect(told).toEqual([expect.stringContaining("GPT2DoubleHeadsModel has two heads")]);
  });

  test("of a class nobody knows are not missed where the file holds none", async () => {
    const folder = editedFolder("bert-pooler", {
      config: (config) => ({ ...config, architectures: ["Contriever"] }),
    });
    const { model, told } = await loaded(folder);
    expect(told).toEqual([
      expect.stringContaining(
        "config.json names the class Contriever, which heed does not know, and the file holds no head: the body is read",
      ),
    ]);
    const { model: plain } = await loaded(goldenFolder("bert-pooler"));
    expect(await numbersOf(model)).toEqual(await numbersOf(plain));
  });

  test("of a class nobody knows may be what a body leaves over: that is refused", async () => {
    const folder = editedFolder("bert-pooler", {
      config: (config) => ({ ...config, architectures: ["BertSplade"] }),
      tensors: (tensors) => new Map([...tensors, ["sparse.weight", [...tensors.values()][0]!]]),
    });
    await expect(loaded(folder)).rejects.toThrow(
      /architectures=\["BertSplade"\].*--head-class Model/,
    );
  });

  test("cross attention is left out where there is no encoder, and said to be", async () => {
    const of = (fields: object) =>
      loaded(editedFolder("gpt2", { config: (config) => ({ ...config, ...fields }) }));
    const [{ model, told }, { model: plain }] = [
      await of({ add_cross_attention: true }),
      await of({}),
    ];
    expect(told).toEqual([expect.stringContaining("its cross attention is left out")]);
    expect(await numbersOf(model)).toEqual(await numbersOf(plain));
  });

  test("that heed has not are refused by name, with the way out", async () => {
    const folder = editedFolder("bert-pooler", {
      config: (config) => ({ ...config, architectures: ["BertForDepth"] }),
      tensors: (tensors) => new Map([...tensors, ["classifier.bias", [...tensors.values()][0]!]]),
    });
    await expect(loaded(folder)).rejects.toThrow(
      /architectures=\["BertForDepth"\].*headClass Model \(--head-class Model\)/,
    );
    const { model } = await loaded(folder, { headClass: "Model" });
    expect(model.task).toBe("features");
  });
});

test("heads that were taken out are refused by name", async () => {
  const folder = editedFolder("bert-mlm", {
    config: (config) => ({ ...config, pruned_heads: { 0: [1] } }),
  });
  await expect(loaded(folder)).rejects.toThrow('config.json says pruned_heads={"0":[1]}');
});
