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
  type RawConfig,
  real,
  refuse,
} from "../config.ts";
import { type Family, headClass, type Network, type Outputs } from "../family.ts";
import { expectIds, type Inputs, positionIds } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { type EncoderHead, poolFirst, takesPooler } from "../parts/encoder-head.ts";
import { takeHead } from "./bert-head.ts";

const schema = v.object({
  vocab_size: count(30522),
  hidden_size: count(768),
  num_hidden_layers: count(12),
  num_attention_heads: count(12),
  intermediate_size: count(3072),
  hidden_act: activationName("gelu"),
  max_position_embeddings: count(512),
  type_vocab_size: count(2),
  layer_norm_eps: real(1e-12),
  pad_token_id: v.nullish(v.number(), 0),
  is_decoder: flag(false),
  add_cross_attention: flag(false),
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
  readonly words: LazyTensor; // (V, C)
  readonly positions: LazyTensor; // (P, C)
  readonly types: LazyTensor; // (types, C)
  readonly norm: NormWeights;
  readonly layers: readonly LayerWeights[];
  readonly pooler: LinearWeights | undefined;
  readonly head: EncoderHead;
}

/** BERT (Devlin et al. 2019): an encoder whose norms come after each residual. TinyBERT has its shape. */
export const bert: Family = {
  type: "bert",
  open(raw, parameters): Network {
    const config = checkConfig(schema, raw, "bert");
    refuseUnknown(config);
    const headWidth = headWidthOf("bert", config.hidden_size, config.num_attention_heads);
    const weights = takeWeights(config, raw, parameters);
    return {
      dimensions: {
        layers: config.num_hidden_layers,
        heads: config.num_attention_heads,
        keyHeads: config.num_attention_heads,
        headWidth,
        width: config.hidden_size,
        feedForward: config.intermediate_size,
        vocabulary: config.vocab_size,
        positions: config.max_position_embeddings,
      },
      task: weights.head.task,
      isCausal: config.is_decoder,
      readsTypes: true,
      paddingId: config.pad_token_id ?? 0,
      absent: {
        normed: "the norm comes after: the projections see the stream itself",
        "scores.position": "bert adds positions to the embeddings, not to the scores",
        "scores.bias": "bert adds nothing to the scores",
        pooled: "this checkpoint has no pooler",
        logits: "this checkpoint has no head",
      },
      scoreScale: () => 1 / Math.sqrt(headWidth),
      forward: (inputs, probe) => forward(weights, config, inputs, probe),
    };
  },
};

function forward(weights: Weights, config: Config, inputs: Inputs, probe: Probe): Outputs {
  const mask = {
    keys: keyMask(inputs.mask, [inputs.batch, inputs.length], probe.program), // (B, S)
    causalOffset: config.is_decoder ? 0 : undefined,
  };
  let x = probe.site("embeddings", embeddings(weights, config, inputs, probe.program)); // (B, T, C)
  for (const [layer, w] of weights.layers.entries())
    x = probe.layer(layer, x, (x, probe) => block(x, w, config, mask, probe));
  const final = probe.site("final", x); // (B, T, C)
  const { head, pooler } = weights;
  const pooled =
    pooler && (head.readsPooled || probe.wants("pooled"))
      ? probe.site("pooled", poolFirst(final, pooler))
      : undefined;
  const logits = head.logits?.(final, pooled);
  return { final, pooled, logits: logits && probe.site("logits", logits) };
}

/** Word, type and position embeddings, summed and normed: ids (B, T) → (B, T, C). */
function embeddings(w: Weights, config: Config, inputs: Inputs, program: Program): LazyTensor {
  const { batch: B, length: T } = inputs;
  const types = inputs.types ?? new Int32Array(B * T);
  const words = embed(w.words, program.input(expectIds(inputs, "bert"), [B, T], "ids"));
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
  const heads = config.num_attention_heads;
  const scale = 1 / Math.sqrt(config.hidden_size / heads);
  const q = projectQuery(x, w.attention, heads, probe); // (B, H, T, D)
  const { k, v } = projectKeyValue(x, w.attention, heads, probe); // (B, H, S, D)
  const mixed = attend(q, k, v, { scale, mask }, probe); // (B, H, T, D)
  const attended = projectOutput(mixed, w.attention, probe); // (B, T, C)
  const middle = probe.site(
    "middle",
    layerNorm(add(attended, x), w.attentionNorm, config.layer_norm_eps),
  );
  const wide = linear(middle, w.up, { activation: config.hidden_act }); // (B, T, F)
  const mlp = probe.site("mlp", linear(wide, w.down)); // (B, T, C)
  return layerNorm(add(mlp, middle), w.norm, config.layer_norm_eps);
}

function takeWeights(config: Config, raw: RawConfig, file: Parameters): Weights {
  const C = config.hidden_size;
  const body = file.beside("bert.", "");
  body.ignore(/(^|\.)position_ids$/);
  const words = body.table(
    "embeddings.word_embeddings.weight",
    [config.vocab_size, C],
    "embeddings.words",
  );
  const at = body.within("embeddings.", "embeddings.");
  return {
    words,
    positions: at.table(
      "position_embeddings.weight",
      [config.max_position_embeddings, C],
      "positions",
    ),
    types: at.table("token_type_embeddings.weight", [config.type_vocab_size, C], "types"),
    norm: at.norm("LayerNorm", C, "norm"),
    layers: Array.from({ length: config.num_hidden_layers }, (_, layer) =>
      takeLayer(config, body.within(`encoder.layer.${layer}.`, `layers.${layer}.`)),
    ),
    pooler: takePooler(headClass(raw), C, body),
    head: takeHead(headClass(raw), { config, raw, words, file }),
  };
}

function takeLayer(config: Config, from: Parameters): LayerWeights {
  const C = config.hidden_size;
  const F = config.intermediate_size;
  return {
    attention: {
      q: from.linear("attention.self.query", [C, C], "q"),
      k: from.linear("attention.self.key", [C, C], "k"),
      v: from.linear("attention.self.value", [C, C], "v"),
      o: from.linear("attention.output.dense", [C, C], "o"),
    },
    attentionNorm: from.norm("attention.output.LayerNorm", C, "attention.norm"),
    up: from.linear("intermediate.dense", [F, C], "mlp.up"),
    down: from.linear("output.dense", [C, F], "mlp.down"),
    norm: from.norm("output.LayerNorm", C, "mlp.norm"),
  };
}

/** Bare models and those that classify a text have a pooler; some other files carry one all the same. */
function takePooler(head: string, width: number, body: Parameters): LinearWeights | undefined {
  return takesPooler(head, body, "pooler.dense.weight", [
    "ForSequenceClassification",
    "ForNextSentencePrediction",
  ])
    ? body.linear("pooler.dense", [width, width], "pooler")
    : undefined;
}

function refuseUnknown(config: Config): void {
  const { position_embedding_type: kind } = config;
  if (kind !== null && kind !== "absolute")
    refuse("bert", "position_embedding_type", kind, "heed has absolute positions for this family");
  if (config.add_cross_attention)
    refuse(
      "bert",
      "add_cross_attention",
      true,
      "heed runs bert alone, not as the decoder of another model",
    );
}
