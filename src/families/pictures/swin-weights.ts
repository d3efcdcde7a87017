import * as v from "valibot";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { type LinearWeights, linear, type NormWeights } from "../../tensor/operations.ts";
import {
  activationName,
  count,
  depth,
  flag,
  normEpsilon,
  type RawConfig,
  size,
} from "../config.ts";
import { labelCount } from "../family.ts";
import { mergedGrid, type PatchGrid } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import type { PreNormWeights } from "../parts/pre-norm.ts";
import { cubicWeights } from "./grid-samples.ts";
import { meanOfPatches, type PictureHead } from "./picture-encoder.ts";
import {
  type LayerNames,
  namesHeld,
  publishedNames,
  renamedNames,
  takePictureLayer,
} from "./picture-layers.ts";
import { paintingHead } from "./picture-painter.ts";
import { type PictureTokens, pictureFields, takePictureTokens } from "./picture-tokens.ts";

/** What a config of Swin may say. */
export const swinFields = v.object({
  ...pictureFields({ image: 224, patch: 4 }),
  embed_dim: count(96),
  depths: v.optional(v.pipe(v.array(depth(0, 0)), v.minLength(1), v.maxLength(16)), [2, 2, 6, 2]),
  num_heads: v.optional(v.array(size), [3, 6, 12, 24]),
  window_size: v.optional(v.pipe(size, v.maxValue(2 ** 10)), 7),
  mlp_ratio: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(2 ** 10)), 4),
  qkv_bias: flag(true),
  hidden_act: activationName("gelu"),
  use_absolute_embeddings: flag(false),
  layer_norm_eps: normEpsilon(1e-5),
  encoder_stride: count(32),
});
/** config.json as Swin has it. */
export type SwinConfig = v.InferOutput<typeof swinFields>;

/** A layer of Swin, and which stage it is of. */
export interface SwinLayer extends PreNormWeights {
  readonly stage: number;
  readonly heads: number;
  /** Whether its windows lie half a window apart from those of the layer before. */
  readonly isShifted: boolean;
  /** What distances within a window add to the scores: (distances, H). */
  readonly distances: LazyTensor;
}

/** How four neighbours become one token, twice as wide. */
export interface Merge {
  readonly norm: NormWeights; // (4C)
  readonly reduce: LinearWeights; // (2C, 4C)
}

export interface SwinWeights {
  readonly tokens: PictureTokens;
  readonly tokensNorm: NormWeights;
  readonly layers: readonly SwinLayer[];
  /** After each stage but the last. */
  readonly merges: readonly Merge[];
  readonly norm: NormWeights;
  readonly head: PictureHead;
}

/** Names of a layer's tensors, and of its table of distances. */
interface SwinNames extends LayerNames {
  readonly distances: string;
}

const published: SwinNames = {
  ...publishedNames,
  layer: "encoder.layers.",
  q: "attention.self.query",
  k: "attention.self.key",
  v: "attention.self.value",
  distances: "attention.self.relative_position_bias_table",
};
const renamed: SwinNames = {
  ...renamedNames,
  layer: "encoder.layers.",
  distances: "attention.relative_position_bias.relative_position_bias_table",
};

/** Takes every learned tensor, stage by stage. */
export function takeSwinWeights(
  config: SwinConfig,
  stages: readonly {
    readonly heads: number;
    readonly width: number;
    readonly feedForward: number;
  }[],
  {
    head,
    trained,
    raw,
    file,
  }: {
    readonly head: string;
    readonly trained: PatchGrid;
    readonly raw: RawConfig;
    readonly file: Parameters;
  },
): SwinWeights {
  const { embed_dim: C, qkv_bias: bias, window_size: window, depths } = config;
  const body = file.beside("swin.", "");
  body.ignore(/relative_position_index$/);
  const first = depths.findIndex((layers) => layers > 0);
  const at = (names: SwinNames) => ({ ...names, layer: `encoder.layers.${first}.blocks.` });
  const names = namesHeld(body, [at(published), at(renamed)]);
  const tokens = takePictureTokens(body, {
    family: "swin",
    frame: config,
    width: C,
    leading: [],
    positions: config.use_absolute_embeddings ? { trained, sampling: cubicWeights } : undefined,
    hides: head === "ForMaskedImageModeling",
  });
  const tokensNorm = body.norm("embeddings.norm", C, "embeddings.norm");
  const layers: SwinLayer[] = [];
  const merges: Merge[] = [];
  for (const [stage, { heads, width, feedForward }] of stages.entries()) {
    for (let own = 0; own < depths[stage]!; own++) {
      const from = body.within(
        `encoder.layers.${stage}.blocks.${own}.`,
        `layers.${layers.length}.`,
      );
      const sizes = { width, attention: width, feedForward, bias: { q: bias, k: bias, v: bias } };
      layers.push({
        ...takePictureLayer(from, sizes, names),
        stage,
        heads,
        isShifted: own % 2 === 1,
        distances: from.table(names.distances, [(2 * window - 1) ** 2, heads], "distances"),
      });
    }
    if (stage === stages.length - 1) break;
    const from = body.within(`encoder.layers.${stage}.downsample.`, `merges.${stage}.`);
    merges.push({
      norm: from.norm("norm", 4 * width, "norm"),
      reduce: from.linear("reduction", [2 * width, 4 * width], "reduce", { bias: false }),
    });
  }
  const { width } = stages.at(-1)!;
  return {
    tokens,
    tokensNorm,
    layers,
    merges,
    norm: body.norm("layernorm", width, "norm"),
    head:
      head === "ForMaskedImageModeling"
        ? paintingHead(file, {
            width,
            frame: config,
            stride: config.encoder_stride,
            leading: 0,
            gridOf: (grid) => mergedGrid(grid, stages.length - 1),
          })
        : headOf(head, raw, file, width),
  };
}

/** The mean of the tokens, and what a classifier makes of it. */
function headOf(head: string, raw: RawConfig, file: Parameters, width: number): PictureHead {
  const pool = (final: LazyTensor) => meanOfPatches(final, 0);
  if (head === "Model") return { task: "features", pool };
  const labels = labelCount(raw);
  const classifier = labels > 0 ? file.linear("classifier", [labels, width], "head") : undefined;
  return {
    task: "image classification",
    pool,
    logits: (_, pooled) => (classifier ? linear(pooled!, classifier) : pooled!),
  };
}
