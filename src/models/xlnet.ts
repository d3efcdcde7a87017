import * as v from "valibot";
import { attend } from "../attention/attend.ts";
import type { Probe } from "../attention/probe.ts";
import {
  type AttentionWeights,
  projectKeyValue,
  projectOutput,
  projectQuery,
} from "../attention/project.ts";
import { relativeShift } from "../attention/relative-shift.ts";
import { ConfigError, InputError } from "../errors.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import {
  add,
  concat,
  embed,
  type LinearWeights,
  layerNorm,
  linear,
  type Mask,
  multiply,
  type NormWeights,
  scaledDot,
  slice,
  scale as times,
} from "../tensor/operations.ts";
import type { Program } from "../tensor/program.ts";
import {
  activationName,
  checkConfig,
  count,
  flag,
  headWidthOf,
  maybeIndex,
  type RawConfig,
  real,
  withAliases,
} from "./config.ts";
import { type Family, headClass, type Network, type Outputs } from "./family.ts";
import { expectIds, type Inputs } from "./inputs.ts";
import type { Parameters } from "./parameters.ts";
import { takeXlnetHead, type XlnetHead } from "./xlnet-head.ts";

const schema = v.object({
  vocab_size: count(32000),
  d_model: count(1024),
  n_layer: count(24),
  n_head: count(16),
  d_inner: count(4096),
  d_head: v.nullish(v.number()),
  ff_activation: activationName("gelu"),
  attn_type: v.optional(v.picklist(["bi", "uni"], 'attn_type must be "bi" or "uni"'), "bi"),
  layer_norm_eps: real(1e-12),
  bi_data: flag(false),
  clamp_len: v.optional(v.pipe(v.number(), v.integer()), -1),
  same_length: flag(false),
  pad_token_id: v.nullish(maybeIndex, 5),
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
  readonly layers: readonly LayerWeights[];
  readonly head: XlnetHead;
}

/** What all layers share in a run. */
interface Setting {
  readonly heads: number;
  readonly mask: Mask;
  /** (1 or B, 2T−1, C): sines and cosines of the distances T−1 … −(T−1). */
  readonly encodings: LazyTensor;
  /** (H, 1): picks every head's row of a table (H, D). */
  readonly everyHead: LazyTensor;
  readonly segments: Segments | undefined;
}

/** Which tokens belong together. */
interface Segments {
  /** (B, H, 2): rows of a layer's segment table. */
  readonly rows: LazyTensor;
  /** (B, 1, T, kinds): 1 at a token's own kind. */
  readonly kinds: LazyTensor;
  /** (B, 1, S, 1 + kinds): 1, and 1 at a token's own kind. */
  readonly keys: LazyTensor;
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
      isCausal: config.attn_type === "uni",
      readsTypes: true,
      paddingId: config.pad_token_id ?? 5,
      absent: {
        pooled: "only xlnet's classifier of texts makes one vector of a text",
        logits: "this checkpoint has no head",
      },
      forward: (inputs, probe) => forward(weights, config, inputs, probe),
    };
  },
};

function forward(weights: Weights, config: Config, inputs: Inputs, probe: Probe): Outputs {
  const { program } = probe;
  const { batch: B, length: T } = inputs;
  const ids = expectIds(inputs, "xlnet");
  refuseInputs(inputs);
  const heads = config.n_head;
  const setting: Setting = {
    heads,
    mask: visible(config, inputs, program),
    encodings: encodings(config, [B, T], program),
    everyHead: program.input(
      Int32Array.from({ length: heads }, (_, h) => h),
      [heads, 1],
      "heads",
    ),
    segments: inputs.types && segmentsOf(inputs.types, [B, T, heads], program),
  };
  let x = probe.site("embeddings", embed(weights.words, program.input(ids, [B, T], "ids"))); // (B, T, C)
  for (const [layer, w] of weights.layers.entries())
    x = probe.layer(layer, x, (x, probe) => block(x, w, config, setting, probe));
  const final = probe.site("final", x); // (B, T, C)
  const { head } = weights;
  const pooled = head.pool && probe.site("pooled", head.pool(final)); // (B, C)
  const logits = head.logits?.(final, pooled); // (B, T, V), (B, T, labels) or (B, labels)
  return { final, pooled, logits: logits && probe.site("logits", logits) };
}

/** Attention, then feed-forward; each is added to the stream, which is then normed. */
function block(
  x: LazyTensor,
  w: LayerWeights,
  config: Config,
  setting: Setting,
  probe: Probe,
): LazyTensor {
  const { heads, mask } = setting;
  const scale = 1 / Math.sqrt(config.d_model / heads);
  const q = projectQuery(x, w.attention, heads, probe); // (B, H, T, D)
  const { k, v } = projectKeyValue(x, w.attention, heads, probe); // (B, H, S, D)
  const position = positionScores(biased(q, w.bias.position, setting), w, setting, scale, probe);
  const segment = segmentScores(biased(q, w.bias.segment, setting), w, setting, scale, probe);
  const bias = segment ? add(position, segment) : position; // (B, H, T, S)
  const asking = biased(q, w.bias.content, setting); // (B, H, T, D)
  const mixed = attend(asking, k, v, { scale, bias, mask }, probe); // (B, H, T, D)
  const attended = projectOutput(mixed, w.attention, probe); // (B, T, C)
  const middle = probe.site(
    "middle",
    layerNorm(add(attended, x), w.attentionNorm, config.layer_norm_eps),
  );
  const wide = linear(middle, w.up, { activation: config.ff_activation }); // (B, T, F)
  const mlp = probe.site("mlp", linear(wide, w.down)); // (B, T, C)
  return layerNorm(add(mlp, middle), w.norm, config.layer_norm_eps);
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
  const [B] = asking.shape as readonly [number];
  const [position] = probe.program.scope(() => {
    const r = linear(encodings, { weight: distances }, { heads }); // (1 or B, H, 2T−1, D)
    const ofAll = r.shape[0] === B ? r : concat(new Array<LazyTensor>(B).fill(r), 0);
    return [relativeShift(scaledDot(asking, ofAll, scale))];
  });
  return probe.site("scores.position", position!);
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

function segmentsOf(
  types: Int32Array,
  [B, T, H]: readonly [number, number, number],
  program: Program,
): Segments {
  const numbers = new Map([...new Set(types)].map((type, number) => [type, number]));
  const K = numbers.size;
  const kinds = new Float32Array(B * T * K);
  const keys = new Float32Array(B * T * (K + 1));
  for (const [place, type] of types.entries()) {
    kinds[place * K + numbers.get(type)!] = 1;
    keys[place * (K + 1)] = 1;
    keys[place * (K + 1) + 1 + numbers.get(type)!] = 1;
  }
  const rows = Int32Array.from({ length: B * H * 2 }, (_, n) => (n % 2) * H + ((n >> 1) % H));
  return {
    rows: program.input(rows, [B, H, 2], "own segment and others"),
    kinds: program.input(kinds, [B, 1, T, K], "kinds of tokens"),
    keys: program.input(keys, [B, 1, T, K + 1], "kinds of keys"),
  };
}

/** Sines, then cosines, of a distance at C/2 frequencies, in the single precision transformers computes them in. */
function encodings(
  { d_model: C, clamp_len: clamp, bi_data: isBothWays }: Config,
  [B, T]: readonly [number, number],
  program: Program,
): LazyTensor {
  const { fround } = Math;
  const half = C / 2;
  const frequencies = Array.from({ length: half }, (_, m) =>
    fround(1 / fround(10000 ** fround((2 * m) / C))),
  );
  const texts = isBothWays ? B : 1;
  const P = 2 * T - 1;
  const values = new Float32Array(texts * P * 2 * half);
  for (let b = 0; b < texts; b++)
    for (let p = 0; p < P; p++) {
      const forwards = T - 1 - p;
      // With bi_data the second half of a batch is read backwards.
      const distance = isBothWays && b >= Math.ceil(B / 2) ? -forwards : forwards;
      const kept = clamp > 0 ? Math.min(Math.max(distance, -clamp), clamp) : distance;
      const place = (b * P + p) * 2 * half;
      for (const [m, frequency] of frequencies.entries()) {
        const angle = fround(kept * frequency);
        values[place + m] = Math.sin(angle);
        values[place + half + m] = Math.cos(angle);
      }
    }
  return program.input(values, [texts, P, 2 * half], "distances");
}

/** Padding and permMask hide keys, uni those that come later; a token always sees itself. */
function visible(
  config: Config,
  { batch: B, length: T, ...given }: Inputs,
  program: Program,
): Mask {
  const isCausal = config.attn_type === "uni";
  const isAlone = isCausal && config.same_length;
  const mask = given.mask?.includes(0) ? given.mask : undefined;
  const hidden = given.permMask?.data;
  if (!mask && !hidden && !isAlone) return isCausal ? { causalOffset: 0 } : {};
  const allowed = new Int32Array(B * T * T);
  let pair = 0;
  for (let b = 0; b < B; b++)
    for (let i = 0; i < T; i++)
      for (let j = 0; j < T; j++, pair++) {
        const isLater = (isCausal && j > i) || isAlone;
        const isHidden = isLater || mask?.[b * T + j] === 0 || (hidden?.[pair] ?? 0) > 0;
        allowed[pair] = i === j || !isHidden ? 1 : 0;
      }
  return { allowed: program.input(allowed, [B, 1, T, T], "visible tokens") };
}

function refuseInputs({ batch: B, length: T, ...inputs }: Inputs): void {
  if (inputs.targetMapping)
    throw new InputError(
      "xlnet: targetMapping needs a second stream of queries, which heed does not compute. permMask alone is taken: the logits are then the content stream's",
    );
  if (inputs.positions)
    throw new InputError("xlnet: positions are not taken: scores come from the distance of tokens");
  if (inputs.permMask && inputs.permMask.shape.join() !== [B, T, T].join())
    throw new InputError(
      `xlnet: permMask is ${inputs.permMask}, it must be (${B}, ${T}, ${T}): text, query, key`,
    );
}

function takeWeights(config: Config, raw: RawConfig, file: Parameters): Weights {
  const { d_model: C, vocab_size: V } = config;
  const body = file.beside("transformer.", "");
  const words = body.matrix("word_embedding.weight", [V, C], "embeddings.words");
  // The query stream begins with it; counted, not computed with.
  if (body.has("mask_emb"))
    body.plain("mask_emb", [1, C], "embeddings.mask", { storedShape: [1, 1, C] });
  return {
    words,
    layers: Array.from({ length: config.n_layer }, (_, layer) =>
      takeLayer(config, body.within(`layer.${layer}.`, `layers.${layer}.`)),
    ),
    head: takeXlnetHead(headClass(raw), {
      isTied: config.tie_word_embeddings,
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
  const ofHeads = (stored: string, name: string) => from.table(`rel_attn.${stored}`, [H, D], name);
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
