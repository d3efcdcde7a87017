import * as v from "valibot";
import { attend } from "../../attention/attend.ts";
import {
  type AttentionWeights,
  projectKeyValue,
  projectOutput,
  projectQuery,
} from "../../attention/project.ts";
import { scoresByDistance } from "../../attention/relative-shift.ts";
import { ConfigError } from "../../errors/errors.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  concat,
  embed,
  type LinearWeights,
  linear,
  type Mask,
  mergeHeads,
  multiply,
  type NormWeights,
  scaledDot,
  slice,
  splitHeads,
  scale as times,
} from "../../tensor/operations.ts";
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
  size,
  whole,
  withAliases,
} from "../config.ts";
import { type Family, headClass, type Network, type Outputs } from "../family.ts";
import { expectIds, type Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { encoderReadout } from "../parts/encoder-head.ts";
import { afterAttention } from "../parts/post-norm.ts";
import { takeXlnetHead, type XlnetHead } from "./xlnet-head.ts";
import { type Setting, settingOf } from "./xlnet-setting.ts";

const schema = v.object({
  vocab_size: count(32000),
  d_model: count(1024),
  n_layer: depth(24),
  n_head: count(16),
  d_inner: count(4096),
  d_head: v.nullish(size),
  ff_activation: activationName("gelu"),
  attn_type: v.optional(v.picklist(["bi", "uni"], 'attn_type must be "bi" or "uni"'), "bi"),
  layer_norm_eps: normEpsilon(1e-12),
  bi_data: flag(false),
  clamp_len: v.optional(whole, -1),
  same_length: flag(false),
  pad_token_id: v.nullish(maybeId, 5),
  tie_word_embeddings: flag(true),
});
type Config = v.InferOutput<typeof schema>;

const aliases = {
  n_token: "vocab_size",
  hidden_size: "d_model",
  num_attention_heads: "n_head",
  num_hidden_layers: "n_layer",
};

interface LayerWeights {
  readonly attention: AttentionWeights;
  /** W^R (H·D, C): what a distance asks for. */
  readonly distances: LazyTensor;
  /** What is added to every query before it meets keys, distances and segments, each (H, D). */
  readonly bias: {
    readonly content: LazyTensor;
    readonly position: LazyTensor;
    readonly segment: LazyTensor;
  };
  /** (2·H, D): head by head for keys of the query's own segment, then for the others. */
  readonly segments: LazyTensor;
  readonly attentionNorm: NormWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
  readonly norm: NormWeights;
}

interface Weights {
  readonly words: LazyTensor; // (V, C)
  /** (1, C): what a target knows of itself. */
  readonly mask: LazyTensor;
  readonly layers: readonly LayerWeights[];
  readonly head: XlnetHead;
}

/** XLNet (Yang et al. 2019): scores from content, from the distance of tokens, and from whether they share a segment. */
export const xlnet: Family = {
  type: "xlnet",
  open(raw, parameters): Network {
    const config = checkConfig(schema, withAliases(raw, aliases), "xlnet");
    const headWidth = headWidthOf("xlnet", config.d_model, config.n_head);
    if (config.d_head && config.d_head !== headWidth)
      throw new ConfigError(
        `xlnet: config.json says d_head=${config.d_head}, but d_model / n_head = ${config.d_model} / ${config.n_head} = ${headWidth}; they must be equal`,
      );
    const weights = takeWeights(config, raw, parameters);
    return {
      dimensions: {
        layers: config.n_layer,
        heads: config.n_head,
        keyHeads: config.n_head,
        headWidth,
        width: config.d_model,
        feedForward: config.d_inner,
        vocabulary: config.vocab_size,
        positions: undefined,
      },
      task: weights.head.task,
      takes: ["types", "permMask", "targetMapping"],
      isCausal: config.attn_type === "uni",
      readsTypes: true,
      paddingId: config.pad_token_id ?? 5,
      readsPadding: true,
      absent: {
        normed: "the norm comes after: the projections see the stream itself",
        pooled: "only xlnet's classifier of texts makes one vector of a text",
        logits: "this checkpoint has no head",
      },
      readout: encoderReadout(weights.head),
      forward: (inputs, probe) => forward(weights, config, inputs, probe),
    };
  },
};

function forward(weights: Weights, config: Config, inputs: Inputs, probe: Probe): Outputs {
  const { program } = probe;
  const { batch: B, length: T } = inputs;
  const ids = expectIds(inputs, "xlnet");
  const setting = settingOf(config, inputs, program);
  const { targets } = setting;
  let asking = targets && embed(weights.mask, targets.start); // (B, M, C)
  let x = probe.site("embeddings", embed(weights.words, program.input(ids, [B, T], "ids"))); // (B, T, C)
  for (const [layer, w] of weights.layers.entries())
    x = probe.layer(layer, x, (x, probe) => {
      const streams = block({ x, asking }, w, config, setting, probe);
      asking = streams.asking && program.keep(streams.asking);
      return streams.x;
    });
  const final = probe.site("final", asking ?? x); // (B, T, C) or (B, M, C)
  const { head } = weights;
  const pooled = head.pool && probe.site("pooled", head.pool(final)); // (B, C)
  const logits = head.logits?.(final, pooled); // (B, T or M, V), (B, T or M, labels) or (B, labels)
  return {
    final,
    pooled,
    logits: logits && probe.site("logits", logits),
    ...head.beams?.(final, probe),
  };
}

/** What is known of the text, and, with targetMapping, of M tokens whose own content is not seen. */
interface Streams {
  readonly x: LazyTensor; // (B, T, C)
  readonly asking: LazyTensor | undefined; // (B, M, C)
}

/** Both streams look at the text's keys and values; the second one's queries stand where their targets do. */
function block(
  { x, asking }: Streams,
  w: LayerWeights,
  config: Config,
  setting: Setting,
  probe: Probe,
): Streams {
  const { heads, mask, targets } = setting;
  const options = { activation: config.ff_activation, epsilon: config.layer_norm_eps };
  const q = projectQuery(x, w.attention, heads, probe); // (B, H, T, D)
  const keys = projectKeyValue(x, w.attention, heads, probe); // k, v (B, H, S, D)
  const mixed = look(q, keys, w, setting, mask, probe); // (B, H, T, D)
  const next = afterAttention(x, projectOutput(mixed, w.attention, probe), w, options, probe);
  if (!asking || !targets) return { x: next, asking: undefined };
  const within = probe.within("targets.");
  const own = projectQuery(targets.spread(asking), w.attention, heads, within); // (B, H, T, D)
  const found = look(own, keys, w, setting, targets.mask, within); // (B, H, T, D)
  const ofTargets = splitHeads(targets.gather(mergeHeads(found)), heads); // (B, H, M, D)
  const attended = projectOutput(ofTargets, w.attention, within); // (B, M, C)
  const nextAsking = afterAttention(asking, attended, w, options, within);
  return { x: next, asking: within.site("residual", nextAsking) };
}

/** Attention by content, distance and segment: q (B, H, T, D) → (B, H, T, D). */
function look(
  q: LazyTensor,
  { k, v }: { readonly k: LazyTensor; readonly v: LazyTensor },
  w: LayerWeights,
  setting: Setting,
  mask: Mask,
  probe: Probe,
): LazyTensor {
  const scale = 1 / Math.sqrt(q.shape[3]!);
  const position = positionScores(biased(q, w.bias.position, setting), w, setting, scale, probe);
  const segment = segmentScores(biased(q, w.bias.segment, setting), w, setting, scale, probe);
  const bias = segment ? add(position, segment) : position; // (B, H, T, S)
  return attend(biased(q, w.bias.content, setting), k, v, { scale, bias, mask }, probe);
}

/** A head's own vector added to each of its queries: q (B, H, T, D), vectors (H, D). */
function biased(q: LazyTensor, vectors: LazyTensor, { everyHead }: Setting): LazyTensor {
  return add(q, embed(vectors, everyHead));
}

/** How much a query asks for a key's distance: (B, H, T, D) → (B, H, T, S). */
function positionScores(
  asking: LazyTensor,
  { distances }: LayerWeights,
  { heads, encodings }: Setting,
  scale: number,
  probe: Probe,
): LazyTensor {
  const r = linear(encodings, { weight: distances }, { heads }); // (1 or B, H, 2T−1, D)
  return probe.site("scores.position", scoresByDistance(asking, r, scale, probe.program));
}

/** How much a query asks for keys of its own segment, or of another: (B, H, T, D) → (B, H, T, S). */
function segmentScores(
  asking: LazyTensor,
  w: LayerWeights,
  { segments }: Setting,
  scale: number,
  probe: Probe,
): LazyTensor | undefined {
  const [B, H, T] = asking.shape as readonly [number, number, number];
  if (!segments) {
    if (!probe.wants("scores.bias")) return undefined;
    const none = new Float32Array(B * H * T * T);
    return probe.site("scores.bias", probe.program.input(none, [B, H, T, T], "no segments"));
  }
  const both = scaledDot(asking, embed(w.segments, segments.rows), scale); // (B, H, T, 2)
  const own = slice(both, 3, 0, 1); // (B, H, T, 1)
  const other = slice(both, 3, 1, 2); // (B, H, T, 1)
  // other + (own − other) where the kinds are equal: a product of two narrow matrices.
  const more = multiply(add(own, times(other, -1)), segments.kinds); // (B, H, T, kinds)
  return probe.site("scores.bias", scaledDot(concat([other, more], 3), segments.keys, 1));
}

function takeWeights(config: Config, raw: RawConfig, file: Parameters): Weights {
  const { d_model: C, vocab_size: V } = config;
  const body = file.beside("transformer.", "");
  const words = body.table("word_embedding.weight", [V, C], "embeddings.words", {
    tiedTo: config.tie_word_embeddings ? ["lm_loss.weight"] : [],
  });
  return {
    words,
    mask: body.table("mask_emb", [1, C], "embeddings.mask", { storedShape: [1, 1, C] }),
    layers: Array.from({ length: config.n_layer }, (_, layer) =>
      takeLayer(config, body.within(`layer.${layer}.`, `layers.${layer}.`)),
    ),
    head: takeXlnetHead(headClass(raw), {
      isTied: config.tie_word_embeddings,
      epsilon: config.layer_norm_eps,
      raw,
      words,
      file,
    }),
  };
}

function takeLayer({ d_model: C, d_inner: F, n_head: H }: Config, from: Parameters): LayerWeights {
  const D = C / H;
  const storedShape = [C, H, D];
  const map = (name: string): LinearWeights => ({
    weight: from.matrix(`rel_attn.${name}`, [H * D, C], `${name}.weight`, {
      stored: "in-out",
      storedShape,
    }),
  });
  const ofHeads = (stored: string, name: string) => from.plain(`rel_attn.${stored}`, [H, D], name);
  return {
    attention: {
      q: map("q"),
      k: map("k"),
      v: map("v"),
      o: { weight: from.matrix("rel_attn.o", [C, H * D], "o.weight", { storedShape }) },
    },
    distances: map("r").weight,
    bias: {
      content: ofHeads("r_w_bias", "bias.content"),
      position: ofHeads("r_r_bias", "bias.position"),
      segment: ofHeads("r_s_bias", "bias.segment"),
    },
    segments: from.table("rel_attn.seg_embed", [2 * H, D], "segments", { storedShape: [2, H, D] }),
    attentionNorm: from.norm("rel_attn.layer_norm", C, "attention.norm"),
    up: from.linear("ff.layer_1", [F, C], "mlp.up"),
    down: from.linear("ff.layer_2", [C, F], "mlp.down"),
    norm: from.norm("ff.layer_norm", C, "mlp.norm"),
  };
}
