import * as v from "valibot";
import { activationName, checkConfig, count, depth, flag, idOr, refuse } from "../config.ts";
import type { Family } from "../family.ts";
import { type GatedDifferences, gatedDecoder, gatedFields } from "../parts/gated-decoder.ts";

/** Fields that all Gemmas have. */
export const gemmaFields = {
  ...gatedFields,
  vocab_size: count(256000),
  hidden_size: count(3072),
  intermediate_size: count(24576),
  num_hidden_layers: depth(28),
  num_attention_heads: count(16),
  num_key_value_heads: count(16),
  head_dim: count(256),
  max_position_embeddings: count(8192),
  tie_word_embeddings: flag(true),
  pad_token_id: idOr(0),
  use_bidirectional_attention: v.nullish(v.boolean()),
};

/** Refuses Gemmas that shall see both ways, which transformers has only where nothing makes their mask (sdpa, but not eager). */
export function expectCausal(
  family: string,
  {
    use_bidirectional_attention: bothWays,
  }: { readonly use_bidirectional_attention?: boolean | null },
): void {
  if (bothWays)
    refuse(
      family,
      "use_bidirectional_attention",
      true,
      "transformers answers so by some kinds of attention, and by eager attention as if it were false; heed has tokens see earlier ones only. Say is_causal: false for both ways by all of them",
    );
}

/** What all Gemmas have of their own: gains stored as what they differ from 1, embeddings times the root of their width. */
export function gemmaDifferences(config: {
  readonly hidden_size: number;
  readonly attention_bias: boolean;
}): Pick<GatedDifferences, "usualEnd" | "biases" | "gainAdded" | "embeddingScale"> {
  const { hidden_size: width, attention_bias: bias } = config;
  return {
    usualEnd: 1,
    biases: { qkv: bias, o: bias, mlp: false },
    gainAdded: 1,
    embeddingScale: Math.fround(Math.sqrt(width)),
  };
}

const schema = v.object({ ...gemmaFields, hidden_act: activationName("gelu_new") });

/** Gemma (Mesnard et al. 2024): Llama's layers with a tanh GELU, wide heads, and embeddings times the root of their width. */
export const gemma: Family = {
  type: "gemma",
  open(raw, parameters) {
    // The first published files say "gelu" and mean the tanh form.
    const named = raw.hidden_act === "gelu" ? { ...raw, hidden_act: "gelu_new" } : raw;
    const config = checkConfig(schema, named, "gemma");
    expectCausal("gemma", config);
    return gatedDecoder(raw, parameters, config, {
      ...gemmaDifferences(config),
      type: "gemma",
      className: "Gemma",
      activation: config.hidden_act,
    });
  },
};
