import * as v from "valibot";
import type { Activation } from "../../tensor/attributes.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  headWidthOf,
  maybeId,
  normEpsilon,
  type RawConfig,
  refuse,
  size,
  withAliases,
} from "../config.ts";
import { type Family, headClass } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { poolFirst, takeBertHead } from "../parts/encoder-head.ts";
import { takeLanguageHead } from "../parts/language-head.ts";
import type { PostNormWeights } from "../parts/post-norm.ts";
import { postNormEncoder } from "../parts/post-norm-encoder.ts";
import { rotaryAngles, turnedWidth } from "../parts/rotary-angles.ts";
import { embedTokens } from "../parts/token-embeddings.ts";

const schema = v.object({
  vocab_size: count(30528),
  hidden_size: count(768),
  num_hidden_layers: depth(12),
  num_attention_heads: count(12),
  intermediate_size: count(3072),
  head_dim: v.nullish(size),
  hidden_act: activationName("silu"),
  max_position_embeddings: count(2048),
  type_vocab_size: count(2),
  layer_norm_eps: normEpsilon(1e-12),
  pad_token_id: v.nullish(maybeId, 0),
  tie_word_embeddings: flag(true),
});
type Config = v.InferOutput<typeof schema>;

/** How the published files' own code calls what transformers calls otherwise. */
const aliases = {
  n_embd: "hidden_size",
  n_layer: "num_hidden_layers",
  n_head: "num_attention_heads",
  n_inner: "intermediate_size",
  n_positions: "max_position_embeddings",
  layer_norm_epsilon: "layer_norm_eps",
};

/** Settings of that code whose computation is another, with the one value that is run. */
const settled: Readonly<Record<string, readonly unknown[]>> = {
  prenorm: [false],
  parallel_block: [false],
  causal: [false],
  qkv_proj_bias: [false],
  mlp_fc1_bias: [false],
  mlp_fc2_bias: [false],
  rotary_emb_fraction: [1],
  rotary_emb_interleaved: [false],
  rotary_emb_scale_base: [null],
  use_rms_norm: [false, null],
  num_experts: [0, null],
};

/** The gated activations of that code. */
const gated: Readonly<Record<string, Activation>> = {
  swiglu: "silu",
  geglu: "gelu",
  glu: "sigmoid",
};

/** Nomic BERT (Nussbaum et al. 2024): norms behind each part, rotary positions, a gated feed-forward, no biases. */
export const nomicBert: Family = {
  type: "nomic_bert",
  open(raw, file) {
    const config = checkConfig(schema, fieldsOf(raw), "nomic_bert");
    const { hidden_size: C, num_hidden_layers: layers, num_attention_heads: heads } = config;
    const { max_position_embeddings: positions, layer_norm_eps: epsilon } = config;
    const headWidth = config.head_dim ?? headWidthOf("nomic_bert", C, heads);
    if (headWidth % 2 !== 0)
      refuse(
        "nomic_bert",
        "head_dim",
        headWidth,
        "Rotary positions turn pairs, so it must be even",
      );
    const body = file.beside("nomic_bert.", "bert.", "");
    body.ignore(/(^|\.)(embeddings\.position_ids|rotary_emb\.inv_freq)$/);
    const words = body.table(
      "embeddings.word_embeddings.weight",
      [config.vocab_size, C],
      "embeddings.words",
      {
        tiedTo: config.tie_word_embeddings ? ["cls.predictions.decoder.weight"] : [],
      },
    );
    const embeddings = {
      words,
      positions: undefined,
      types: body.table(
        "embeddings.token_type_embeddings.weight",
        [config.type_vocab_size, C],
        "embeddings.types",
      ),
      norm: body.norm("emb_ln", C, "embeddings.norm"),
    };
    const rope = ropeOf(raw);
    const model = { family: "nomic_bert", headWidth, positions: trainedOn(raw) ?? positions };
    const angles = rotaryAngles(rope, model);
    // The bare model is made without one.
    const hasPooler =
      headClass(raw) === "ForSequenceClassification" || body.holds("pooler.dense.weight");
    return postNormEncoder({
      family: "nomic_bert",
      dimensions: {
        layers,
        heads,
        keyHeads: heads,
        headWidth,
        width: C,
        feedForward: config.intermediate_size,
        vocabulary: config.vocab_size,
        positions,
      },
      layers: Array.from({ length: layers }, (_, layer) =>
        takeLayer(
          config,
          heads * headWidth,
          body.within(`encoder.layers.${layer}.`, `layers.${layer}.`),
        ),
      ),
      activation: config.hidden_act,
      epsilon,
      embed: (inputs, program) =>
        embedTokens(embeddings, inputs, { family: "nomic_bert", epsilon }, program),
      positions: (inputs, program) => {
        const turn = { ...angles(inputs, program), pairs: "halves" as const };
        return () => ({ turn });
      },
      turning: { pairs: "halves", width: turnedWidth(rope, model) },
      absent: {
        "scores.position":
          "nomic_bert turns queries and keys by their positions; the scores have no part for them",
      },
      pool: poolFirst(hasPooler ? body.linear("pooler.dense", [C, C], "pooler") : undefined),
      head: takeBertHead(headClass(raw), {
        prefix: "NomicBert",
        masked: ["ForMaskedLM", "ForPreTraining"],
        maskedLanguageHead: () =>
          takeLanguageHead({
            prefix: "cls.predictions.",
            dense: "transform.dense",
            norm: "transform.layer_norm",
            activation: config.hidden_act,
            epsilon,
            width: C,
            isTied: config.tie_word_embeddings,
            words,
            file,
          }),
        width: C,
        raw,
        file,
      }),
      takes: ["types", "positions"],
      readsTypes: true,
      paddingId: config.pad_token_id ?? 0,
      isUnbounded: true,
    });
  },
};

/** A layer, whose queries, keys and values lie one below the other. */
function takeLayer(
  { hidden_size: C, intermediate_size: F }: Config,
  A: number,
  from: Parameters,
): PostNormWeights {
  const part = (n: number, name: string) =>
    from.linear("attn.Wqkv", [A, C], name, { bias: false, rows: [n * A, (n + 1) * A] });
  const plain = (stored: string, shape: readonly [number, number], name: string) =>
    from.linear(stored, shape, name, { bias: false });
  return {
    attention: {
      q: part(0, "q"),
      k: part(1, "k"),
      v: part(2, "v"),
      o: plain("attn.out_proj", [C, A], "o"),
    },
    attentionNorm: from.norm("norm1", C, "attention.norm"),
    gate: plain("mlp.fc12", [F, C], "mlp.gate"),
    up: plain("mlp.fc11", [F, C], "mlp.up"),
    down: plain("mlp.fc2", [C, F], "mlp.down"),
    norm: from.norm("norm2", C, "mlp.norm"),
  };
}

/** The config under transformers' names. Throws ConfigError for settings of the published files' code that are computed otherwise. */
function fieldsOf(raw: RawConfig): RawConfig {
  for (const [field, values] of Object.entries(settled))
    if (raw[field] !== undefined && !values.includes(raw[field]))
      refuse("nomic_bert", field, raw[field], `heed runs it with ${JSON.stringify(values[0])}`);
  const fields = withAliases(raw, aliases);
  const { activation_function: name } = raw;
  if (name === undefined || raw.hidden_act !== undefined) return fields;
  const activation = Object.hasOwn(gated, String(name)) ? gated[String(name)] : undefined;
  if (!activation)
    refuse("nomic_bert", "activation_function", name, `heed has ${Object.keys(gated).join(", ")}`);
  return { ...fields, hidden_act: activation };
}

/** How positions turn: transformers' rope_parameters, or the fields of the published files. */
function ropeOf(raw: RawConfig): RawConfig {
  const factor = raw.rotary_scaling_factor;
  const own = factor ? { rope_type: "dynamic", factor } : {};
  const rope_theta = raw.rope_theta ?? raw.rotary_emb_base ?? 1000;
  return {
    rope_scaling: raw.rope_scaling,
    rope_parameters: { ...own, ...(raw.rope_parameters ?? {}) },
    rope_theta,
  };
}

/** The positions from which on a dynamic turning grows. */
function trainedOn({ max_trained_positions: most }: RawConfig): number | undefined {
  return typeof most === "number" ? most : undefined;
}
