import * as v from "valibot";
import { scoresByDistance, scoresByDistanceOfKeys } from "../../attention/relative-shift.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, embed, type LinearWeights, layerNorm, linear } from "../../tensor/operations.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  headWidthOf,
  maybeId,
  normEpsilon,
  refuse,
  size,
  whole,
} from "../config.ts";
import { type Family, headClass } from "../family.ts";
import { expectIds, positionIds } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { distanceRows, type LogBuckets } from "../parts/log-buckets.ts";
import { type PostNormNames, takePostNormLayer } from "../parts/post-norm.ts";
import { type PostNormEncoder, postNormEncoder } from "../parts/post-norm-encoder.ts";
import { convolved, takeConvolution } from "./deberta-convolution.ts";
import { takeDebertaHead } from "./deberta-head.ts";

const schema = v.object({
  vocab_size: count(128100),
  embedding_size: v.nullish(size),
  hidden_size: count(1536),
  num_hidden_layers: depth(24),
  num_attention_heads: count(24),
  attention_head_size: v.nullish(size),
  intermediate_size: count(6144),
  hidden_act: activationName("gelu"),
  max_position_embeddings: count(512),
  type_vocab_size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  layer_norm_eps: normEpsilon(1e-7),
  relative_attention: flag(false),
  max_relative_positions: v.optional(whole, -1),
  position_buckets: v.optional(whole, -1),
  pos_att_type: v.nullish(v.union([v.string(), v.array(v.string())])),
  share_att_key: flag(false),
  norm_rel_ebd: v.optional(v.string(), "none"),
  position_biased_input: flag(true),
  pad_token_id: v.nullish(maybeId, 0),
  tie_word_embeddings: flag(true),
  legacy: flag(true),
});
type Config = v.InferOutput<typeof schema>;

const names: PostNormNames = {
  q: "attention.self.query_proj",
  k: "attention.self.key_proj",
  v: "attention.self.value_proj",
  o: "attention.output.dense",
  attentionNorm: "attention.output.LayerNorm",
  up: "intermediate.dense",
  down: "output.dense",
  norm: "output.LayerNorm",
};

/** DeBERTa v2 and v3 (He et al. 2021): what words are and how far apart they stand meet in scores of their own parts. */
export const debertaV2: Family = {
  type: "deberta-v2",
  open(raw, file) {
    const config = checkConfig(schema, raw, "deberta-v2");
    const { hidden_size: C, num_hidden_layers: layers, num_attention_heads: heads } = config;
    const { max_position_embeddings: positions, layer_norm_eps: epsilon } = config;
    const headWidth = headWidthOf("deberta-v2", C, heads);
    const { attention_head_size: own } = config;
    if (own && own !== headWidth)
      refuse(
        "deberta-v2",
        "attention_head_size",
        own,
        `It must be hidden_size / num_attention_heads = ${headWidth}`,
      );
    const body = file.beside("deberta.", "");
    body.ignore(/(^|\.)embeddings\.position_ids$/);
    const embeddings = takeEmbeddings(config, body);
    const { kinds, positions: byDistance } = disentangled(config, body);
    const convolution = takeConvolution(raw, { width: C, epsilon }, body);
    const scoreScale = 1 / Math.sqrt(headWidth * (1 + kinds.length));
    return postNormEncoder({
      family: "deberta-v2",
      dimensions: {
        layers,
        heads,
        keyHeads: heads,
        headWidth,
        width: C,
        feedForward: config.intermediate_size,
        vocabulary: config.vocab_size,
        positions: config.position_biased_input ? positions : undefined,
      },
      layers: Array.from({ length: layers }, (_, layer) =>
        takePostNormLayer(
          body.within(`encoder.layer.${layer}.`, `layers.${layer}.`),
          [C, config.intermediate_size],
          names,
        ),
      ),
      activation: config.hidden_act,
      epsilon,
      ...embeddings,
      blindsPadding: true,
      zeroesPadding: "in embeddings",
      positions: byDistance,
      behind:
        convolution &&
        ((layer, entered, made, real) =>
          layer === 0 ? convolved(entered, made, real, convolution) : made),
      scoreScale,
      absent: byDistance ? { "scores.position": undefined } : {},
      ...takeDebertaHead(headClass(raw), { config, raw, words: embeddings.words, file }),
      paddingId: config.pad_token_id ?? 0,
    });
  },
};

/** What words, places and types are before layer 0, and which inputs of a run change that. */
function takeEmbeddings(
  config: Config,
  body: Parameters,
): Pick<PostNormEncoder, "embed" | "takes" | "readsTypes"> & { readonly words: LazyTensor } {
  const { hidden_size: C, vocab_size: V, type_vocab_size: kinds } = config;
  const E = config.embedding_size ?? C;
  const from = body.within("embeddings.", "embeddings.");
  const isTied = config.tie_word_embeddings;
  const words = from.table("word_embeddings.weight", [V, E], "words", {
    tiedTo: isTied ? ["cls.predictions.decoder.weight"] : [],
  });
  const hasPlaces = config.position_biased_input;
  if (!hasPlaces) body.ignore(/(^|\.)embeddings\.position_embeddings\.weight$/);
  const places = hasPlaces
    ? from.table("position_embeddings.weight", [config.max_position_embeddings, E], "positions")
    : undefined;
  const types =
    kinds > 0 ? from.table("token_type_embeddings.weight", [kinds, E], "types") : undefined;
  const widen = E === C ? undefined : from.linear("embed_proj", [C, E], "widen", { bias: false });
  const norm = from.norm("LayerNorm", C, "norm");
  return {
    words,
    takes: [...(types ? (["types"] as const) : []), ...(places ? (["positions"] as const) : [])],
    readsTypes: types !== undefined,
    embed: (inputs, program) => {
      const { batch: B, length: T } = inputs;
      const ids = program.input(expectIds(inputs, "deberta-v2"), [B, T], "ids");
      let sum = embed(words, ids); // (B, T, E)
      if (places) sum = add(sum, embed(places, positionIds(inputs, program)));
      if (types)
        sum = add(
          sum,
          embed(types, program.input(inputs.types ?? new Int32Array(B * T), [B, T], "types")),
        );
      return layerNorm(widen ? linear(sum, widen) : sum, norm, config.layer_norm_eps); // (B, T, C)
    },
  };
}

/** Which parts there are beside content with content, and how distances make them. */
function disentangled(
  config: Config,
  body: Parameters,
): { readonly kinds: readonly string[] } & Pick<PostNormEncoder, "positions"> {
  const kinds = ["c2p", "p2c"].filter((kind) => kindsOf(config).includes(kind));
  // A norm of distances may lie in the file all the same.
  body.ignore(/(^|\.)encoder\.(LayerNorm\.(weight|bias)|rel_embeddings\.weight)$/);
  if (!config.relative_attention) return { kinds };
  const { span, rule } = spanOf(config);
  const table = body.table(
    "encoder.rel_embeddings.weight",
    [2 * span, config.hidden_size],
    "distances",
  );
  const hasNorm = config.norm_rel_ebd
    .toLowerCase()
    .split("|")
    .some((part) => part.trim() === "layer_norm");
  const norm = hasNorm
    ? body.norm("encoder.LayerNorm", config.hidden_size, "distances.norm")
    : undefined;
  const maps = Array.from({ length: config.num_hidden_layers }, (_, layer) =>
    takeMaps(
      config,
      kinds,
      body.within(`encoder.layer.${layer}.attention.self.`, `layers.${layer}.`),
    ),
  );
  const { num_attention_heads: heads, layer_norm_eps: epsilon } = config;
  if (kinds.length === 0) return { kinds };
  return {
    kinds,
    positions: ({ length: T }, program) => {
      const rows = (sign: 1 | -1, name: string) => {
        const ids = program.input(distanceRows(T, sign, span, rule), [1, 2 * T - 1], name);
        const vectors = embed(table, ids); // (1, 2T − 1, C)
        return norm ? layerNorm(vectors, norm, epsilon) : vectors;
      };
      const ofKeys = kinds.includes("c2p") ? rows(1, "distances of keys") : undefined;
      const ofQueries = kinds.includes("p2c") ? rows(-1, "distances of queries") : undefined;
      return (layer) => ({
        position: (q, k, scale, probe) => {
          const { keys, queries } = maps[layer]!;
          const parts: LazyTensor[] = [];
          if (ofKeys) {
            const offered = linear(ofKeys, keys!, { heads }); // (1, H, 2T − 1, D)
            const scores = scoresByDistance(q, offered, scale, probe.program); // (B, H, T, T)
            parts.push(probe.site("scores.contentToPosition", scores));
          }
          if (ofQueries) {
            const offered = linear(ofQueries, queries!, { heads }); // (1, H, 2T − 1, D)
            const scores = scoresByDistanceOfKeys(k, offered, scale, probe.program);
            parts.push(probe.site("scores.positionToContent", scores));
          }
          return parts.length === 2 ? add(parts[0]!, parts[1]!) : parts[0]!;
        },
      });
    },
  };
}

/** "c2p|p2c" of older files, or a list. */
function kindsOf({ pos_att_type: given }: Config): readonly string[] {
  const kinds = typeof given === "string" ? given.toLowerCase().split("|") : (given ?? []);
  return kinds.map((kind) => kind.trim());
}

/** The maps of distances to what they are asked by: W^K for queries, W^Q for keys, where they are shared. */
function takeMaps(
  { share_att_key: isShared, hidden_size: C }: Config,
  kinds: readonly string[],
  from: Parameters,
): { readonly keys: LinearWeights | undefined; readonly queries: LinearWeights | undefined } {
  const map = (kind: string, own: string, shared: string, name: string, sharedName: string) =>
    kinds.includes(kind)
      ? from.linear(isShared ? shared : own, [C, C], isShared ? sharedName : name)
      : undefined;
  return {
    keys: map("c2p", "pos_key_proj", "key_proj", "distances.k", "k"),
    queries: map("p2c", "pos_query_proj", "query_proj", "distances.q", "q"),
  };
}

/** How many distances to each side there are rows for, and how distances are grouped. */
function spanOf(config: Config): { readonly span: number; readonly rule: LogBuckets } {
  const { max_relative_positions: most, position_buckets: buckets } = config;
  const maxDistance = most < 1 ? config.max_position_embeddings : most;
  if (buckets < 1) return { span: maxDistance, rule: { buckets: 0, maxDistance } };
  // There PyTorch divides by the logarithm of one, or by no bucket at all.
  const near = Math.floor(buckets / 2);
  if (near === 0 || near === maxDistance - 1)
    refuse(
      "deberta-v2",
      "position_buckets",
      buckets,
      `Half of it, ${near}, must be at least 1 and not the largest distance less one, ${maxDistance - 1}: no farther distance has a bucket there`,
    );
  return { span: buckets, rule: { buckets, maxDistance } };
}
