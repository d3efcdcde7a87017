import * as v from "valibot";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  concat,
  embed,
  layerNorm,
  linear,
  permute,
  reshape,
  slice,
} from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  expectHeadWidth,
  flag,
  normEpsilon,
  type RawConfig,
  refuse,
} from "../config.ts";
import { type Family, labelCount } from "../family.ts";
import type { PatchGrid } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { cubicWeights, linearWeights, resampleGrid } from "./grid-samples.ts";
import {
  meanOfPatches,
  type PictureEncoder,
  type PictureHead,
  pictureEncoder,
  tokenAt,
} from "./picture-encoder.ts";
import { expectPictureHead } from "./picture-head.ts";
import { namesHeld, publishedNames, renamedNames, takePictureLayers } from "./picture-layers.ts";
import { pictureFields, takePictureTokens, trainedGrid } from "./picture-tokens.ts";

const schema = v.object({
  ...pictureFields({ image: 224, patch: 16 }),
  hidden_size: count(768),
  num_hidden_layers: depth(12, 0),
  num_attention_heads: count(12),
  intermediate_size: count(3072),
  hidden_act: activationName("gelu"),
  layer_norm_eps: normEpsilon(1e-12),
  use_absolute_position_embeddings: flag(false),
  use_relative_position_bias: flag(false),
  use_shared_relative_position_bias: flag(false),
  layer_scale_init_value: v.optional(v.pipe(v.number(), v.finite()), 0.1),
  use_mean_pooling: flag(true),
  use_mask_token: flag(false),
  vocab_size: count(8192),
});
type Config = v.InferOutput<typeof schema>;

/** BEiT (Bao et al. 2022): how far patches stand apart adds to the scores, layer by layer or alike in all; its keys have no bias. */
export const beit: Family = {
  type: "beit",
  open: (raw, file) => pictureEncoder(encoderOf(raw, file)),
};

function encoderOf(raw: RawConfig, file: Parameters): PictureEncoder {
  const config = checkConfig(schema, raw, "beit");
  const { hidden_size: C, num_attention_heads: heads } = config;
  const head = expectPictureHead("beit", "Beit", raw, [
    "Model",
    "ForImageClassification",
    "ForMaskedImageModeling",
  ]);
  const trained = trainedGrid("beit", config, raw);
  const hasPositions = config.use_absolute_position_embeddings;
  if (hasPositions && trained.rows !== trained.columns)
    refuse(
      "beit",
      "image_size",
      raw.image_size,
      `Its absolute positions are those of a square, and this makes ${trained.rows} x ${trained.columns} patches`,
    );
  const headWidth = Math.floor(C / heads);
  expectHeadWidth("beit", raw, headWidth);
  const body = file.beside("beit.", "");
  body.ignore(/relative_position_index$/);
  const hasGains = config.layer_scale_init_value > 0;
  const hasBias = config.use_relative_position_bias || config.use_shared_relative_position_bias;
  const tokens = takePictureTokens(body, {
    family: "beit",
    frame: config,
    width: C,
    leading: [["cls_token", "class"]],
    positions: hasPositions ? { trained, sampling: cubicWeights } : undefined,
    hides: head === "ForMaskedImageModeling" && config.use_mask_token,
  });
  const layers = takePictureLayers(
    body,
    {
      layers: config.num_hidden_layers,
      width: C,
      attention: heads * headWidth,
      feedForward: config.intermediate_size,
      bias: { q: true, k: false, v: true },
    },
    namesHeld(body, [publishedNames, renamedNames]),
    (from) =>
      hasGains
        ? {
            joinGains: {
              attention: from.plain("lambda_1", [C], "attention.scale"),
              mlp: from.plain("lambda_2", [C], "mlp.scale"),
            },
          }
        : {},
  );
  return {
    family: "beit",
    frame: config,
    trained,
    preparedBy: "Beit",
    leading: ["[CLS]"],
    heads,
    headWidth,
    width: C,
    feedForward: config.intermediate_size,
    activation: config.hidden_act,
    epsilon: config.layer_norm_eps,
    tokens,
    layers,
    bias: hasBias ? biasOf(takeDistances(config, trained, body), trained) : undefined,
    norm: config.use_mean_pooling ? undefined : body.norm("layernorm", C, "norm"),
    head: headOf(head, config, { raw, file, body }),
    absent: {
      "scores.position": "what a distance adds in beit is learned for each head: see scores.bias",
      "scores.bias": hasBias
        ? undefined
        : "this checkpoint of beit has neither use_relative_position_bias nor use_shared_relative_position_bias",
      ...(head === "ForMaskedImageModeling" && {
        logits: "the head of BeitForMaskedImageModeling names patches: see patchLogits",
      }),
    },
  };
}

/** What a model learned of distances: tables (distances, H), of all layers and of each. */
interface Distances {
  readonly shared: LazyTensor | undefined;
  readonly ofLayers: readonly LazyTensor[];
}

function takeDistances(config: Config, { rows, columns }: PatchGrid, body: Parameters): Distances {
  const { num_attention_heads: H, num_hidden_layers: layers } = config;
  const shape = [(2 * rows - 1) * (2 * columns - 1) + 3, H];
  const table = (stored: readonly [string, string], name: string) =>
    body.table(stored.find((own) => body.holds(own)) ?? stored[0], shape, name);
  const place = "relative_position_bias.relative_position_bias_table";
  return {
    shared: config.use_shared_relative_position_bias
      ? table(
          [`encoder.${place}`, "shared_position_bias.relative_position_bias_table"],
          "distances",
        )
      : undefined,
    ofLayers: config.use_relative_position_bias
      ? Array.from({ length: layers }, (_, layer) =>
          table(
            [`encoder.layer.${layer}.attention.attention.${place}`, `layers.${layer}.${place}`],
            `layers.${layer}.distances`,
          ),
        )
      : [],
  };
}

/** What distances add to the scores, (1, H, T, T): the shared table's alone, a layer's alone, or their sum. */
function biasOf(
  { shared, ofLayers }: Distances,
  trained: PatchGrid,
): NonNullable<PictureEncoder["bias"]> {
  return (grid, program) => {
    const places = distancePlaces(grid, program);
    const of = (table: LazyTensor | undefined) =>
      table && spread(table, { trained, grid, places }, program);
    const everywhere = of(shared);
    return (layer) => {
      const own = of(ofLayers[layer]);
      return own && everywhere ? add(own, everywhere) : (own ?? everywhere);
    };
  };
}

/** A table (distances, H) by pairs of tokens: (1, H, T, T), interpolated for a grid of another size. */
function spread(
  table: LazyTensor,
  {
    trained,
    grid,
    places,
  }: { readonly trained: PatchGrid; readonly grid: PatchGrid; readonly places: LazyTensor },
  program: Program,
): LazyTensor {
  const H = table.shape[1]!;
  const T = places.shape[0]!;
  const values = embed(resized(table, trained, grid, program), places); // (T, T, H)
  return reshape(permute(values, [2, 0, 1]), [1, H, T, T]);
}

/** Distances between patches of another grid, bilinear; transformers lays the table out columns first, whatever its shape. */
function resized(
  table: LazyTensor,
  trained: PatchGrid,
  grid: PatchGrid,
  program: Program,
): LazyTensor {
  const from = { rows: 2 * trained.columns - 1, columns: 2 * trained.rows - 1 };
  const to = { rows: 2 * grid.rows - 1, columns: 2 * grid.columns - 1 };
  if (from.rows === to.rows && from.columns === to.columns) return table;
  const [all, H] = table.shape as readonly [number, number];
  const rowsOf = (start: number, end: number) =>
    embed(
      table,
      program.input(
        Int32Array.from({ length: end - start }, (_, place) => start + place),
        [1, end - start],
        "distances",
      ),
    );
  const laid = resampleGrid(rowsOf(0, all - 3), from, to, linearWeights, program);
  return reshape(concat([laid, rowsOf(all - 3, all)], 1), [to.rows * to.columns + 3, H]);
}

/** The row of the table for every query and key, (T, T): patches by rows and columns apart, then class to patch, patch to class, class to itself. */
function distancePlaces({ rows, columns }: PatchGrid, program: Program): LazyTensor {
  const N = rows * columns;
  const T = N + 1;
  const across = 2 * columns - 1;
  const distances = (2 * rows - 1) * across;
  const places = new Int32Array(T * T);
  for (let q = 0; q < N; q++)
    for (let k = 0; k < N; k++) {
      const down = Math.floor(q / columns) - Math.floor(k / columns) + rows - 1;
      places[(q + 1) * T + k + 1] = down * across + (q % columns) - (k % columns) + columns - 1;
    }
  places.fill(distances, 0, T);
  for (let q = 0; q < T; q++) places[q * T] = distances + 1;
  places[0] = distances + 2;
  return program.input(places, [T, T], "distances of patches");
}

/** Which visual word every patch is: a norm of its own, and one map. */
function namingHead({ hidden_size: C, vocab_size: V, ...config }: Config, file: Parameters) {
  const own = file.beside("");
  const norm = own.norm("layernorm", C, "head.norm");
  const map = own.linear("lm_head", [V, C], "head");
  return {
    task: "masked image modeling",
    more: (final, _, probe) => {
      const patches = slice(final, 1, 1, final.shape[1]!); // (B, N, C)
      const logits = linear(layerNorm(patches, norm, config.layer_norm_eps), map);
      return { patchLogits: probe.site("patchLogits", logits) };
    },
  } satisfies PictureHead;
}

/** The mean of the patches, normed, or the class token: what the model gives, and a classifier reads. */
function headOf(
  head: string,
  config: Config,
  { raw, file, body }: { raw: RawConfig; file: Parameters; body: Parameters },
): PictureHead {
  const { hidden_size: C, layer_norm_eps: epsilon } = config;
  if (head === "ForMaskedImageModeling") return namingHead(config, file);
  const norm = config.use_mean_pooling
    ? body.norm("pooler.layernorm", C, "pooler.norm")
    : undefined;
  const pool = (final: LazyTensor) =>
    norm ? layerNorm(meanOfPatches(final, 1), norm, epsilon) : tokenAt(final, 0);
  if (head === "Model") return { task: "features", pool };
  const labels = labelCount(raw);
  const classifier = labels > 0 ? file.linear("classifier", [labels, C], "head") : null;
  return {
    task: "image classification",
    pool,
    logits: (_, pooled) => (classifier ? linear(pooled!, classifier) : pooled!),
    ...(!norm && { classifier }),
  };
}
