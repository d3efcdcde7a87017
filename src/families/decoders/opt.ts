import * as v from "valibot";
import { add, embed, linear } from "../../tensor/operations.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  headWidthOf,
  idOr,
  maybeIds,
  size,
} from "../config.ts";
import { type Family, headClass, type Network } from "../family.ts";
import type { Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { takeCausalHead } from "../parts/causal-head.ts";
import { decoderNetwork } from "../parts/decoder.ts";
import type { DecoderLayer } from "../parts/decoder-block.ts";
import { type NormKind, takeNorm } from "../parts/norm.ts";

const schema = v.object({
  vocab_size: count(50272),
  hidden_size: count(768),
  num_hidden_layers: depth(12),
  ffn_dim: count(3072),
  max_position_embeddings: count(2048),
  do_layer_norm_before: flag(true),
  _remove_final_layer_norm: flag(false),
  word_embed_proj_dim: v.nullish(size),
  num_attention_heads: count(12),
  activation_function: activationName("relu"),
  enable_bias: flag(true),
  layer_norm_elementwise_affine: flag(true),
  tie_word_embeddings: flag(true),
  is_causal: flag(true),
  pad_token_id: idOr(1),
  eos_token_id: maybeIds,
});
type Config = v.InferOutput<typeof schema>;

/** Its norms; with layer_norm_elementwise_affine: false they learned nothing. */
function normKind({ layer_norm_elementwise_affine: isLearned }: Config): NormKind {
  return { kind: "layer", epsilon: 1e-5, isLearned };
}

/** Rows of the table of positions that no token has. */
const unusedRows = 2;

/** OPT (Zhang et al. 2022): learned positions among the real tokens; its words may be narrower than its stream, its norms last. */
export const opt: Family = {
  type: "opt",
  open(raw, file): Network {
    const config = checkConfig(schema, raw, "opt");
    const { hidden_size: C, num_attention_heads: heads, max_position_embeddings: P } = config;
    const D = headWidthOf("opt", C, heads);
    const E = config.word_embed_proj_dim ?? C;
    const body = file.beside("model.decoder.", "decoder.", "");
    const words = body.table("embed_tokens.weight", [config.vocab_size, E], "embeddings.words", {
      tiedTo: config.tie_word_embeddings ? ["lm_head.weight"] : [],
    });
    const places = body.table(
      "embed_positions.weight",
      [P + unusedRows, C],
      "embeddings.positions",
    );
    const bridge = (stored: string, shape: readonly [number, number], name: string) =>
      E === C ? undefined : body.linear(stored, shape, name, { bias: false });
    const widen = bridge("project_in", [C, E], "embeddings.project");
    const hasNorm = config.do_layer_norm_before && !config._remove_final_layer_norm;
    return decoderNetwork({
      family: "opt",
      dimensions: {
        layers: config.num_hidden_layers,
        heads,
        keyHeads: heads,
        headWidth: D,
        width: C,
        feedForward: config.ffn_dim,
        vocabulary: config.vocab_size,
        positions: P,
      },
      words,
      embed: (vectors, inputs, program) => {
        const ids = program.input(placesOf(inputs), [inputs.batch, inputs.length], "positions");
        return add(widen ? linear(vectors, widen) : vectors, embed(places, ids));
      },
      layers: Array.from({ length: config.num_hidden_layers }, (_, layer) =>
        takeLayer(config, body.within(`layers.${layer}.`, `layers.${layer}.`)),
      ),
      shape: { heads, keyHeads: heads, activation: config.activation_function },
      isPackable: false,
      norm: hasNorm ? takeNorm(body, "final_layer_norm", C, "norm", normKind(config)) : undefined,
      project: bridge("project_out", [E, C], "project"),
      head: takeCausalHead("OPT", headClass(raw), {
        isTied: config.tie_word_embeddings,
        paddingId: config.pad_token_id ?? undefined,
        raw,
        words,
        file,
      }),
      scoreScale: 1 / Math.sqrt(D),
      positions: "embedded",
      takes: ["positions"],
      isCausal: config.is_causal,
      isUnbounded: false,
      ids: config,
      usualEnd: 2,
    });
  },
};

/** Rows of the table of positions (B, T): counted over real tokens; padding has the one before the first. */
function placesOf({ batch: B, length: T, mask, positions, cache }: Inputs): Int32Array {
  if (positions) return positions.map((place) => place + unusedRows);
  const past = cache?.length ?? 0;
  const rows = new Int32Array(B * T);
  for (let b = 0; b < B; b++) {
    let place = -1;
    for (let s = 0; s < past + T; s++) {
      const isReal = mask?.[b * (past + T) + s] !== 0;
      if (isReal) place += 1;
      if (s >= past) rows[b * T + s - past] = (isReal ? place : -1) + unusedRows;
    }
  }
  return rows;
}

function takeLayer(config: Config, from: Parameters): DecoderLayer {
  const { hidden_size: C, ffn_dim: F, enable_bias: bias, do_layer_norm_before: isFirst } = config;
  const map = (stored: string, name: string) =>
    from.linear(`self_attn.${stored}`, [C, C], name, { bias });
  const kind = normKind(config);
  const attention = takeNorm(from, "self_attn_layer_norm", C, "attention.norm", kind);
  const mlp = takeNorm(from, "final_layer_norm", C, "mlp.norm", kind);
  return {
    ...(isFirst ? { attentionNorm: attention, mlpNorm: mlp } : { joinNorms: { attention, mlp } }),
    attention: {
      q: map("q_proj", "q"),
      k: map("k_proj", "k"),
      v: map("v_proj", "v"),
      o: map("out_proj", "o"),
    },
    up: from.linear("fc1", [F, C], "mlp.up", { bias }),
    down: from.linear("fc2", [C, F], "mlp.down", { bias }),
  };
}
