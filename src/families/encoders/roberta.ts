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
import { takeRobertaHead } from "./roberta-head.ts";

const schema = (vocabulary: number) =>
  v.object({
    vocab_size: count(vocabulary),
    hidden_size: count(768),
    num_hidden_layers: count(12),
    num_attention_heads: count(12),
    intermediate_size: count(3072),
    hidden_act: activationName("gelu"),
    max_position_embeddings: count(512),
    type_vocab_size: count(2),
    layer_norm_eps: real(1e-12),
    pad_token_id: v.pipe(
      v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0)), 1),
      v.transform((id) => id ?? 1),
    ),
    is_decoder: flag(false),
    add_cross_attention: flag(false),
    position_embedding_type: v.nullish(v.string(), "absolute"),
    tie_word_embeddings: flag(true),
  });
type Config = v.InferOutput<ReturnType<typeof schema>>;

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

/** RoBERTa (Liu et al. 2019): BERT's network, whose position ids begin after the padding id and skip padding. */
export const roberta: Family = robertaFamily("roberta", 50265);
/** CamemBERT (Martin et al. 2020): RoBERTa's network, trained on French. */
export const camembert: Family = robertaFamily("camembert", 30522);
/** XLM-RoBERTa (Conneau et al. 2020): RoBERTa's network, trained on a hundred languages. */
export const xlmRoberta: Family = robertaFamily("xlm-roberta", 30522);

function robertaFamily(type: string, vocabulary: number): Family {
  return {
    type,
    open(raw, parameters): Network {
      const config = checkConfig(schema(vocabulary), raw, type);
      refuseUnknown(config, type);
      const headWidth = headWidthOf(type, config.hidden_size, config.num_attention_heads);
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
          // The first ones belong to padding and to the ids before it.
          positions: config.max_position_embeddings - config.pad_token_id - 1,
        },
        task: weights.head.task,
        isCausal: config.is_decoder,
        readsTypes: false,
        paddingId: config.pad_token_id,
        absent: {
          normed: "the norm comes after: the projections see the stream itself",
          "scores.position": `${type} adds positions to the embeddings, not to the scores`,
          "scores.bias": `${type} adds nothing to the scores`,
          pooled: "this checkpoint has no pooler",
          logits: "this checkpoint has no head",
        },
        scoreScale: () => 1 / Math.sqrt(headWidth),
        forward: (inputs, probe) => forward(weights, config, inputs, probe),
      };
    },
  };
}

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
      ? probe.site("pooled", poolFirst(final, pooler)) // (B, C)
      : undefined;
  const logits = head.logits?.(final, pooled); // (B, T, V), (B, T, labels) or (B, labels)
  return { final, pooled, logits: logits && probe.site("logits", logits) };
}

/** Word, type and position embeddings, summed and normed: ids (B, T) → (B, T, C). */
function embeddings(w: Weights, config: Config, inputs: Inputs, program: Program): LazyTensor {
  const { batch: B, length: T } = inputs;
  const ids = expectIds(inputs, "roberta");
  const positions = inputs.positions ?? positionsOf(ids, [B, T], config.pad_token_id);
  const words = embed(w.words, program.input(ids, [B, T], "ids"));
  const kinds = embed(
    w.types,
    program.input(inputs.types ?? new Int32Array(B * T), [B, T], "types"),
  );
  const places = embed(w.positions, positionIds({ ...inputs, positions }, program));
  return layerNorm(add(add(words, kinds), places), w.norm, config.layer_norm_eps);
}

/** Real tokens count from padding + 1; padding, which the ids tell and not the mask, gets the padding id. */
function positionsOf(
  ids: Int32Array,
  [B, T]: readonly [number, number],
  padding: number,
): Int32Array {
  const positions = new Int32Array(B * T).fill(padding);
  for (let b = 0; b < B; b++) {
    let next = padding + 1;
    for (let place = b * T; place < (b + 1) * T; place++)
      if (ids[place] !== padding) positions[place] = next++;
  }
  return positions;
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
  const middle = probe.site("middle", layerNorm(add(attended, x), w.attentionNorm, epsilon));
  const wide = linear(middle, w.up, { activation: config.hidden_act }); // (B, T, F)
  const mlp = probe.site("mlp", linear(wide, w.down)); // (B, T, C)
  return layerNorm(add(mlp, middle), w.norm, epsilon);
}

function takeWeights(config: Config, raw: RawConfig, file: Parameters): Weights {
  const { hidden_size: C, vocab_size: V, max_position_embeddings: P } = config;
  const body = file.beside("roberta.", "");
  const at = body.within("embeddings.", "embeddings.");
  file.ignore(/(^|\.)embeddings\.(position_ids|token_type_ids)$/);
  const words = at.table("word_embeddings.weight", [V, C], "words");
  return {
    words,
    positions: at.table("position_embeddings.weight", [P, C], "positions"),
    types: at.table("token_type_embeddings.weight", [config.type_vocab_size, C], "types"),
    norm: at.norm("LayerNorm", C, "norm"),
    layers: Array.from({ length: config.num_hidden_layers }, (_, layer) =>
      takeLayer(config, body.within(`encoder.layer.${layer}.`, `layers.${layer}.`)),
    ),
    pooler: takesPooler(headClass(raw), body, "pooler.dense.weight")
      ? body.linear("pooler.dense", [C, C], "pooler")
      : undefined,
    head: takeRobertaHead(headClass(raw), { config, raw, words, file }),
  };
}

function takeLayer(
  { hidden_size: C, intermediate_size: F }: Config,
  from: Parameters,
): LayerWeights {
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

function refuseUnknown(config: Config, family: string): void {
  const { position_embedding_type: kind } = config;
  if (kind !== null && kind !== "absolute")
    refuse(family, "position_embedding_type", kind, "heed has absolute positions for this family");
  if (config.add_cross_attention)
    refuse(
      family,
      "add_cross_attention",
      true,
      `heed runs ${family} alone, not as the decoder of another model`,
    );
}
