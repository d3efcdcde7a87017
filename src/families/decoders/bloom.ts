import * as v from "valibot";
import {
  checkConfig,
  count,
  depth,
  flag,
  headWidthOf,
  maybeId,
  maybeIds,
  normEpsilon,
  withAliases,
} from "../config.ts";
import { type Family, headClass, type Network } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { alibi } from "../parts/alibi.ts";
import { takeCausalHead } from "../parts/causal-head.ts";
import { decoderNetwork } from "../parts/decoder.ts";
import type { DecoderLayer } from "../parts/decoder-block.ts";
import { takeGrouped } from "../parts/fused-maps.ts";
import { type NormKind, norm, takeNorm } from "../parts/norm.ts";

const schema = v.object({
  vocab_size: count(250880),
  hidden_size: count(64),
  n_layer: depth(2),
  n_head: count(8),
  layer_norm_epsilon: normEpsilon(1e-5),
  apply_residual_connection_post_layernorm: flag(false),
  // With more than one part, transformers adds up the products of the parts, and leaves the biases out.
  slow_but_exact: flag(false),
  pretraining_tp: count(1),
  tie_word_embeddings: flag(true),
  is_causal: flag(true),
  pad_token_id: maybeId,
  eos_token_id: maybeIds,
});
type Config = v.InferOutput<typeof schema>;

const aliases = { num_hidden_layers: "n_layer", num_attention_heads: "n_head" };

/** BLOOM (Scao et al. 2022): no positions but a slope of each head over the keys' places (ALiBi); normed embeddings. */
export const bloom: Family = {
  type: "bloom",
  open(raw, file): Network {
    const fields = withAliases(raw, aliases);
    const config = checkConfig(
      schema,
      { ...fields, hidden_size: fields.n_embed ?? fields.hidden_size },
      "bloom",
    );
    const { hidden_size: C, n_layer: layers, n_head: heads } = config;
    const D = headWidthOf("bloom", C, heads);
    const kind: NormKind = { kind: "layer", epsilon: config.layer_norm_epsilon };
    const body = file.beside("transformer.", "");
    const words = body.table("word_embeddings.weight", [config.vocab_size, C], "embeddings.words", {
      tiedTo: config.tie_word_embeddings ? ["lm_head.weight"] : [],
    });
    const first = takeNorm(body, "word_embeddings_layernorm", C, "embeddings.norm", kind);
    return decoderNetwork({
      family: "bloom",
      dimensions: {
        layers,
        heads,
        keyHeads: heads,
        headWidth: D,
        width: C,
        feedForward: 4 * C,
        vocabulary: config.vocab_size,
        positions: undefined,
      },
      words,
      embed: (vectors) => norm(vectors, first),
      layers: Array.from({ length: layers }, (_, layer) =>
        takeLayer(config, D, kind, body.within(`h.${layer}.`, `layers.${layer}.`)),
      ),
      shape: {
        heads,
        keyHeads: heads,
        activation: "gelu_new",
        joinsNormed: config.apply_residual_connection_post_layernorm,
      },
      isPackable: false,
      bias: (inputs, program) => alibi(inputs, heads, program),
      norm: takeNorm(body, "ln_f", C, "norm", kind),
      head: takeCausalHead("Bloom", headClass(raw), {
        isTied: config.tie_word_embeddings,
        paddingId: config.pad_token_id ?? undefined,
        raw,
        words,
        file,
      }),
      scoreScale: 1 / Math.sqrt(D),
      positions: "sloped",
      takes: [],
      isCausal: config.is_causal,
      isUnbounded: true,
      ids: config,
      usualEnd: 2,
    });
  },
};

function takeLayer(
  { hidden_size: C, n_head: heads, slow_but_exact, pretraining_tp }: Config,
  D: number,
  kind: NormKind,
  from: Parameters,
): DecoderLayer {
  const sizes = { heads, keyHeads: heads, headWidth: D, width: C, bias: true };
  const bias = !(slow_but_exact && pretraining_tp > 1);
  if (!bias) from.ignore(/(^|\.)(self_attention\.dense|mlp\.dense_4h_to_h)\.bias$/);
  return {
    attentionNorm: takeNorm(from, "input_layernorm", C, "attention.norm", kind),
    attention: {
      ...takeGrouped(from, "self_attention.query_key_value", sizes),
      o: from.linear("self_attention.dense", [C, C], "o", { bias }),
    },
    mlpNorm: takeNorm(from, "post_attention_layernorm", C, "mlp.norm", kind),
    up: from.linear("mlp.dense_h_to_4h", [4 * C, C], "mlp.up"),
    down: from.linear("mlp.dense_4h_to_h", [C, 4 * C], "mlp.down", { bias }),
  };
}
