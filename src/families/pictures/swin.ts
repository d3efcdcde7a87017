import {
  attendPictureWindows,
  pictureWindows,
  type RecordedWindows,
  recordWindows,
} from "../../attention/picture-windows.ts";
import { projectKeyValue, projectOutput, projectQuery } from "../../attention/project.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, concat, embed, layerNorm, linear, reshape } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import { checkConfig, headWidthOf, refuse, withAliases } from "../config.ts";
import type { Family, Network, Outputs } from "../family.ts";
import { expectPixels, type Inputs, mergedGrid, type PatchGrid } from "../inputs.ts";
import { absentOfPictures, pictureOutputs } from "./picture-encoder.ts";
import { expectPictureHead } from "./picture-head.ts";
import {
  exampleImage,
  pictureTokens,
  positionsOf,
  trainedGrid,
  withHidden,
} from "./picture-tokens.ts";
import {
  type Merge,
  type SwinConfig,
  type SwinLayer,
  type SwinWeights,
  swinFields,
  takeSwinWeights,
} from "./swin-weights.ts";

const aliases = { num_attention_heads: "num_heads" };

/** That of norms whose module is made without one. */
const plainEpsilon = 1e-5;

/**
 * Swin (Liu et al. 2021): tokens of a picture see those of their window, every other layer's windows lie half a window apart, and between
 * stages four neighbours become one token. Layers are counted through all stages.
 *
 * Windows have no axis of their own: scores and weights are (B, H, T, S) over all tokens of a layer, −Infinity and 0 outside the windows. That
 * is the same softmax, and whoever draws, measures or changes attention finds what every other family has. Only the windows are computed and kept.
 */
export const swin: Family = {
  type: "swin",
  open(raw, file): Network {
    const config = checkConfig(swinFields, withAliases(raw, aliases), "swin");
    const { depths, num_heads: heads, window_size: window, mlp_ratio: ratio } = config;
    if (heads.length < depths.length)
      refuse(
        "swin",
        "num_heads",
        heads,
        `It needs one number for each of the ${depths.length} stages`,
      );
    const head = expectPictureHead("swin", "Swin", raw, [
      "Model",
      "ForImageClassification",
      "ForMaskedImageModeling",
    ]);
    const stages = depths.map((_, stage) => {
      const width = config.embed_dim * 2 ** stage;
      const headWidth = headWidthOf("swin", width, heads[stage]!);
      const feedForward = Math.trunc(ratio * width);
      if (feedForward < 1)
        refuse("swin", "mlp_ratio", ratio, "It leaves the feed-forward no width");
      return { heads: heads[stage]!, headWidth, width, feedForward };
    });
    const trained = config.use_absolute_embeddings
      ? trainedGrid("swin", config, raw)
      : filledGrid(config);
    const weights = takeSwinWeights(config, stages, { head, trained, raw, file });
    const ofLayers = depths.flatMap((layers, stage) =>
      Array.from({ length: layers }, () => stages[stage]!),
    );
    const most = Math.max(...ofLayers.map((layer) => layer.heads), 1);
    const { image_size, patch_size, num_channels: channels } = config;
    return {
      dimensions: {
        layers: ofLayers.length,
        ...stages.at(-1)!,
        heads: most,
        keyHeads: most,
        vocabulary: 0,
        positions: trained.rows * trained.columns,
        ofLayers,
      },
      task: weights.head.task,
      takes: weights.tokens.hidden ? ["hiddenPatches"] : [],
      isCausal: false,
      // Windows lie over pictures of any size.
      isUnbounded: true,
      readsTypes: false,
      images: {
        channels,
        size: image_size,
        patch: patch_size,
        leading: [],
        preparedBy: "ViT",
        fillsPatches: true,
        merged: [...weights.layers.map(({ stage }) => stage), stages.length - 1],
        window,
      },
      paddingId: 0,
      absent: absentOfPictures("swin", {
        "scores.position": "what a distance adds in swin is learned for each head: see scores.bias",
        "scores.bias": undefined,
        ...(head === "ForMaskedImageModeling" && {
          logits: "the head of SwinForMaskedImageModeling paints images anew: see reconstruction",
        }),
      }),
      scoreScale: (layer) => 1 / Math.sqrt(ofLayers[layer]!.headWidth),
      exampleInputs: (length, batch) => exampleImage(config, trained, 0, length, batch),
      forward: (inputs, probe) => forward(weights, config, inputs, probe),
    };
  },
};

function forward(weights: SwinWeights, config: SwinConfig, inputs: Inputs, probe: Probe): Outputs {
  const { program } = probe;
  const B = inputs.batch;
  const { grid } = expectPixels(inputs, "swin");
  const { positions, hidden } = weights.tokens;
  const bare = { ...weights.tokens, positions: undefined, hidden: undefined };
  const patches = pictureTokens(bare, inputs, program);
  const own = layerNorm(patches, weights.tokensNorm, plainEpsilon);
  const normed = hidden ? withHidden(own, hidden, inputs, program) : own; // (B, T, C)
  let x = probe.site(
    "embeddings",
    positions ? add(normed, positionsOf(positions, 0, grid, program)) : normed,
  ); // (B, T, C)
  const grids = [...weights.merges, undefined].map((_, stage) => mergedGrid(grid, stage));
  // Layers of one kind have the same windows.
  const kinds = new Map<string, RecordedWindows>();
  const windowsOf = ({ stage, heads, isShifted }: SwinLayer) => {
    const key = `${stage} ${isShifted}`;
    const known =
      kinds.get(key) ??
      recordWindows(windowsIn(grids[stage]!, isShifted, config), [B, heads], program);
    kinds.set(key, known);
    return known;
  };
  for (const layer of weights.layers) windowsOf(layer);
  let before = 0;
  for (const [layer, w] of weights.layers.entries()) {
    const merges = { from: before, to: w.stage };
    before = w.stage;
    const { rows, columns } = grids[w.stage]!;
    const C = w.attention.q.weight.shape[1]!;
    x = probe.layer(layer, x, (x, probe) => block(x, w, windowsOf(w), config, probe), {
      shape: [B, rows * columns, C],
      of: (stream) => merged(stream, weights.merges, grids, merges, program),
    });
  }
  const last = { from: before, to: weights.merges.length };
  const stream = merged(x, weights.merges, grids, last, program);
  const final = probe.site("final", layerNorm(stream, weights.norm, config.layer_norm_eps)); // (B, T, C)
  return pictureOutputs(final, weights.head, inputs, probe);
}

/** Attention within windows and feed-forward, each of a normed stream, each added to it: x (B, T, C) → (B, T, C). */
function block(
  x: LazyTensor,
  w: SwinLayer,
  windows: RecordedWindows,
  { hidden_act: activation, layer_norm_eps: epsilon }: SwinConfig,
  probe: Probe,
): LazyTensor {
  const { heads, attention } = w;
  const [B, T, C] = x.shape as readonly [number, number, number];
  const normed = probe.site("normed", layerNorm(x, w.attentionNorm, epsilon)); // (B, T, C)
  const padding = windows.layout.shape[3] - T;
  // Padding is 0 behind the norm; what a bias makes of it is seen like any other key.
  const seen = padding > 0 ? concat([normed, zeros([B, padding, C], probe.program)], 1) : normed; // (B, S, C)
  const q = projectQuery(normed, attention, heads, probe); // (B, H, T, D)
  const { k, v } = projectKeyValue(seen, attention, heads, probe); // (B, H, S, D)
  const scale = 1 / Math.sqrt(q.shape[3]!);
  const mixed = attendPictureWindows({ q, k, v }, w.distances, windows, scale, probe); // (B, H, T, D)
  const attended = projectOutput(mixed, attention, probe); // (B, T, C)
  const middle = probe.site("middle", add(x, attended)); // (B, T, C)
  const wide = linear(layerNorm(middle, w.norm, epsilon), w.up, { activation }); // (B, T, F)
  return add(middle, probe.site("mlp", linear(wide, w.down))); // (B, T, C)
}

/** The patches of the image a model was trained on, the last ones filled up. */
function filledGrid({ image_size: [height, width], patch_size: patch }: SwinConfig): PatchGrid {
  return { rows: Math.ceil(height / patch[0]), columns: Math.ceil(width / patch[1]) };
}

/** A grid that is no larger than a window is one: it shrinks, and does not move. */
function windowsIn(
  { rows, columns }: PatchGrid,
  isShifted: boolean,
  { window_size: learned }: SwinConfig,
) {
  const least = Math.min(rows, columns);
  const side = Math.min(learned, least);
  const shift = isShifted && least > learned ? Math.floor(learned / 2) : 0;
  return pictureWindows({ rows, columns, side, shift, learned });
}

/** A stream (B, T, C) through the merges between two stages: two by two neighbours, column by column, become one token (B, T', 2C). */
function merged(
  stream: LazyTensor,
  merges: readonly Merge[],
  grids: readonly PatchGrid[],
  { from, to }: { readonly from: number; readonly to: number },
  program: Program,
): LazyTensor {
  return merges.slice(from, to).reduce((x, { norm, reduce }, index) => {
    const [B, T, C] = x.shape as readonly [number, number, number];
    const [before, after] = [grids[from + index]!, grids[from + index + 1]!];
    const N = after.rows * after.columns;
    // What lies beyond an edge is the row of zeros behind all others.
    const places = Int32Array.from({ length: B * N * 4 }, (_, index) => {
      const token = Math.floor(index / 4) % N;
      const row = 2 * Math.floor(token / after.columns) + (index % 2);
      const column = 2 * (token % after.columns) + (Math.floor(index / 2) % 2);
      const isThere = row < before.rows && column < before.columns;
      const text = Math.floor(index / (4 * N));
      return isThere ? text * T + row * before.columns + column : B * T;
    });
    const rows = concat([reshape(x, [B * T, C]), zeros([1, C], program)], 0);
    const four = embed(rows, program.input(places, [B, N, 4], "neighbours")); // (B, N, 4, C)
    return linear(layerNorm(reshape(four, [B, N, 4 * C]), norm, plainEpsilon), reduce);
  }, stream);
}

function zeros(shape: readonly number[], program: Program): LazyTensor {
  const length = shape.reduce((product, axis) => product * axis, 1);
  return program.input(new Float32Array(length), shape, "padding");
}
