import * as v from "valibot";
import {
  activationName,
  checkConfig,
  count,
  depth,
  expectHeadWidth,
  flag,
  headWidthOf,
  maybeId,
  maybeIds,
  normEpsilon,
  refuse,
  size,
} from "../config.ts";
import { type Family, headClass, type Network } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { alibi } from "../parts/alibi.ts";
import { takeCausalHead } from "../parts/causal-head.ts";
import { decoderNetwork, eachLayer } from "../parts/decoder.ts";
import type { DecoderLayer } from "../parts/decoder-block.ts";
import { takeGrouped } from "../parts/fused-maps.ts";
import { type NormKind, takeNorm } from "../parts/norm.ts";
import { rotaryAngles } from "../parts/rotary-angles.ts";

const orNull = (fallback: boolean) => v.nullish(v.boolean(), fallback);

const schema = v.object({
  vocab_size: count(65024),
  hidden_size: count(4544),
  num_hidden_layers: depth(32),
  num_attention_heads: count(71),
  num_kv_heads: v.nullish(size),
  ffn_hidden_size: v.nullish(size),
  activation: activationName("gelu"),
  layer_norm_epsilon: normEpsilon(1e-5),
  max_position_embeddings: count(2048),
  alibi: orNull(false),
  new_decoder_architecture: orNull(false),
  multi_query: orNull(true),
  parallel_attn: orNull(true),
  num_ln_in_parallel_attn: v.nullish(v.picklist([1, 2])),
  bias: orNull(false),
  tie_word_embeddings: flag(true),
  is_causal: flag(true),
  pad_token_id: maybeId,
  eos_token_id: maybeIds,
});
type Config = v.InferOutput<typeof schema>;

/** Falcon (Almazrouei et al. 2023): keys and values shared by all heads or by groups of them, attention and feed-forward side by side or in turn. */
export const falcon: Family = {
  type: "falcon",
  open(raw, file): Network {
    const config = checkConfig(
      schema,
      { ...raw, hidden_size: raw.n_embed ?? raw.hidden_size },
      "falcon",
    );
    const { hidden_size: C, num_hidden_layers: layers, num_attention_heads: heads } = config;
    const D = headWidthOf("falcon", C, heads);
    expectHeadWidth("falcon", raw, D);
    const keyHeads = keyHeadsOf(config);
    const positions = config.max_position_embeddings;
    if (!config.alibi && D % 2 !== 0)
      refuse("falcon", "hidden_size", C, `Heads are ${D} wide, and rotary positions turn pairs`);
    const kind: NormKind = { kind: "layer", epsilon: config.layer_norm_epsilon };
    const body = file.beside("transformer.", "");
    body.ignore(/(^|\.)rotary_emb\.inv_freq$|(^|\.)self_attention\.(maybe_)?rotary\.inv_freq$/);
    const words = body.table("word_embeddings.weight", [config.vocab_size, C], "embeddings.words", {
      tiedTo: config.tie_word_embeddings ? ["lm_head.weight"] : [],
    });
    const model = { family: "falcon", headWidth: D, positions };
    const head = takeCausalHead("Falcon", headClass(raw), {
      isTied: config.tie_word_embeddings,
      paddingId: config.pad_token_id ?? undefined,
      raw,
      words,
      file,
    });
    return decoderNetwork({
      family: "falcon",
      dimensions: {
        layers,
        heads,
        keyHeads,
        headWidth: D,
        width: C,
        feedForward: config.ffn_hidden_size ?? 4 * C,
        vocabulary: config.vocab_size,
        positions,
      },
      words,
      layers: Array.from({ length: layers }, (_, layer) =>
        takeLayer(config, [D, keyHeads], kind, body.within(`h.${layer}.`, `layers.${layer}.`)),
      ),
      shape: {
        heads,
        keyHeads,
        activation: config.activation,
        isParallel: config.new_decoder_architecture || config.parallel_attn,
      },
      ...(config.alibi
        ? { bias: (inputs, program) => alibi(inputs, heads, program, roundedSlope(D)) }
        : {
            angles: eachLayer(layers, rotaryAngles(raw, model)),
            turning: { pairs: "halves", width: D },
          }),
      norm: takeNorm(body, "ln_f", C, "norm", kind),
      head,
      scoreScale: 1 / Math.sqrt(D),
      positions: config.alibi ? "sloped" : "turned",
      // transformers' classes for labels and answers have no positions to give.
      takes: ["features", "language modeling"].includes(head.task) ? ["positions"] : [],
      isCausal: config.is_causal,
      isUnbounded: true,
      ids: config,
      usualEnd: 11,
    });
  },
};

/** How many heads of keys and values there are. Throws ConfigError for settings that contradict each other. */
function keyHeadsOf(config: Config): number {
  const { num_attention_heads: heads, new_decoder_architecture: isNew } = config;
  const keyHeads = config.num_kv_heads ?? heads;
  if (isNew && !config.parallel_attn)
    refuse(
      "falcon",
      "parallel_attn",
      false,
      "With new_decoder_architecture both parts stand side by side",
    );
  if (!isNew && config.parallel_attn && config.num_ln_in_parallel_attn === 2)
    refuse(
      "falcon",
      "num_ln_in_parallel_attn",
      2,
      "Two norms come with new_decoder_architecture only",
    );
  if (!isNew && config.multi_query) return 1;
  if (isNew ? heads % keyHeads !== 0 : heads !== keyHeads)
    refuse("falcon", "num_kv_heads", keyHeads, `The ${heads} query heads cannot share them evenly`);
  return keyHeads;
}

/** A head's slope times a place as Falcon has it: in bfloat16, and divided as the products are. */
function roundedSlope(D: number): (slope: number, place: number) => number {
  return (slope, place) => Math.fround(toBfloat16(toBfloat16(slope) * place) / Math.sqrt(D));
}

/** The nearest number of eight bits of fraction; of two as near the even one. */
function toBfloat16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = (bits[0]! + 0x7fff + ((bits[0]! >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(bits.buffer)[0]!;
}

function takeLayer(
  config: Config,
  [D, keyHeads]: readonly [number, number],
  kind: NormKind,
  from: Parameters,
): DecoderLayer {
  const {
    hidden_size: C,
    num_attention_heads: heads,
    bias,
    new_decoder_architecture: isNew,
  } = config;
  const F = config.ffn_hidden_size ?? 4 * C;
  const hasTwo = isNew && (config.num_ln_in_parallel_attn ?? 2) === 2;
  const second = hasTwo ? "ln_mlp" : config.parallel_attn ? undefined : "post_attention_layernorm";
  const sizes = { heads, keyHeads, headWidth: D, width: C, bias };
  return {
    attentionNorm: takeNorm(
      from,
      hasTwo ? "ln_attn" : "input_layernorm",
      C,
      "attention.norm",
      kind,
    ),
    attention: {
      ...takeGrouped(from, "self_attention.query_key_value", sizes),
      o: from.linear("self_attention.dense", [C, C], "o", { bias }),
    },
    mlpNorm: second === undefined ? undefined : takeNorm(from, second, C, "mlp.norm", kind),
    up: from.linear("mlp.dense_h_to_4h", [F, C], "mlp.up", { bias }),
    down: from.linear("mlp.dense_4h_to_h", [C, F], "mlp.down", { bias }),
  };
}
