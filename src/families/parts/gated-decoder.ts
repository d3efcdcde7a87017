import * as v from "valibot";
import type { Reach } from "../../attention/masks.ts";
import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { scale } from "../../tensor/operations.ts";
import type { RawConfig } from "../config.ts";
import {
  count,
  depth,
  flag,
  headWidthOf,
  maybeId,
  maybeIds,
  normEpsilon,
  refuse,
  size,
} from "../config.ts";
import { headClass, type Network } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { takeCausalHead } from "./causal-head.ts";
import { decoderNetwork } from "./decoder.ts";
import type { DecoderLayer } from "./decoder-block.ts";
import { type NormKind, takeNorm } from "./norm.ts";
import { rotaryAngles, turnedWidth } from "./rotary-angles.ts";

const maybeCount = v.nullish(size);

/** Fields that Llama's config has and its heirs kept; what they have by default is theirs to say. */
export const gatedFields = {
  vocab_size: count(32000),
  hidden_size: count(4096),
  intermediate_size: count(11008),
  num_hidden_layers: depth(32),
  num_attention_heads: count(32),
  num_key_value_heads: maybeCount,
  head_dim: maybeCount,
  max_position_embeddings: count(2048),
  rms_norm_eps: normEpsilon(1e-6),
  attention_bias: flag(false),
  tie_word_embeddings: flag(false),
  is_causal: flag(true),
  pad_token_id: maybeId,
  eos_token_id: maybeIds,
};
const fields = v.object(gatedFields);
type Fields = v.InferOutput<typeof fields>;

/** What a window is, layer by layer; undefined where a layer's tokens see all before them. */
export type LayerWindows = readonly (Reach | undefined)[];

/** How a family differs from Llama, as data. */
export interface GatedDifferences {
  readonly type: string;
  /** Its classes' names begin so: `LlamaForCausalLM` → "Llama". */
  readonly className: string;
  /** The end that its class has where the files name none. */
  readonly usualEnd?: number;
  readonly activation: Activation;
  /** Which maps add a bias. */
  readonly biases: { readonly qkv: boolean; readonly o: boolean; readonly mlp: boolean };
  /** Where the norms of a layer stand: the name in the file of each there is. */
  readonly norms?: Partial<Record<"attention" | "output" | "mlp" | "mlpOutput", string>>;
  /** Queries and keys are normed: each head by itself, or all together. */
  readonly queryKeyNorm?: "heads" | "all";
  /** What files leave out of every gain. */
  readonly gainAdded?: number;
  /** q, k and v are stored one below the other, gate and up likewise. */
  readonly isFused?: boolean;
  readonly windows?: LayerWindows;
  /** The config that says how far a layer's positions turn; undefined for a layer without turning. Left out: all turn alike, by config.json. */
  readonly rope?: (layer: number) => RawConfig | undefined;
  readonly isPartial?: boolean;
  /** A text longer than this is read anew while it is written. */
  readonly renewsPast?: number;
  readonly scoreScale?: number;
  readonly scoreCap?: number;
  readonly logitScale?: number;
  readonly logitCap?: number;
  readonly embeddingScale?: number;
  readonly residualScale?: number;
}

/** Llama's layout (Touvron et al. 2023): rotary positions, grouped queries, RMS norms, a gated feed-forward; and what a family makes of it. */
export function gatedDecoder(
  raw: RawConfig,
  file: Parameters,
  config: Fields,
  own: GatedDifferences,
): Network {
  const { type } = own;
  const { hidden_size: C, num_hidden_layers: layers, max_position_embeddings: positions } = config;
  const sizes = headsOf(type, config);
  const body = file.beside("model.", "transformer.", "");
  body.ignore(/(^|\.)rotary_emb\.inv_freq$/);
  const words = body.table("embed_tokens.weight", [config.vocab_size, C], "embeddings.words", {
    tiedTo: config.tie_word_embeddings ? ["lm_head.weight"] : [],
  });
  const kind: NormKind = { kind: "rms", epsilon: config.rms_norm_eps, added: own.gainAdded };
  const model = { family: type, headWidth: sizes.headWidth, positions, isPartial: own.isPartial };
  const ropes = Array.from({ length: layers }, (_, layer) => (own.rope ? own.rope(layer) : raw));
  const angles = new Map(ropes.map((rope) => [rope, rope && rotaryAngles(rope, model)]));
  const width = turnedWidth(ropes.find((rope) => rope) ?? raw, model);
  const { embeddingScale = 1 } = own;
  return decoderNetwork({
    family: type,
    dimensions: {
      layers,
      ...sizes,
      width: C,
      feedForward: config.intermediate_size,
      vocabulary: config.vocab_size,
      positions,
    },
    words,
    embed: (vectors: LazyTensor) => scale(vectors, embeddingScale),
    layers: ropes.map((_, layer) =>
      takeLayer(config, sizes, own, kind, body.within(`layers.${layer}.`, `layers.${layer}.`)),
    ),
    shape: {
      heads: sizes.heads,
      keyHeads: sizes.keyHeads,
      activation: own.activation,
      residualScale: own.residualScale,
    },
    windows: own.windows,
    angles: ropes.map((rope) => angles.get(rope)),
    norm: takeNorm(body, "norm", C, "norm", kind),
    head: takeCausalHead(own.className, headClass(raw), {
      isTied: config.tie_word_embeddings,
      paddingId: config.pad_token_id ?? undefined,
      raw,
      words,
      file,
      scale: own.logitScale,
      cap: own.logitCap,
    }),
    scoreScale: own.scoreScale ?? 1 / Math.sqrt(sizes.headWidth),
    scoreCap: own.scoreCap,
    positions: "turned",
    renewsPast: own.renewsPast,
    turning: { pairs: "halves", width },
    takes: ["positions"],
    isCausal: config.is_causal,
    isUnbounded: true,
    ids: config,
    usualEnd: own.usualEnd,
  });
}

/** Sizes of the heads, with the config's defaults filled in. */
interface Heads {
  readonly heads: number;
  readonly keyHeads: number;
  readonly headWidth: number;
}

function headsOf(type: string, config: Fields): Heads {
  const { num_attention_heads: heads, hidden_size: width } = config;
  const keyHeads = config.num_key_value_heads ?? heads;
  const headWidth = config.head_dim ?? headWidthOf(type, width, heads);
  if (heads % keyHeads !== 0)
    refuse(
      type,
      "num_key_value_heads",
      keyHeads,
      `The ${heads} query heads cannot share them evenly: it must divide ${heads}`,
    );
  if (headWidth % 2 !== 0)
    refuse(type, "head_dim", headWidth, "Rotary positions turn pairs, so it must be even");
  return { heads, keyHeads, headWidth };
}

function takeLayer(
  config: Fields,
  { heads, keyHeads, headWidth: D }: Heads,
  own: GatedDifferences,
  kind: NormKind,
  from: Parameters,
): DecoderLayer {
  const { hidden_size: C, intermediate_size: F } = config;
  const { biases, queryKeyNorm, isFused } = own;
  const names = own.norms ?? { attention: "input_layernorm", mlp: "post_attention_layernorm" };
  const normed = (stored: string | undefined, name: string, width = C) =>
    stored === undefined ? undefined : takeNorm(from, stored, width, name, kind);
  const ends = [heads, heads + keyHeads, heads + 2 * keyHeads].map((end) => end * D);
  const part = (name: "q" | "k" | "v", n: number) => {
    const start = n === 0 ? 0 : ends[n - 1]!;
    return from.linear(
      isFused ? "self_attn.qkv_proj" : `self_attn.${name}_proj`,
      [ends[n]! - start, C],
      name,
      { bias: biases.qkv, rows: isFused ? [start, ends[n]!] : undefined },
    );
  };
  const wide = (name: "gate" | "up", n: number) =>
    from.linear(isFused ? "mlp.gate_up_proj" : `mlp.${name}_proj`, [F, C], `mlp.${name}`, {
      bias: biases.mlp,
      rows: isFused ? [n * F, (n + 1) * F] : undefined,
    });
  const ownNorm = (name: "q" | "k", count: number) =>
    queryKeyNorm &&
    takeNorm(
      from,
      `self_attn.${name}_norm`,
      queryKeyNorm === "all" ? count * D : D,
      `${name}.norm`,
      kind,
    );
  return {
    attentionNorm: normed(names.attention, "attention.norm"),
    attention: {
      q: part("q", 0),
      k: part("k", 1),
      v: part("v", 2),
      o: from.linear("self_attn.o_proj", [C, heads * D], "o", { bias: biases.o }),
    },
    queryNorm: ownNorm("q", heads),
    keyNorm: ownNorm("k", keyHeads),
    outputNorm: normed(names.output, "attention.output.norm"),
    mlpNorm: normed(names.mlp, "mlp.norm"),
    gate: wide("gate", 0),
    up: wide("up", 1),
    down: from.linear("mlp.down_proj", [C, F], "mlp.down", { bias: biases.mlp }),
    mlpOutputNorm: normed(names.mlpOutput, "mlp.output.norm"),
  };
}
