/** Why a field changes no number of a pass, by what its name says: in every family. */
const everywhere: readonly (readonly [RegExp, string])[] = [
  [/dropout|_pdrop$|drop_path|layerdrop/, "of training: nothing is dropped when a model answers"],
  [/initializer_|^(embed_)?init_std$|^logit_scale_init_value$/, "how training began"],
  [/^gradient_checkpointing$/, "how training spares memory"],
  [/^(output_hidden_states|return_dict|use_cache)$/, "what a call hands back"],
  [/^(transformers_version|dtype)$/, "about the file; arithmetic is float32"],
  [/^chunk_size_feed_forward$/, "the same rows, some at a time"],
  [/^(id2label|label2id)$/, "names of labels; their number is heeded where a head has labels"],
  [/^problem_type$/, "read by src/tasks/scores.ts: what is made of logits"],
  [/^is_encoder_decoder$/, "what a class is for; those that can be both are asked"],
  [/^bos_token_id$/, "a tokenizer puts it there; where it begins a decoder's text it is heeded"],
  [/^eos_token_id$/, "read by src/tasks/writing/settings.ts: where a text ends"],
  [/^forced_eos_token_id$/, "read by src/tasks/writing/settings.ts: what a text ends with"],
  [/^out_(features|indices)$|^segmentation_indices$|^reshape_hidden_states$/, "of backbones"],
];

const begun = "how training began: the file has what came of it";
const choice = "of the choice among several texts, which open-network.ts says is not computed";
const inCheck = "lets a config pass whose width heads do not divide, which heed refuses";
const masked = "of training: parts of a sound are left out";
const ofTokenizer = "a tokenizer's";
const segments = "of segmentation, whose class is refused";

/** The same reason for several fields. */
function reasons(reason: string, ...fields: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.map((field) => [field, reason]));
}

/** The same of single families. */
const inFamilies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  beit: {
    ...reasons(segments, "pool_scales", "use_auxiliary_head", "add_fpn"),
    ...reasons(segments, "auxiliary_loss_weight", "auxiliary_channels", "auxiliary_num_convs"),
    ...reasons(segments, "auxiliary_concat_input", "semantic_loss_ignore_index"),
  },
  bert: { embedding_size: inCheck },
  camembert: { embedding_size: inCheck },
  clip_text_model: { vision_config_dict: "of the other tower" },
  clip_vision_model: { text_config_dict: "of the other tower" },
  dinov2: {
    layerscale_value: begun,
    apply_layernorm: "of backbones",
    use_mask_token: "whether a vector is stored that no run of heed reads",
  },
  dinov2_with_registers: { layerscale_value: begun, apply_layernorm: "of backbones" },
  "encoder-decoder": {
    architectures: "there is one class",
    ...reasons("asked of the config of the decoder", "add_cross_attention", "is_decoder"),
  },
  gemma3_text: { attn_logit_softcapping: "Gemma3Attention keeps it, and hands it to nothing" },
  gpt2: {
    ...reasons(choice, "summary_type", "summary_use_proj", "summary_activation"),
    ...reasons(choice, "summary_proj_to_labels"),
    add_cross_attention: "read by src/models/open-network.ts, which says what is left out",
  },
  gpt_neox: { is_decoder: "its layers are causal either way" },
  llama: { pretraining_tp: "of transformers 4: the same product in parts" },
  longformer: { onnx_export: "of exports" },
  modernbert: {
    ...reasons(ofTokenizer, "cls_token_id", "sep_token_id"),
    deterministic_flash_attn: "of a kernel of gradients",
    ...reasons("of training: labels are given", "sparse_prediction", "sparse_pred_ignore_index"),
  },
  mpnet: {
    embedding_size: inCheck,
    pad_token_id: "MPNetEmbeddings counts from 1, whatever stands here",
  },
  roberta: { embedding_size: inCheck },
  roformer: {
    ...reasons("of a class nobody exports", "summary_activation", "summary_proj_to_labels"),
  },
  swin: { num_hidden_layers: "as many as depths has, whatever stands here" },
  whisper: {
    scale_embedding: "both stacks make a factor of it, and multiply nothing by it",
    ...reasons("read by src/tasks/writing/settings.ts", "suppress_tokens", "begin_suppress_tokens"),
    median_filter_width: "read by src/tasks/transcribing/token-times.ts",
    ...reasons(masked, "apply_spec_augment", "mask_time_prob", "mask_time_length"),
    ...reasons(masked, "mask_time_min_masks", "mask_feature_prob", "mask_feature_length"),
    ...reasons(masked, "mask_feature_min_masks"),
  },
  "xlm-roberta": { embedding_size: inCheck },
  xlm: {
    sinusoidal_embeddings: begun,
    ...reasons(ofTokenizer, "unk_index", "mask_index", "bos_index", "eos_index"),
    ...reasons("of generate(), and heed does not write with XLM", "mask_token_id", "lang_id"),
  },
  xlnet: {
    ...reasons("what is kept for a next pass: heed's runs keep nothing", "mem_len", "reuse_len"),
    ...reasons("what is kept for a next pass: heed's runs keep nothing", "use_mems_eval"),
    use_mems_train: "of training",
  },
};

/** The fields of a type that change no number: the reason, if there is one, and those that are listed for it alone. */
export function idleFields(type: string) {
  const own = inFamilies[type] ?? {};
  return {
    own: Object.keys(own),
    reason: (field: string): string | undefined =>
      own[field] ?? everywhere.find(([pattern]) => pattern.test(field))?.[1],
  };
}
