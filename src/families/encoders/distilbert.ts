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
  refuse,
  withAliases,
} from "../config.ts";
import { type Family, headClass, labelCount, type Network, type Outputs } from "../family.ts";
import { expectIds, type Inputs, positionIds } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { type EncoderHead, firstToken, overTokens } from "../parts/encoder-head.ts";

const schema = v.object({
  vocab_size: count(30522),
  max_position_embeddings: count(512),
  n_layers: count(6),
  n_heads: count(12),
  dim: count(768),
  hidden_dim: count(4 * 768),
  activation: activationName("gelu"),
  // Only how training began: the table of positions is stored either way.
  sinusoidal_pos_embds: flag(false),
  pad_token_id: maybeIndex,
  tie_word_embeddings: flag(true),
});
type Config = v.InferOutput<typeof schema>;

const aliases = {
  hidden_size: "dim",
  num_attention_heads: "n_heads",
  num_hidden_layers: "n_layers",
};

/** Every norm of this family has this one, whatever the config says. */
const epsilon = 1e-12;

interface LayerWeights {
  readonly attention: AttentionWeights;
  readonly attentionNorm: NormWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
  readonly norm: NormWeights;
}

interface Weights {
  readonly words: LazyTensor; // (V, C)
  readonly positions: LazyTensor; // (P, C)
  readonly norm: NormWeights;
  readonly layers: readonly LayerWeights[];
  readonly head: EncoderHead;
}

/** DistilBERT (Sanh et al. 2019): BERT with half the layers, without token types and without a pooler. */
export const distilbert: Family = {
  type: "distilbert",
  open(raw, parameters): Network {
    const config = checkConfig(schema, withAliases(raw, aliases), "distilbert");
    const headWidth = headWidthOf("distilbert", config.dim, config.n_heads);
    const weights = takeWeights(config, raw, parameters);
    return {
      dimensions: {
        layers: config.n_layers,
        heads: config.n_heads,
        keyHeads: config.n_heads,
        headWidth,
        width: config.dim,
        feedForward: config.hidden_dim,
        vocabulary: config.vocab_size,
        positions: config.max_position_embeddings,
      },
      task: weights.head.task,
      isCausal: false,
      readsTypes: false,
      paddingId: config.pad_token_id ?? 0,
      absent: {
        normed: "the norm comes after: the projections see the stream itself",
        "scores.position": "distilbert adds positions to the embeddings, not to the scores",
        "scores.bias": "distilbert adds nothing to the scores",
        pooled: "distilbert has no pooler",
        logits: "this checkpoint has no head",
      },
      scoreScale: () => 1 / Math.sqrt(headWidth),
      forward: (inputs, probe) => forward(weights, config, inputs, probe),
    };
  },
};

function forward(weights: Weights, config: Config, inputs: Inputs, probe: Probe): Outputs {
  const mask = { keys: keyMask(inputs.mask, [inputs.batch, inputs.length], probe.program) }; // (B, S)
  let x = probe.site("embeddings", embeddings(weights, inputs, probe.program)); // (B, T, C)
  for (const [layer, w] of weights.layers.entries())
    x = probe.layer(layer, x, (x, probe) => block(x, w, config, mask, probe));
  const final = probe.site("final", x); // (B, T, C)
  const logits = weights.head.logits?.(final, undefined); // (B, T, V), (B, T, labels) or (B, labels)
  return { final, logits: logits && probe.site("logits", logits) };
}

/** Word and position embeddings, summed and normed: ids (B, T) → (B, T, C). */
function embeddings(w: Weights, inputs: Inputs, program: Program): LazyTensor {
  const { batch: B, length: T } = inputs;
  const words = embed(w.words, program.input(expectIds(inputs, "distilbert"), [B, T], "ids"));
  return layerNorm(add(words, embed(w.positions, positionIds(inputs, program))), w.norm, epsilon);
}

/** Attention, then feed-forward; each is added to the stream, which is then normed. */
function block(
  x: LazyTensor,
  w: LayerWeights,
  { n_heads: heads, dim, activation }: Config,
  mask: Mask,
  probe: Probe,
): LazyTensor {
  const q = projectQuery(x, w.attention, heads, probe); // (B, H, T, D)
  const { k, v } = projectKeyValue(x, w.attention, heads, probe); // (B, H, S, D)
  const mixed = attend(q, k, v, { scale: 1 / Math.sqrt(dim / heads), mask }, probe); // (B, H, T, D)
  const attended = projectOutput(mixed, w.attention, probe); // (B, T, C)
  const middle = probe.site("middle", layerNorm(add(attended, x), w.attentionNorm, epsilon));
  const wide = linear(middle, w.up, { activation }); // (B, T, F)
  const mlp = probe.site("mlp", linear(wide, w.down)); // (B, T, C)
  return layerNorm(add(mlp, middle), w.norm, epsilon);
}

function takeWeights(config: Config, raw: RawConfig, file: Parameters): Weights {
  const { dim: C, vocab_size: V, max_position_embeddings: P } = config;
  const body = file.beside("distilbert.", "");
  const at = body.within("embeddings.", "embeddings.");
  const words = at.table("word_embeddings.weight", [V, C], "words");
  return {
    words,
    positions: at.table("position_embeddings.weight", [P, C], "positions"),
    norm: at.norm("LayerNorm", C, "norm"),
    layers: Array.from({ length: config.n_layers }, (_, layer) =>
      takeLayer(config, body.within(`transformer.layer.${layer}.`, `layers.${layer}.`)),
    ),
    head: takeHead(config, raw, words, file),
  };
}

function takeLayer({ dim: C, hidden_dim: F }: Config, from: Parameters): LayerWeights {
  return {
    attention: {
      q: from.linear("attention.q_lin", [C, C], "q"),
      k: from.linear("attention.k_lin", [C, C], "k"),
      v: from.linear("attention.v_lin", [C, C], "v"),
      o: from.linear("attention.out_lin", [C, C], "o"),
    },
    attentionNorm: from.norm("sa_layer_norm", C, "attention.norm"),
    up: from.linear("ffn.lin1", [F, C], "mlp.up"),
    down: from.linear("ffn.lin2", [C, F], "mlp.down"),
    norm: from.norm("output_layer_norm", C, "mlp.norm"),
  };
}

/** The head of a class of transformers, by the name after "DistilBert". Throws ConfigError for one heed does not have. */
function takeHead(
  config: Config,
  raw: RawConfig,
  words: LazyTensor,
  file: Parameters,
): EncoderHead {
  const C = config.dim;
  switch (headClass(raw)) {
    case "Model":
      return { task: "features", readsPooled: false };
    case "ForMaskedLM":
      return maskedLanguageHead(config, words, file);
    case "ForSequenceClassification": {
      const dense = file.beside("").linear("pre_classifier", [C, C], "head.dense");
      const out = file.beside("").linear("classifier", [labelCount(raw), C], "head");
      return {
        task: "sequence classification",
        readsPooled: false,
        logits: (final) => linear(linear(firstToken(final), dense, { activation: "relu" }), out),
      };
    }
    case "ForTokenClassification":
      return overTokens(file, "classifier", labelCount(raw), C, "token classification");
    case "ForQuestionAnswering":
      return overTokens(file, "qa_outputs", 2, C, "question answering");
    default:
      return refuse(
        "distilbert",
        "architectures",
        raw.architectures,
        "heed has DistilBertModel, DistilBertForMaskedLM, DistilBertForSequenceClassification, DistilBertForTokenClassification and DistilBertForQuestionAnswering",
      );
  }
}

/** dense, activation, norm, then the word embeddings again: final (B, T, C) → (B, T, V). */
function maskedLanguageHead(config: Config, words: LazyTensor, file: Parameters): EncoderHead {
  const { dim: C, vocab_size: V, activation } = config;
  const head = file.beside("");
  const dense = head.linear("vocab_transform", [C, C], "head.dense");
  const norm = head.norm("vocab_layer_norm", C, "head.norm");
  const bias = head.plain("vocab_projector.bias", [V], "head.bias");
  const weight = config.tie_word_embeddings
    ? file.tied(words)
    : head.matrix("vocab_projector.weight", [V, C], "head.words");
  file.ignore(/^vocab_projector\.weight$/);
  return {
    task: "masked language modeling",
    readsPooled: false,
    logits: (final) =>
      linear(layerNorm(linear(final, dense, { activation }), norm, epsilon), { weight, bias }),
  };
}
