import * as v from "valibot";
import { attend } from "../../attention/attend.ts";
import { keyMask } from "../../attention/masks.ts";
import {
  type AttentionWeights,
  projectKeyValue,
  projectOutput,
  projectQuery,
} from "../../attention/project.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  embed,
  type LinearWeights,
  layerNorm,
  linear,
  type Mask,
  type NormWeights,
} from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import {
  activationName,
  checkConfig,
  count,
  flag,
  headWidthOf,
  maybeIndex,
  type RawConfig,
  real,
  refuse,
} from "../config.ts";
import { type Family, headClass, labelCount, type Network, type Outputs } from "../family.ts";
import { expectIds, type Inputs, positionIds } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import {
  type EncoderHead,
  overPooled,
  overTokens,
  poolFirst,
  takesPooler,
} from "../parts/encoder-head.ts";

const schema = v.object({
  vocab_size: count(30000),
  embedding_size: count(128),
  hidden_size: count(4096),
  num_hidden_layers: count(12),
  num_hidden_groups: count(1),
  inner_group_num: count(1),
  num_attention_heads: count(64),
  intermediate_size: count(16384),
  hidden_act: activationName("gelu_new"),
  max_position_embeddings: count(512),
  type_vocab_size: count(2),
  layer_norm_eps: real(1e-12),
  pad_token_id: maybeIndex,
  position_embedding_type: v.nullish(v.string(), "absolute"),
  tie_word_embeddings: flag(true),
});
type Config = v.InferOutput<typeof schema>;

interface LayerWeights {
  readonly attention: AttentionWeights;
  readonly attentionNorm: NormWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
  readonly norm: NormWeights;
}

interface Weights {
  readonly words: LazyTensor; // (V, E)
  readonly positions: LazyTensor; // (P, E)
  readonly types: LazyTensor; // (types, E)
  readonly norm: NormWeights;
  readonly widen: LinearWeights; // (C, E)
  /** One entry a pass; layers of a group have the same tensors. */
  readonly layers: readonly LayerWeights[];
  readonly pooler: LinearWeights | undefined;
  readonly head: EncoderHead;
}

/** ALBERT (Lan et al. 2020): BERT whose layers share their weights, and whose embeddings are narrower than its stream. */
export const albert: Family = {
  type: "albert",
  open(raw, parameters): Network {
    const config = checkConfig(schema, raw, "albert");
    const { position_embedding_type: kind } = config;
    if (kind !== null && kind !== "absolute")
      refuse(
        "albert",
        "position_embedding_type",
        kind,
        "heed has absolute positions for this family",
      );
    const headWidth = headWidthOf("albert", config.hidden_size, config.num_attention_heads);
    const weights = takeWeights(config, raw, parameters);
    return {
      dimensions: {
        layers: weights.layers.length,
        heads: config.num_attention_heads,
        keyHeads: config.num_attention_heads,
        headWidth,
        width: config.hidden_size,
        feedForward: config.intermediate_size,
        vocabulary: config.vocab_size,
        positions: config.max_position_embeddings,
      },
      task: weights.head.task,
      isCausal: false,
      readsTypes: true,
      paddingId: config.pad_token_id ?? 0,
      absent: {
        normed: "the norm comes after: the projections see the stream itself",
        "scores.position": "albert adds positions to the embeddings, not to the scores",
        "scores.bias": "albert adds nothing to the scores",
        pooled: "this checkpoint has no pooler",
        logits: "this checkpoint has no head",
      },
      scoreScale: () => 1 / Math.sqrt(headWidth),
      forward: (inputs, probe) => forward(weights, config, inputs, probe),
    };
  },
};

function forward(weights: Weights, config: Config, inputs: Inputs, probe: Probe): Outputs {
  const mask = { keys: keyMask(inputs.mask, [inputs.batch, inputs.length], probe.program) }; // (B, S)
  const narrow = embeddings(weights, config, inputs, probe.program); // (B, T, E)
  let x = probe.site("embeddings", linear(narrow, weights.widen)); // (B, T, C)
  for (const [layer, w] of weights.layers.entries())
    x = probe.layer(layer, x, (x, probe) => block(x, w, config, mask, probe));
  const final = probe.site("final", x); // (B, T, C)
  const { head, pooler } = weights;
  const pooled =
    pooler && (head.readsPooled || probe.wants("pooled"))
      ? probe.site("pooled", poolFirst(final, pooler)) // (B, C)
      : undefined;
  const logits = head.logits?.(final, pooled); // (B, T, V), (B, T, labels) or (B, labels)
  return { final, pooled, logits: logits && probe.site("logits", logits) };
}

/** Word, type and position embeddings, summed and normed at their own width: ids (B, T) → (B, T, E). */
function embeddings(w: Weights, config: Config, inputs: Inputs, program: Program): LazyTensor {
  const { batch: B, length: T } = inputs;
  const types = inputs.types ?? new Int32Array(B * T);
  const words = embed(w.words, program.input(expectIds(inputs, "albert"), [B, T], "ids"));
  const kinds = embed(w.types, program.input(types, [B, T], "types"));
  const places = embed(w.positions, positionIds(inputs, program));
  return layerNorm(add(add(words, kinds), places), w.norm, config.layer_norm_eps);
}

/** Attention, then feed-forward; each is added to the stream, which is then normed. */
function block(
  x: LazyTensor,
  w: LayerWeights,
  config: Config,
  mask: Mask,
  probe: Probe,
): LazyTensor {
  const { num_attention_heads: heads, layer_norm_eps: epsilon } = config;
  const scale = 1 / Math.sqrt(config.hidden_size / heads);
  const q = projectQuery(x, w.attention, heads, probe); // (B, H, T, D)
  const { k, v } = projectKeyValue(x, w.attention, heads, probe); // (B, H, S, D)
  const mixed = attend(q, k, v, { scale, mask }, probe); // (B, H, T, D)
  const attended = projectOutput(mixed, w.attention, probe); // (B, T, C)
  const middle = probe.site("middle", layerNorm(add(x, attended), w.attentionNorm, epsilon));
  const wide = linear(middle, w.up, { activation: config.hidden_act }); // (B, T, F)
  const mlp = probe.site("mlp", linear(wide, w.down)); // (B, T, C)
  return layerNorm(add(mlp, middle), w.norm, epsilon);
}

function takeWeights(config: Config, raw: RawConfig, file: Parameters): Weights {
  const { hidden_size: C, embedding_size: E, vocab_size: V } = config;
  const body = file.beside("albert.", "");
  const at = body.within("embeddings.", "embeddings.");
  file.ignore(/(^|\.)embeddings\.(position_ids|token_type_ids)$/);
  const words = at.table("word_embeddings.weight", [V, E], "words");
  return {
    words,
    positions: at.table(
      "position_embeddings.weight",
      [config.max_position_embeddings, E],
      "positions",
    ),
    types: at.table("token_type_embeddings.weight", [config.type_vocab_size, E], "types"),
    norm: at.norm("LayerNorm", E, "norm"),
    widen: body.linear("encoder.embedding_hidden_mapping_in", [C, E], "embeddings.widen"),
    layers: takeLayers(config, body),
    pooler: takesPooler(headClass(raw), body, "pooler.weight", ["ForSequenceClassification"])
      ? body.linear("pooler", [C, C], "pooler")
      : undefined,
    head: takeHead(config, raw, words, file),
  };
}

/** num_hidden_layers passes, each through the inner layers of one group. */
function takeLayers(config: Config, body: Parameters): LayerWeights[] {
  const { num_hidden_layers: passes, num_hidden_groups: groups, inner_group_num: inner } = config;
  return Array.from({ length: passes * inner }, (_, layer) => {
    const group = Math.floor(Math.floor(layer / inner) / (passes / groups));
    const stored = `encoder.albert_layer_groups.${group}.albert_layers.${layer % inner}.`;
    return takeLayer(config, body.within(stored, `layers.${layer}.`));
  });
}

function takeLayer(
  { hidden_size: C, intermediate_size: F }: Config,
  from: Parameters,
): LayerWeights {
  return {
    attention: {
      q: from.linear("attention.query", [C, C], "q"),
      k: from.linear("attention.key", [C, C], "k"),
      v: from.linear("attention.value", [C, C], "v"),
      o: from.linear("attention.dense", [C, C], "o"),
    },
    attentionNorm: from.norm("attention.LayerNorm", C, "attention.norm"),
    up: from.linear("ffn", [F, C], "mlp.up"),
    down: from.linear("ffn_output", [C, F], "mlp.down"),
    norm: from.norm("full_layer_layer_norm", C, "mlp.norm"),
  };
}

/** The head of a class of transformers, by the name after "Albert". Throws ConfigError for one heed does not have. */
function takeHead(
  config: Config,
  raw: RawConfig,
  words: LazyTensor,
  file: Parameters,
): EncoderHead {
  const C = config.hidden_size;
  switch (headClass(raw)) {
    case "Model":
      return { task: "features", readsPooled: true };
    case "ForMaskedLM":
    case "ForPreTraining":
      return maskedLanguageHead(config, words, file);
    case "ForSequenceClassification":
      return overPooled(file, "classifier", labelCount(raw), C);
    case "ForTokenClassification":
      return overTokens(file, "classifier", labelCount(raw), C, "token classification");
    case "ForQuestionAnswering":
      return overTokens(file, "qa_outputs", 2, C, "question answering");
    default:
      return refuse(
        "albert",
        "architectures",
        raw.architectures,
        "heed has AlbertModel, AlbertForMaskedLM, AlbertForPreTraining, AlbertForSequenceClassification, AlbertForTokenClassification and AlbertForQuestionAnswering",
      );
  }
}

/** Back to the embeddings' width, activation, norm, then the word embeddings again: final (B, T, C) → (B, T, V). */
function maskedLanguageHead(config: Config, words: LazyTensor, file: Parameters): EncoderHead {
  const { hidden_size: C, embedding_size: E, vocab_size: V } = config;
  const isTied = config.tie_word_embeddings;
  const head = file.beside("predictions.");
  const dense = head.linear("dense", [E, C], "head.dense");
  const norm = head.norm("LayerNorm", E, "head.norm");
  const [first, second] = isTied ? ["bias", "decoder.bias"] : ["decoder.bias", "bias"];
  const bias = head.plain(head.has(first!) ? first! : second!, [V], "head.bias");
  const weight = isTied ? file.tied(words) : head.matrix("decoder.weight", [V, E], "head.words");
  file.ignore(/^predictions\.(bias|decoder\.(weight|bias))$/);
  return {
    task: "masked language modeling",
    readsPooled: false,
    logits(final) {
      const hidden = linear(final, dense, { activation: config.hidden_act }); // (B, T, E)
      return linear(layerNorm(hidden, norm, config.layer_norm_eps), { weight, bias });
    },
  };
}
