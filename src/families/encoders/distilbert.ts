import * as v from "valibot";
import { keyMask } from "../../attention/masks.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { layerNorm, linear } from "../../tensor/operations.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  headWidthOf,
  maybeId,
  type RawConfig,
  refuse,
  withAliases,
} from "../config.ts";
import { type Family, headClass, labelCount, type Network, type Outputs } from "../family.ts";
import type { Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import {
  type EncoderHead,
  encoderOutputs,
  encoderReadout,
  firstToken,
  overTokens,
} from "../parts/encoder-head.ts";
import {
  absentInPostNorm,
  type PostNormNames,
  type PostNormWeights,
  postNormBlock,
  takePostNormLayer,
} from "../parts/post-norm.ts";
import {
  embedTokens,
  type TokenEmbeddings,
  takeTokenEmbeddings,
} from "../parts/token-embeddings.ts";

const schema = v.object({
  vocab_size: count(30522),
  max_position_embeddings: count(512),
  n_layers: depth(6),
  n_heads: count(12),
  dim: count(768),
  hidden_dim: count(4 * 768),
  activation: activationName("gelu"),
  // Only how training began: the table of positions is stored either way.
  sinusoidal_pos_embds: flag(false),
  pad_token_id: maybeId,
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

interface Weights {
  readonly embeddings: TokenEmbeddings;
  readonly layers: readonly PostNormWeights[];
  readonly head: EncoderHead;
}

const layerNames: PostNormNames = {
  q: "attention.q_lin",
  k: "attention.k_lin",
  v: "attention.v_lin",
  o: "attention.out_lin",
  attentionNorm: "sa_layer_norm",
  up: "ffn.lin1",
  down: "ffn.lin2",
  norm: "output_layer_norm",
};

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
      takes: ["positions"],
      isCausal: false,
      readsTypes: false,
      paddingId: config.pad_token_id ?? 0,
      absent: { ...absentInPostNorm("distilbert"), pooled: "distilbert has no pooler" },
      scoreScale: () => 1 / Math.sqrt(headWidth),
      readout: encoderReadout(weights.head),
      forward: (inputs, probe) => forward(weights, config, inputs, probe),
    };
  },
};

function forward(weights: Weights, config: Config, inputs: Inputs, probe: Probe): Outputs {
  const { n_heads: heads, activation } = config;
  const mask = { keys: keyMask(inputs.mask, [inputs.batch, inputs.length], probe.program) }; // (B, S)
  const named = { family: "distilbert", epsilon };
  const tokens = embedTokens(weights.embeddings, inputs, named, probe.program);
  let x = probe.site("embeddings", tokens); // (B, T, C)
  for (const [layer, w] of weights.layers.entries())
    x = probe.layer(layer, x, (x, probe) =>
      postNormBlock(x, w, { heads, activation, epsilon, mask }, probe),
    );
  return encoderOutputs(probe.site("final", x), weights.head, undefined, probe);
}

function takeWeights(config: Config, raw: RawConfig, file: Parameters): Weights {
  const { dim: C, hidden_dim: F } = config;
  const body = file.beside("distilbert.", "");
  const embeddings = takeTokenEmbeddings(body, {
    vocabulary: config.vocab_size,
    positions: config.max_position_embeddings,
    types: 0,
    width: C,
    tiedTo: config.tie_word_embeddings ? "vocab_projector.weight" : undefined,
  });
  return {
    embeddings,
    layers: Array.from({ length: config.n_layers }, (_, layer) => {
      const from = body.within(`transformer.layer.${layer}.`, `layers.${layer}.`);
      return takePostNormLayer(from, [C, F], layerNames);
    }),
    head: takeHead(config, raw, embeddings.words, file),
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
    case "ForMultipleChoice":
    case "ForSequenceClassification": {
      const isChoice = headClass(raw) === "ForMultipleChoice";
      const labels = isChoice ? 1 : labelCount(raw);
      const dense = file.beside("").linear("pre_classifier", [C, C], "head.dense");
      const out = file.beside("").linear("classifier", [labels, C], "head");
      return {
        task: isChoice ? "multiple choice" : "sequence classification",
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
        "heed has DistilBertModel, DistilBertForMaskedLM, DistilBertForSequenceClassification, DistilBertForTokenClassification, DistilBertForMultipleChoice and DistilBertForQuestionAnswering",
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
    ? head.tied(words, "vocab_projector.weight")
    : head.matrix("vocab_projector.weight", [V, C], "head.words");
  file.ignore(/^vocab_projector\.weight$/);
  return {
    task: "masked language modeling",
    readsPooled: false,
    logits: (final) =>
      linear(layerNorm(linear(final, dense, { activation }), norm, epsilon), { weight, bias }),
  };
}
