import { ConfigError } from "../../errors/errors.ts";
import type { RawConfig } from "../../families/config.ts";

/** Fields of generation_config.json that would change what is written, and that heed lacks: values that change nothing, and what it is. */
const lacking: Readonly<
  Record<string, { readonly idle: readonly unknown[]; readonly what: string }>
> = {
  penalty_alpha: { idle: [0], what: "contrastive search" },
  dola_layers: { idle: [], what: "decoding by contrasting layers" },
  num_beam_groups: { idle: [1], what: "diverse beams" },
  constraints: { idle: [], what: "constrained beams" },
  force_words_ids: { idle: [], what: "constrained beams" },
  guidance_scale: { idle: [1], what: "classifier-free guidance" },
  watermarking_config: { idle: [], what: "watermarks" },
  token_healing: { idle: [false], what: "mending the prompt's last token" },
  max_time: { idle: [], what: "an end by the clock" },
  prompt_lookup_num_tokens: { idle: [0], what: "assisted generation" },
  assistant_early_exit: { idle: [], what: "assisted generation" },
  use_mtp: { idle: [false], what: "assisted generation" },
  cache_implementation: {
    idle: [
      ...["dynamic", "dynamic_full", "offloaded", "static", "offloaded_static", "sliding_window"],
      ...["hybrid", "hybrid_chunked", "offloaded_hybrid", "offloaded_hybrid_chunked", "paged"],
    ],
    what: "keys and values kept in fewer bits",
  },
  low_memory: { idle: [false], what: "beams one after the other" },
};

/** Fields that change nothing of what heed writes: how it is computed, what else comes out, who wrote the file. */
const inert =
  /^(_.*|transformers_version|use_cache|cache_config|max_cache_len|prefill_chunk_size|compile_config|disable_compile|continuous_batching_config|output_.*|return_dict.*|(pad|bos|eos|decoder_start)_token_id|is_assistant|num_assistant_.*|assistant_.*|target_lookbehind|max_matching_ngram_size|speculation_type|diversity_penalty|trust_remote_code)$/;

/** Fields that `settingsOf` takes: options of transformers. */
const known =
  /^(max_length|max_new_tokens|min_length|min_new_tokens|early_stopping|stop_strings|do_sample|num_beams|temperature|top_h|top_k|top_p|min_p|typical_p|epsilon_cutoff|eta_cutoff|(encoder_)?repetition_penalty|length_penalty|(encoder_)?no_repeat_ngram_size|bad_words_ids|renormalize_logits|forced_[be]os_token_id|remove_invalid_values|exponential_decay_length_penalty|(begin_)?suppress_tokens|sequence_bias|num_return_sequences)$/;

/** Fields that a task of speech goes by. */
const spoken =
  /^(alignment_heads|forced_decoder_ids|is_multilingual|lang_to_id|task_to_id|language|task|max_initial_timestamp_index|no_timestamps_token_id|prev_sot_token_id|return_timestamps|median_filter_width)$/;

/** Throws ConfigError for a field that asks for what heed lacks; a field nobody knows is said. */
export function expectKnownFields(
  fields: RawConfig,
  place: string,
  label: string,
  onWarning?: (message: string) => void,
): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    const missing = Object.hasOwn(lacking, name) ? lacking[name] : undefined;
    if (missing && !missing.idle.includes(value))
      throw new ConfigError(
        `${label}: ${place} asks for ${missing.what} (${name}: ${JSON.stringify(value)}), which heed does not do. Take the field out of the file to write without it`,
      );
    if (!missing && !inert.test(name) && !known.test(name) && !spoken.test(name))
      onWarning?.(`${label}: ${place} has ${name}, which changes nothing here`);
  }
}
