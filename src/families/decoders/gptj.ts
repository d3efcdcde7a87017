import * as v from "valibot";
import {
  activationName,
  checkConfig,
  count,
  countOrNull,
  depth,
  flag,
  headWidthOf,
  maybeId,
  maybeIds,
  normEpsilon,
  refuse,
  size,
  withAliases,
} from "../config.ts";
import { type Family, headClass, type Network } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { takeCausalHead } from "../parts/causal-head.ts";
import { decoderNetwork, eachLayer } from "../parts/decoder.ts";
import type { DecoderLayer } from "../parts/decoder-block.ts";
import { type NormKind, takeNorm } from "../parts/norm.ts";
import { rotaryAngles } from "../parts/rotary-angles.ts";

const schema = v.object({
  vocab_size: count(50400),
  n_positions: count(2048),
  n_embd: count(4096),
  n_layer: depth(28),
  n_head: count(16),
  n_inner: v.nullish(size),
  rotary_dim: countOrNull(64),
  activation_function: activationName("gelu_new"),
  layer_norm_epsilon: normEpsilon(1e-5),
  tie_word_embeddings: flag(false),
  is_causal: flag(true),
  pad_token_id: maybeId,
  eos_token_id: maybeIds,
});
type Config = v.InferOutput<typeof schema>;

const aliases = {
  hidden_size: "n_embd",
  max_position_embeddings: "n_positions",
  num_attention_heads: "n_head",
  num_hidden_layers: "n_layer",
};

/** GPT-J (Wang & Komatsuzaki 2021): attention and feed-forward side by side of one norm; neighbouring numbers turn by position. */
export const gptj: Family = {
  type: "gptj",
  open(raw, file): Network {
    const config = checkConfig(schema, withAliases(raw, aliases), "gptj");
    const { n_embd: C, n_layer: layers, n_head: heads, n_positions: positions } = config;
    const D = headWidthOf("gptj", C, heads);
    const width = config.rotary_dim ?? C;
    if (width > D || width % 2 !== 0)
      refuse(
        "gptj",
        "rotary_dim",
        config.rotary_dim,
        `Pairs of a head's ${D} numbers turn: it must be even, and at most ${D}`,
      );
    const angles = rotaryAngles({}, { family: "gptj", headWidth: width, positions });
    const kind: NormKind = { kind: "layer", epsilon: config.layer_norm_epsilon };
    const body = file.beside("transformer.", "");
    body.ignore(/(^|\.)attn\.(bias|masked_bias|embed_positions)$/);
    const words = body.table("wte.weight", [config.vocab_size, C], "embeddings.words", {
      tiedTo: config.tie_word_embeddings ? ["lm_head.weight"] : [],
    });
    return decoderNetwork({
      family: "gptj",
      dimensions: {
        layers,
        heads,
        keyHeads: heads,
        headWidth: D,
        width: C,
        feedForward: config.n_inner ?? 4 * C,
        vocabulary: config.vocab_size,
        positions,
      },
      words,
      layers: Array.from({ length: layers }, (_, layer) =>
        takeLayer(config, kind, body.within(`h.${layer}.`, `layers.${layer}.`)),
      ),
      shape: {
        heads,
        keyHeads: heads,
        activation: config.activation_function,
        isParallel: true,
        pairs: "neighbours",
      },
      angles: eachLayer(layers, angles),
      norm: takeNorm(body, "ln_f", C, "norm", kind),
      head: takeCausalHead("GPTJ", headClass(raw), {
        isTied: config.tie_word_embeddings,
        paddingId: config.pad_token_id ?? undefined,
        raw,
        words,
        file,
        hasBias: true,
      }),
      scoreScale: 1 / Math.sqrt(D),
      positions: "turned",
      turning: { pairs: "neighbours", width },
      takes: ["positions"],
      isCausal: config.is_causal,
      isUnbounded: false,
      ids: config,
      usualEnd: 50256,
    });
  },
};

function takeLayer(config: Config, kind: NormKind, from: Parameters): DecoderLayer {
  const { n_embd: C } = config;
  const F = config.n_inner ?? 4 * C;
  const map = (stored: string, name: string) =>
    from.linear(`attn.${stored}`, [C, C], name, { bias: false });
  return {
    attentionNorm: takeNorm(from, "ln_1", C, "attention.norm", kind),
    attention: {
      q: map("q_proj", "q"),
      k: map("k_proj", "k"),
      v: map("v_proj", "v"),
      o: map("out_proj", "o"),
    },
    up: from.linear("mlp.fc_in", [F, C], "mlp.up"),
    down: from.linear("mlp.fc_out", [C, F], "mlp.down"),
  };
}
