import * as v from "valibot";
import { layerNorm, linear } from "../../tensor/operations.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  headWidthOf,
  maybeId,
  normEpsilon,
  paddingIdOf,
  type RawConfig,
} from "../config.ts";
import type { Family, Network } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { cubicWeights } from "../pictures/grid-samples.ts";
import { type PictureHead, pictureEncoder, tokenAt } from "../pictures/picture-encoder.ts";
import { meanHead } from "../pictures/picture-head.ts";
import { takePictureLayers } from "../pictures/picture-layers.ts";
import { pictureFields, trainedGrid } from "../pictures/picture-tokens.ts";
import { textTower } from "./text-tower.ts";
import {
  expectTowerClass,
  hasBothTowers,
  oneTower,
  towerConfig,
  towersFamily,
} from "./tower-config.ts";
import { takeTowerTokens, towerNames } from "./tower-layers.ts";

const shared = {
  num_hidden_layers: depth(12, 0),
  hidden_act: activationName("quick_gelu"),
  layer_norm_eps: normEpsilon(1e-5),
};
const textSchema = v.object({
  ...shared,
  vocab_size: count(49408),
  hidden_size: count(512),
  intermediate_size: count(2048),
  num_attention_heads: count(8),
  max_position_embeddings: count(77),
  pad_token_id: maybeId,
  eos_token_id: v.optional(v.pipe(v.number(), v.integer()), 49407),
  projection_dim: count(512),
});
const visionSchema = v.object({
  ...shared,
  ...pictureFields({ image: 224, patch: 32 }),
  hidden_size: count(768),
  intermediate_size: count(3072),
  num_attention_heads: count(12),
  projection_dim: count(512),
});
type Vision = v.InferOutput<typeof visionSchema>;

/** The width of the space both towers share: a file of both says it beside them. */
function projectionWidth(raw: RawConfig, own: number): number {
  if (!hasBothTowers(raw)) return own;
  return checkConfig(v.object({ projection_dim: count(512) }), raw, "clip").projection_dim;
}

/** Whether a tower maps into the shared space: the file holds the map, or, where there is only a config, its class has one. */
function isProjecting(raw: RawConfig, named: string, file: Parameters, weight: string): boolean {
  const hasMap = named.endsWith("WithProjection") || raw.model_type === "clip";
  return hasMap ? file.has(weight) : file.holds(weight);
}

/** CLIP's tower of texts (Radford et al. 2021): its end token stands for a text. */
export const clipText: Family = oneTower(
  "clip_text_model",
  "vision_model\\.|visual_projection\\.",
  openText,
);

function openText(raw: RawConfig, file: Parameters): Network {
  const family = "clip_text_model";
  const named = expectTowerClass(family, "CLIP", raw, ["TextModel", "TextModelWithProjection"]);
  const config = checkConfig(textSchema, towerConfig(family, "text", raw), family);
  const { hidden_size: C, num_attention_heads: heads, eos_token_id: end } = config;
  const headWidth = headWidthOf(family, C, heads);
  const body = file.beside("text_model.", "");
  body.ignore(/(^|\.)embeddings\.position_ids$/);
  const at = body.within("embeddings.", "embeddings.");
  const words = at.table("token_embedding.weight", [config.vocab_size, C], "words");
  const positions = at.table(
    "position_embedding.weight",
    [config.max_position_embeddings, C],
    "positions",
  );
  const width = projectionWidth(raw, config.projection_dim);
  const layers = takePictureLayers(
    body,
    {
      layers: config.num_hidden_layers,
      width: C,
      attention: C,
      feedForward: config.intermediate_size,
      bias: { q: true, k: true, v: true },
    },
    towerNames,
  );
  const norm = body.norm("final_layer_norm", C, "norm");
  const projection = isProjecting(raw, named, file, "text_projection.weight")
    ? file.linear("text_projection", [width, C], "projection", { bias: false })
    : undefined;
  return textTower({
    family,
    dimensions: {
      layers: layers.length,
      heads,
      keyHeads: heads,
      headWidth,
      width: C,
      feedForward: config.intermediate_size,
      vocabulary: config.vocab_size,
      positions: config.max_position_embeddings,
    },
    words,
    positions,
    layers,
    norm,
    activation: config.hidden_act,
    epsilon: config.layer_norm_eps,
    isCausal: true,
    // Old files say 2 where they mean the largest id.
    placeOf: (ids) =>
      end === 2 ? ids.indexOf(ids.reduce((a, b) => Math.max(a, b))) : Math.max(ids.indexOf(end), 0),
    project: projection && ((pooled) => linear(pooled, projection)),
    paddingId: paddingIdOf(config.vocab_size, config.pad_token_id, 1),
    absent: projection ? {} : { projected: "this checkpoint has no projection" },
  });
}

/** CLIP's tower of images: ViT with a norm before its layers. */
export const clipVision: Family = oneTower(
  "clip_vision_model",
  "text_model\\.|text_projection\\.",
  openVision,
);

function openVision(raw: RawConfig, file: Parameters): Network {
  const family = "clip_vision_model";
  const head = expectTowerClass(family, "CLIP", raw, [
    "VisionModel",
    "VisionModelWithProjection",
    "ForImageClassification",
  ]);
  const config = checkConfig(visionSchema, towerConfig(family, "vision", raw), family);
  const { hidden_size: C, num_attention_heads: heads } = config;
  const trained = trainedGrid(family, config, raw);
  const body = file.beside("vision_model.", "");
  body.ignore(/(^|\.)embeddings\.position_ids$/);
  const tokens = takeTowerTokens(body, {
    family,
    frame: config,
    width: C,
    hasClass: true,
    positions: { trained, sampling: cubicWeights },
  });
  // Its name is spelt so in every file.
  const tokensNorm = body.norm("pre_layrnorm", C, "embeddings.norm");
  const layers = takePictureLayers(
    body,
    {
      layers: config.num_hidden_layers,
      width: C,
      attention: C,
      feedForward: config.intermediate_size,
      bias: { q: true, k: true, v: true },
    },
    towerNames,
  );
  const isClassifier = head === "ForImageClassification";
  const isProjected = isProjecting(raw, head, file, "visual_projection.weight");
  if (isClassifier) file.ignore(/^vision_model\.post_layernorm\./);
  return pictureEncoder({
    family,
    frame: config,
    trained,
    preparedBy: "CLIP",
    leading: ["[CLS]"],
    heads,
    headWidth: headWidthOf(family, C, heads),
    width: C,
    feedForward: config.intermediate_size,
    activation: config.hidden_act,
    epsilon: config.layer_norm_eps,
    tokens,
    tokensNorm,
    layers,
    norm: undefined,
    isCompared: !isClassifier,
    head: isClassifier
      ? meanHead(raw, file, C, 1)
      : projectingHead(raw, config, isProjected, { file, body }),
    absent: {
      ...(isClassifier && {
        pooled: "the classifier of clip reads the mean of the patches of final",
      }),
      ...(!isProjected && {
        projected: "this checkpoint has no projection",
      }),
    },
  });
}

function projectingHead(
  raw: RawConfig,
  { hidden_size: C, layer_norm_eps: epsilon, projection_dim: own }: Vision,
  isProjected: boolean,
  { file, body }: { readonly file: Parameters; readonly body: Parameters },
): PictureHead {
  const norm = body.norm("post_layernorm", C, "pooler.norm");
  const projection = isProjected
    ? file.linear("visual_projection", [projectionWidth(raw, own), C], "projection", {
        bias: false,
      })
    : undefined;
  return {
    task: "features",
    pool: (final) => layerNorm(tokenAt(final, 0), norm, epsilon),
    project: projection && ((pooled) => linear(pooled, projection)),
  };
}

/** Both towers, and how alike a text and an image are. */
export const clip: Family = towersFamily({
  type: "clip",
  named: "CLIP",
  open: { text: openText, vision: openVision },
  takeSimilarity: (file) => ({
    scale: file.plain("logit_scale", [1], "similarity.scale", {
      storedShape: [],
      isLogarithm: true,
    }),
  }),
});
