import { describe, expect, test } from "vitest";
import { familyOf } from "../../src/families/families.ts";
import { headInFile } from "../../src/families/head-in-file.ts";
import { logBucketOf } from "../../src/families/parts/log-buckets.ts";
import { planModel } from "../../src/models/plan.ts";

const plan = (config: Record<string, unknown>) => planModel(config, "this model");

describe("parameters of published shapes, as transformers counts them", () => {
  test.each([
    [
      "sentence-transformers/all-mpnet-base-v2",
      { model_type: "mpnet", architectures: ["MPNetModel"], max_position_embeddings: 514 },
      109_486_464,
    ],
    [
      "google/electra-base-discriminator",
      {
        model_type: "electra",
        architectures: ["ElectraForPreTraining"],
        embedding_size: 768,
        hidden_size: 768,
        num_attention_heads: 12,
        intermediate_size: 3072,
      },
      109_483_009,
    ],
    [
      "microsoft/deberta-v3-base",
      {
        model_type: "deberta-v2",
        hidden_size: 768,
        num_hidden_layers: 12,
        num_attention_heads: 12,
        intermediate_size: 3072,
        relative_attention: true,
        position_buckets: 256,
        pos_att_type: "p2c|c2p",
        share_att_key: true,
        norm_rel_ebd: "layer_norm",
        position_biased_input: false,
      },
      183_831_552,
    ],
    [
      "the shape of microsoft/deberta-v2-xlarge's first layer's convolution",
      { model_type: "deberta-v2", architectures: ["DebertaV2ForMaskedLM"], conv_kernel_size: 3 },
      887_082_084,
    ],
    [
      "answerdotai/ModernBERT-base",
      { model_type: "modernbert", architectures: ["ModernBertForMaskedLM"] },
      149_655_232,
    ],
    [
      "junnyu/roformer_chinese_base",
      { model_type: "roformer", architectures: ["RoFormerForMaskedLM"] },
      124_197_968,
    ],
    [
      "nomic-ai/nomic-embed-text-v1.5",
      { model_type: "nomic_bert", architectures: ["NomicBertModel"], n_embd: 768, n_inner: 3072 },
      136_731_648,
    ],
    [
      "the default shape of XLM",
      { model_type: "xlm", architectures: ["XLMWithLMHeadModel"] },
      667_119_041,
    ],
  ])("%s", async (_, config, count) => {
    expect((await plan(config)).parameters).toBe(count);
  });
});

describe("what is refused, by name", () => {
  test.each([
    [
      { model_type: "bert", position_embedding_type: "rotary" },
      /position_embedding_type="rotary". heed has absolute, relative_key, relative_key_query/,
    ],
    [{ model_type: "electra", architectures: ["ElectraForTagging"] }, /heed has ElectraModel, /],
    [{ model_type: "electra", add_cross_attention: true }, /Only decoders have it/],
    [{ model_type: "mpnet", relative_attention_num_buckets: 16 }, /MPNet groups distances in 32/],
    [{ model_type: "mpnet", max_position_embeddings: 2 }, /Positions count from 2/],
    [{ model_type: "roformer", hidden_size: 9, num_attention_heads: 3 }, /it must be even/],
    [{ model_type: "roformer", architectures: ["RoFormerForX"] }, /heed has RoFormerModel, /],
    [{ model_type: "nomic_bert", prenorm: true }, /prenorm=true. heed runs it with false/],
    [{ model_type: "nomic_bert", qkv_proj_bias: true }, /qkv_proj_bias=true/],
    [{ model_type: "nomic_bert", num_experts: 8 }, /num_experts=8/],
    [{ model_type: "nomic_bert", activation_function: "gelu" }, /heed has swiglu, geglu, glu/],
    [{ model_type: "deberta-v2", conv_kernel_size: 2 }, /It must be odd/],
    [
      { model_type: "deberta-v2", conv_kernel_size: 3, conv_groups: 7 },
      /It must divide hidden_size, 1536/,
    ],
    [{ model_type: "deberta-v2", attention_head_size: 32 }, /attention_head_size=32/],
    [
      { model_type: "deberta-v2", relative_attention: true, position_buckets: 1 },
      /Half of it, 0, must be at least 1 and not the largest distance less one, 511/,
    ],
    [
      {
        model_type: "deberta-v2",
        architectures: ["DebertaV2ForMaskedLM"],
        legacy: false,
        embedding_size: 8,
      },
      /embeddings as wide as the stream/,
    ],
    [
      {
        model_type: "deberta-v2",
        architectures: ["DebertaV2ForSequenceClassification"],
        pooler_hidden_size: 8,
      },
      /pooler_hidden_size=8. It must be hidden_size/,
    ],
    [{ model_type: "modernbert", classifier_pooling: "max" }, /classifier_pooling must be/],
    [{ model_type: "modernbert", layer_types: ["full_attention"] }, /names 1 layers/],
    [{ model_type: "xlm", is_encoder: false }, /transformers does not run XLM as a decoder/],
    [
      { model_type: "xlm", asm: true, architectures: ["XLMWithLMHeadModel"] },
      /asm=true. heed has no head with an adaptive softmax/,
    ],
    [{ model_type: "xlm", architectures: ["XLMForQuestionAnswering"], end_n_top: -1 }, /end_n_top/],
  ])("%j", async (config, message) => {
    await expect(plan(config)).rejects.toThrow(message);
  });
});

describe("the head that a file without architectures is seen to hold", () => {
  test.each([
    ["electra", ["discriminator_predictions.dense.weight"], "ForPreTraining"],
    ["electra", ["generator_lm_head.bias", "generator_predictions.dense.bias"], "ForMaskedLM"],
    ["deberta-v2", ["lm_predictions.lm_head.dense.weight"], "ForMaskedLM"],
    ["modernbert", ["head.dense.weight", "decoder.bias"], "ForMaskedLM"],
    ["xlm", ["pred_layer.proj.bias"], "LMHeadModel"],
    ["xlm", ["qa_outputs.weight"], "ForQuestionAnsweringSimple"],
    ["xlm", ["qa_outputs.start_logits.dense.weight"], "ForQuestionAnswering"],
    ["xlnet", ["qa_outputs.bias"], "ForQuestionAnsweringSimple"],
    ["xlnet", ["start_logits.dense.weight", "answer_class.dense_0.bias"], "ForQuestionAnswering"],
    ["xlm", ["sequence_summary.summary.weight"], "ForSequenceClassification"],
    ["mpnet", ["lm_head.dense.weight"], "ForMaskedLM"],
  ])("%s: %j", async (type, names, head) => {
    expect((await familyOf({ model_type: type }, "it")).type).toBe(type);
    expect(headInFile(names, { model_type: type })).toBe(head);
  });
});

test("DeBERTa's buckets: near distances are their own, far ones share, as PyTorch has them", () => {
  const of = (distance: number) => logBucketOf(distance, { buckets: 6, maxDistance: 14 });
  // make_log_bucket_position(torch.arange(15), 6, 14)
  const expected = [0, 1, 2, 3, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 6];
  expect(expected.map((_, distance) => of(distance))).toEqual(expected);
  expect(expected.map((_, distance) => 0 - of(-distance))).toEqual(expected);
  expect(logBucketOf(-40, { buckets: 0, maxDistance: 5 })).toBe(-40);
});
