import { expect, test } from "vitest";
import { headInFile } from "../../src/families/head-in-file.ts";
import { load } from "../../src/load.node.ts";
import { planModel } from "../../src/models/plan.ts";
import { readSource } from "../../src/tokens/tokenizer-files.ts";
import { goldenFolder } from "../support/small-models.ts";

const plan = (config: Record<string, unknown>) => planModel(config, "this model");

const base = {
  d_model: 768,
  encoder_layers: 6,
  decoder_layers: 6,
  encoder_attention_heads: 12,
  decoder_attention_heads: 12,
  encoder_ffn_dim: 3072,
  decoder_ffn_dim: 3072,
};
const opus = {
  vocab_size: 58101,
  d_model: 512,
  encoder_layers: 6,
  decoder_layers: 6,
  encoder_attention_heads: 8,
  decoder_attention_heads: 8,
  encoder_ffn_dim: 2048,
  decoder_ffn_dim: 2048,
  max_position_embeddings: 512,
};

// Sines are not learned, and zeros added to the logits neither.
test.each([
  ["facebook/bart-base", "bart", "BartModel", base, 139_420_416],
  [
    "facebook/bart-large-mnli",
    "bart",
    "BartForSequenceClassification",
    { num_labels: 3 },
    407_344_131,
  ],
  ["Helsinki-NLP/opus-mt-en-de", "marian", "MarianMTModel", opus, 73_886_208],
  [
    "facebook/mbart-large-50-many-to-many-mmt",
    "mbart",
    "MBartForConditionalGeneration",
    { vocab_size: 250054 },
    610_879_488,
  ],
  [
    "google/pegasus-xsum",
    "pegasus",
    "PegasusForConditionalGeneration",
    { vocab_size: 96103, encoder_layers: 16, decoder_layers: 16, max_position_embeddings: 512 },
    568_699_904,
  ],
  ["facebook/m2m100_418M", "m2m_100", "M2M100ForConditionalGeneration", {}, 483_905_536],
])("%s has as many parameters as transformers counts", async (_, type, name, fields, count) => {
  const config = { model_type: type, architectures: [name], ...fields };
  expect((await plan(config)).parameters).toBe(count);
});

test.each([
  [
    { model_type: "bart", architectures: ["BartForTokens"] },
    /BartForQuestionAnswering and BartForCausalLM/,
  ],
  [
    { model_type: "m2m_100", architectures: ["M2M100ForCausalLM"] },
    /M2M100Model and M2M100ForConditionalGeneration/,
  ],
  [{ model_type: "bart", is_encoder_decoder: false }, /is_encoder_decoder=false/],
  [
    { model_type: "mbart", is_decoder: true },
    /is_decoder=true. It is of a decoder alone, and the class is not: MBartForCausalLM/,
  ],
  [{ model_type: "bart", decoder_attention_heads: 7 }, /cannot be divided among 7 heads/],
  [{ model_type: "m2m_100", pad_token_id: null }, /Positions count from behind it/],
  [
    { model_type: "m2m_100", d_model: 2, encoder_attention_heads: 2, decoder_attention_heads: 2 },
    /at least two sines/,
  ],
])("%j is refused, by name", async (config, message) => {
  await expect(plan(config)).rejects.toThrow(message);
});

test.each([
  ["bart", ["encoder.layers.0.fc1.weight", "shared.weight"], "Model"],
  ["bart", ["final_logits_bias", "model.shared.weight"], "ForConditionalGeneration"],
  [
    "bart",
    ["classification_head.dense.weight", "model.shared.weight"],
    "ForSequenceClassification",
  ],
  ["m2m_100", ["model.shared.weight"], "ForConditionalGeneration"],
  ["bart", ["model.decoder.embed_tokens.weight"], "ForCausalLM"],
  [
    "mbart",
    ["model.decoder.embed_tokens.weight", "model.encoder.layers.0.fc1.weight"],
    "ForConditionalGeneration",
  ],
])("%s: the head that %j tell", (type, names, head) => {
  expect(headInFile(names, { model_type: type })).toBe(head);
});

test.each([
  ["marian", /MarianTokenizer is made of source.spm, target.spm and vocab.json, and not all/],
  ["m2m_100", /sentencepiece.bpe.model holds no pieces. Is it a SentencePiece model, and complete/],
  ["mbart", /holds no pieces. Is it a SentencePiece model, and complete/],
  ["pegasus", /holds no pieces. Is it a SentencePiece model, and complete/],
])(
  "%s: a SentencePiece file without pieces, or without the files beside it, is refused by name",
  (type, message) => {
    const files = { modelType: type, vocabJson: { a: 0 }, sentencePiece: new Uint8Array() };
    expect(() => readSource(files)).toThrow(message);
  },
);

test.each(["bart-causal", "mbart-causal", "whisper-causal"])(
  "%s: a decoder alone reads and writes its own text, and leaves its look at an encoder out",
  async (name) => {
    const model = await load(goldenFolder(name), { backend: "reference" });
    expect(model.unused).toEqual([]);
    expect([...model.sites.keys()].filter((site) => /cross|coder/.test(site))).toEqual([]);
    expect(model.isCausal).toBe(true);
    expect(model.dimensions.decoderLayers).toBeUndefined();
    expect(model.dimensions.heads).toBe(name === "mbart-causal" ? 2 : 3);
    const { rows } = await model.generate([5, 7], { maxNewTokens: 3, endIds: [] });
    expect(rows[0]!.ids).toHaveLength(5);
    await model.dispose();
  },
);

test("where no decoderIds are given, the decoder reads as transformers has it", async () => {
  const read = async (name: string, ids: number[][]) => {
    const model = await load(goldenFolder(name), { backend: "reference" });
    try {
      const run = await model.run({ ids }, { read: [] });
      return run.decoderTokens!.map((row) => row.map(({ id }) => id));
    } finally {
      await model.dispose();
    }
  };
  const ids = [
    [7, 9, 2, 5],
    [8, 2, 6, 1],
  ];
  expect(await read("bart", ids)).toEqual([
    [2, 7, 9, 2],
    [2, 8, 2, 6],
  ]);
  // A text of mBART ends with its language, padding behind it.
  expect(await read("mbart", ids)).toEqual([
    [5, 7, 9, 2],
    [6, 8, 2, 6],
  ]);
  expect(await read("pegasus", ids)).toEqual([[0], [0]]);
});

test("a text ends in the positions there are: longer ids are refused, and writing stops there", async () => {
  const model = await load(goldenFolder("bart"), { backend: "reference" });
  const decoderIds = [new Array<number>(17).fill(4)];
  await expect(model.run({ ids: [[5, 2]], decoderIds })).rejects.toThrow(
    /decoderIds have 17 tokens, but the decoder has positions for 16/,
  );
  const warnings: string[] = [];
  const { rows } = await model.generate([5, 2], {
    maxNewTokens: 40,
    endIds: [],
    onWarning: (message) => warnings.push(message),
  });
  expect(rows[0]!.ids.length).toBe(16);
  // Its config forces the end where there is no more room.
  expect(rows[0]!.ids.at(-1)).toBe(2);
  expect(warnings.join()).toContain("15 tokens are written, not 40");
  await model.dispose();
});

test("the class's own end is forced where config.json leaves it out, and null is none", async () => {
  const { bart } = await import("../../src/families/encoder-decoders/bart.ts");
  expect(bart.type).toBe("bart");
  const { settingsOf } = await import("../../src/tasks/writing/settings.ts");
  const sources = { options: {}, generationConfig: {}, endId: 2, forcedEndId: 2, label: "a model" };
  expect(settingsOf({ ...sources, config: {} }).forcedEosTokenId).toEqual([2]);
  const none = settingsOf({ ...sources, config: { forced_eos_token_id: null } });
  expect(none.forcedEosTokenId).toEqual([]);
  const filed = { ...sources, generationConfig: { num_beams: 2 }, config: {} };
  expect(settingsOf(filed).forcedEosTokenId).toEqual([]);
});
