import * as v from "valibot";
import { linear } from "../../tensor/operations.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  headWidthOf,
  maybeId,
  normEpsilon,
  paddingIdOf,
  type RawConfig,
  size,
} from "../config.ts";
import type { Family, Network } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { cubicWeights } from "../pictures/grid-samples.ts";
import { pictureEncoder } from "../pictures/picture-encoder.ts";
import { meanHead } from "../pictures/picture-head.ts";
import { takePictureLayers } from "../pictures/picture-layers.ts";
import { pictureFields, trainedGrid } from "../pictures/picture-tokens.ts";
import { takeAttentionPool } from "./attention-pool.ts";
import { textTower } from "./text-tower.ts";
import { expectTowerClass, oneTower, towerConfig, towersFamily } from "./tower-config.ts";
import { takeTowerTokens, towerNames } from "./tower-layers.ts";

const shared = {
  hidden_size: count(768),
  intermediate_size: count(3072),
  num_hidden_layers: depth(12, 0),
  num_attention_heads: count(12),
  hidden_act: activationName("gelu_new"),
  layer_norm_eps: normEpsilon(1e-6),
};
const textSchema = v.object({
  ...shared,
  vocab_size: count(32000),
  max_position_embeddings: count(64),
  pad_token_id: maybeId,
  projection_size: v.nullish(size),
});
const visionSchema = v.object({
  ...shared,
  ...pictureFields({ image: 224, patch: 16 }),
  vision_use_head: flag(true),
});

/** SigLIP's tower of texts (Zhai et al. 2023): tokens see both ways, and the last one, padding or not, stands for a text. */
export const siglipText: Family = oneTower("siglip_text_model", "vision_model\\.", openText);

function openText(raw: RawConfig, file: Parameters): Network {
  const family = "siglip_text_model";
  expectTowerClass(family, "Siglip", raw, ["TextModel"]);
  const config = checkConfig(textSchema, towerConfig(family, "text", raw), family);
  const { hidden_size: C, num_attention_heads: heads, num_hidden_layers: layers } = config;
  const body = file.beside("text_model.", "");
  body.ignore(/(^|\.)embeddings\.position_ids$/);
  const at = body.within("embeddings.", "embeddings.");
  const { max_position_embeddings: positions, intermediate_size: feedForward } = config;
  const sizes = { layers, width: C, attention: C, feedForward, bias: everyBias };
  const words = at.table("token_embedding.weight", [config.vocab_size, C], "words");
  const places = at.table("position_embedding.weight", [positions, C], "positions");
  const taken = takePictureLayers(body, sizes, towerNames);
  const norm = body.norm("final_layer_norm", C, "norm");
  const head = body.linear("head", [config.projection_size ?? C, C], "pooler");
  return textTower({
    family,
    dimensions: {
      ...{ layers, heads, keyHeads: heads, headWidth: headWidthOf(family, C, heads) },
      ...{ width: C, feedForward, vocabulary: config.vocab_size, positions },
    },
    words,
    positions: places,
    layers: taken,
    norm,
    activation: config.hidden_act,
    epsilon: config.layer_norm_eps,
    isCausal: false,
    placeOf: (ids) => ids.length - 1,
    pool: (token) => linear(token, head),
    readsPadding: true,
    paddedTo: positions,
    paddingId: paddingIdOf(config.vocab_size, config.pad_token_id, 1),
    absent: { projected: "siglip has no projection behind its pooler: see pooled" },
  });
}

const everyBias = { q: true, k: true, v: true };

/** SigLIP's tower of images: ViT without a class token; a learned query looks at all patches for the image's vector. */
export const siglipVision: Family = oneTower("siglip_vision_model", "text_model\\.", openVision);

function openVision(raw: RawConfig, file: Parameters): Network {
  const family = "siglip_vision_model";
  const head = expectTowerClass(family, "Siglip", raw, ["VisionModel", "ForImageClassification"]);
  const config = checkConfig(visionSchema, towerConfig(family, "vision", raw), family);
  const { hidden_size: C, num_attention_heads: heads, num_hidden_layers: layers } = config;
  const { intermediate_size: feedForward, hidden_act: activation } = config;
  const epsilon = config.layer_norm_eps;
  const trained = trainedGrid(family, config, raw);
  const body = file.beside("vision_model.", "");
  body.ignore(/(^|\.)embeddings\.position_ids$/);
  const isClassifier = head === "ForImageClassification";
  if (isClassifier) file.ignore(/^vision_model\.head\./);
  const tokens = takeTowerTokens(body, {
    family,
    frame: config,
    width: C,
    hasClass: false,
    positions: { trained, sampling: cubicWeights },
  });
  const sizes = { layers, width: C, attention: C, feedForward, bias: everyBias };
  const taken = takePictureLayers(body, sizes, towerNames);
  const norm = body.norm("post_layernorm", C, "norm");
  const pooling = { width: C, feedForward, heads, activation, epsilon };
  const pool =
    config.vision_use_head && !isClassifier ? takeAttentionPool(body, pooling) : undefined;
  return pictureEncoder({
    family,
    frame: config,
    trained,
    preparedBy: "Siglip",
    leading: [],
    heads,
    headWidth: headWidthOf(family, C, heads),
    width: C,
    feedForward,
    activation,
    epsilon,
    tokens,
    layers: taken,
    norm,
    isCompared: !isClassifier,
    head: isClassifier ? meanHead(raw, file, C, 0) : { task: "features", pool },
    absent: {
      projected: "siglip has no projection behind its pooler: see pooled",
      ...(isClassifier && {
        pooled: "the classifier of siglip reads the mean of the patches of final",
      }),
    },
  });
}

/** Both towers, and how alike a text and an image are, each pair by itself. */
export const siglip: Family = towersFamily({
  type: "siglip",
  named: "Siglip",
  open: { text: openText, vision: openVision },
  takeSimilarity: (file) => ({
    scale: file.plain("logit_scale", [1], "similarity.scale", { isLogarithm: true }),
    bias: file.plain("logit_bias", [1], "similarity.bias"),
  }),
  absent: (raw) =>
    towerConfig("siglip", "vision", raw).vision_use_head === false
      ? "nothing pools an image in this checkpoint (vision_use_head is false)"
      : undefined,
});
