import * as v from "valibot";
import { keyMask } from "../../attention/masks.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  concat,
  embed,
  type LinearWeights,
  layerNorm,
  linear,
  type NormWeights,
  reshape,
  slice,
} from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import { Tensor } from "../../tensor/tensor.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  normEpsilon,
  type RawConfig,
  refuse,
  size,
} from "../config.ts";
import {
  type Family,
  headClass,
  labelCount,
  type Network,
  type Outputs,
  type Readout,
} from "../family.ts";
import type { PatchGrid } from "../inputs.ts";
import { expectPixels, type Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { type PreNormWeights, preNormBlock } from "../parts/pre-norm.ts";
import { imagePositions } from "./image-positions.ts";

/** One number for both, or [height, width]. */
const extent = (fallback: number) =>
  v.pipe(
    v.optional(v.union([size, v.tuple([size, size])]), fallback),
    v.transform((value) =>
      typeof value === "number" ? ([value, value] as const) : ([...value] as const),
    ),
  );

const schema = v.object({
  hidden_size: count(768),
  num_hidden_layers: depth(12, 0),
  num_attention_heads: count(12),
  head_dim: v.nullish(size),
  intermediate_size: count(3072),
  hidden_act: activationName("gelu"),
  layer_norm_eps: normEpsilon(1e-12),
  image_size: extent(224),
  patch_size: extent(16),
  num_channels: count(3),
  qkv_bias: flag(true),
  // 0 and null mean hidden_size.
  pooler_output_size: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0))),
  pooler_act: activationName("tanh"),
});
type Config = v.InferOutput<typeof schema>;

interface Weights {
  readonly patches: LinearWeights; // (C, channels · height · width of a patch)
  readonly classToken: LazyTensor; // (1, C)
  readonly positions: LazyTensor; // (1 + N, C)
  readonly layers: readonly PreNormWeights[];
  readonly norm: NormWeights;
  readonly pooler: LinearWeights | undefined;
  readonly classifier: LinearWeights | undefined;
}

/** The config, with what follows from it. */
interface Design extends Config {
  readonly headWidth: number;
  readonly trained: PatchGrid;
  /** The class of transformers: what sits on top. */
  readonly head: string;
  readonly labels: number;
}

/** ViT (Dosovitskiy et al. 2021): an encoder over the patches of an image; its norms come before each part. */
export const vit: Family = {
  type: "vit",
  open(raw, parameters): Network {
    const design = designOf(raw);
    const weights = takeWeights(design, parameters);
    const isClassifier = design.head === "ForImageClassification";
    return {
      dimensions: {
        layers: design.num_hidden_layers,
        heads: design.num_attention_heads,
        keyHeads: design.num_attention_heads,
        headWidth: design.headWidth,
        width: design.hidden_size,
        feedForward: design.intermediate_size,
        vocabulary: 0,
        positions: design.trained.rows * design.trained.columns + 1,
      },
      task: isClassifier ? "image classification" : "features",
      takes: [],
      isCausal: false,
      // Positions are interpolated for larger images.
      isUnbounded: true,
      readsTypes: false,
      images: {
        channels: design.num_channels,
        size: design.image_size,
        patch: design.patch_size,
        leading: ["[CLS]"],
      },
      paddingId: 0,
      absent: {
        "scores.position": "vit adds positions to the embeddings, not to the scores",
        "scores.bias": "vit adds nothing to the scores",
        pooled: isClassifier
          ? "the classifier of vit reads the class token of final; it has no pooler"
          : "this checkpoint has no pooler",
        logits:
          design.head === "ForMaskedImageModeling"
            ? "heed does not run the head that paints hidden patches (ViTForMaskedImageModeling), only the encoder"
            : "this checkpoint has no head",
      },
      scoreScale: () => 1 / Math.sqrt(design.headWidth),
      exampleInputs: (length) => exampleImage(design, length),
      readout: pictureReadout(weights, design),
      forward: (inputs, probe) => forward(weights, design, inputs, probe),
    };
  },
};

/** The classifier reads the class token; as a readout it reads every token alike. */
function pictureReadout({ norm, classifier }: Weights, design: Design): Readout | undefined {
  if (design.head !== "ForImageClassification") return undefined;
  return {
    stack: "",
    norm: { kind: "layer", epsilon: design.layer_norm_eps, ...norm },
    logits: (final) => (classifier ? linear(final, classifier) : final),
    ...(classifier && { map: { ...classifier, scale: 1 } }),
  };
}

function forward(weights: Weights, design: Design, inputs: Inputs, probe: Probe): Outputs {
  const { batch: B, length: T } = inputs;
  const { num_attention_heads: heads, hidden_act: activation, layer_norm_eps: epsilon } = design;
  const mask = { keys: keyMask(inputs.mask, [B, T], probe.program) }; // (B, S)
  const attention = { scale: 1 / Math.sqrt(design.headWidth), mask };
  let x = probe.site("embeddings", embeddings(weights, design, inputs, probe.program)); // (B, T, C)
  for (const [layer, w] of weights.layers.entries())
    x = probe.layer(layer, x, (x, probe) =>
      preNormBlock(x, w, { heads, activation, epsilon, attention }, probe),
    );
  const final = probe.site("final", layerNorm(x, weights.norm, epsilon)); // (B, T, C)
  const { pooler, classifier } = weights;
  const first = reshape(slice(final, 1, 0, 1), [B, design.hidden_size]); // (B, C): the class token
  const pooled =
    pooler && probe.site("pooled", linear(first, pooler, { activation: design.pooler_act }));
  if (design.head !== "ForImageClassification") return { final, pooled };
  // Without labels transformers' classifier hands the class token on as it is.
  return { final, logits: probe.site("logits", classifier ? linear(first, classifier) : first) };
}

/** The class token, then one token a patch, plus positions: pixels (B, channels, height, width) → (B, T, C). */
function embeddings(w: Weights, design: Design, inputs: Inputs, program: Program): LazyTensor {
  const { pixels, grid } = expectPixels(inputs, "vit");
  const B = inputs.batch;
  const N = grid.rows * grid.columns;
  const unfolded = unfold(pixels, design.patch_size, grid);
  const patches = linear(
    program.input(unfolded, [B, N, unfolded.length / (B * N)], "patches"),
    w.patches,
  ); // (B, N, C)
  const start = embed(w.classToken, program.input(new Int32Array(B), [B, 1], "class token"));
  return add(
    concat([start, patches], 1),
    imagePositions(w.positions, design.trained, grid, program),
  );
}

/** The numbers of each patch in one row, channel by channel: (B, channels, height, width) → (B, N, channels · patch height · patch width). */
function unfold(
  { shape, data }: Tensor,
  [patchHeight, patchWidth]: readonly [number, number],
  { rows, columns }: PatchGrid,
): Float32Array {
  const [B, channels, height, width] = shape as readonly [number, number, number, number];
  const unfolded = new Float32Array(B * rows * columns * channels * patchHeight * patchWidth);
  let next = 0;
  for (let b = 0; b < B; b++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let channel = 0; channel < channels; channel++)
          for (let y = 0; y < patchHeight; y++) {
            const line = (b * channels + channel) * height + row * patchHeight + y;
            const start = line * width + column * patchWidth;
            unfolded.set(data.subarray(start, start + patchWidth), next);
            next += patchWidth;
          }
  return unfolded;
}

/** An image that makes this many tokens: of the trained size where that fits, else one row of patches. */
function exampleImage(
  { num_channels: channels, patch_size: [height, width], trained }: Design,
  length: number,
): Partial<Inputs> {
  const N = Math.max(length - 1, 1);
  const grid = N === trained.rows * trained.columns ? trained : { rows: 1, columns: N };
  const shape = [1, channels, height * grid.rows, width * grid.columns];
  const pixels = new Tensor(shape, new Float32Array(channels * height * width * N));
  return { ids: undefined, length: 1 + N, grid, pixels };
}

const heads = ["Model", "ForImageClassification", "ForMaskedImageModeling"];

function designOf(raw: RawConfig): Design {
  const config = checkConfig(schema, raw, "vit");
  const head = headClass(raw);
  if (!heads.includes(head))
    refuse(
      "vit",
      "architectures",
      raw.architectures,
      `heed has ${heads.map((name) => `ViT${name}`).join(", ")}`,
    );
  const headWidth = config.head_dim ?? Math.floor(config.hidden_size / config.num_attention_heads);
  const [height, width] = config.image_size;
  const rows = Math.floor(height / config.patch_size[0]);
  const columns = Math.floor(width / config.patch_size[1]);
  if (rows * columns === 0)
    refuse(
      "vit",
      "patch_size",
      raw.patch_size,
      `An image of ${height} x ${width} pixels holds no such patch`,
    );
  return { ...config, headWidth, head, labels: labelCount(raw), trained: { rows, columns } };
}

function takeWeights(design: Design, file: Parameters): Weights {
  const { hidden_size: C, trained, labels } = design;
  const [height, width] = design.patch_size;
  const pixels = design.num_channels * height * width;
  const body = file.beside("vit.", "");
  body.ignore(/(^|\.)embeddings\.mask_token$/);
  const at = body.within("embeddings.", "embeddings.");
  const N = trained.rows * trained.columns;
  return {
    patches: at.linear("patch_embeddings.projection", [C, pixels], "patches", {
      storedShape: [C, design.num_channels, height, width],
    }),
    classToken: at.table("cls_token", [1, C], "class", { storedShape: [1, 1, C] }),
    positions: at.table("position_embeddings", [1 + N, C], "positions", {
      storedShape: [1, 1 + N, C],
    }),
    layers: Array.from({ length: design.num_hidden_layers }, (_, layer) =>
      takeLayer(design, body, layer),
    ),
    norm: body.norm("layernorm", C, "norm"),
    pooler:
      design.head === "Model" && body.has("pooler.dense.weight")
        ? body.linear("pooler.dense", [design.pooler_output_size || C, C], "pooler")
        : undefined,
    classifier:
      design.head === "ForImageClassification" && labels > 0
        ? file.linear("classifier", [labels, C], "head")
        : undefined,
  };
}

/** The names files have, and those of transformers 5's own modules. */
const published = {
  layer: "encoder.layer.",
  q: "attention.attention.query",
  k: "attention.attention.key",
  v: "attention.attention.value",
  o: "attention.output.dense",
  up: "intermediate.dense",
  down: "output.dense",
};
const renamed: typeof published = {
  layer: "layers.",
  q: "attention.q_proj",
  k: "attention.k_proj",
  v: "attention.v_proj",
  o: "attention.o_proj",
  up: "mlp.fc1",
  down: "mlp.fc2",
};

function takeLayer(design: Design, body: Parameters, layer: number): PreNormWeights {
  const { hidden_size: C, intermediate_size: F, qkv_bias: bias } = design;
  const A = design.num_attention_heads * design.headWidth;
  const isPublished = body.has(`${published.layer}${layer}.${published.q}.weight`);
  const isRenamed = !isPublished && body.has(`${renamed.layer}${layer}.${renamed.q}.weight`);
  const names = isRenamed ? renamed : published;
  const from = body.within(`${names.layer}${layer}.`, `layers.${layer}.`);
  return {
    attentionNorm: from.norm("layernorm_before", C, "attention.norm"),
    attention: {
      q: from.linear(names.q, [A, C], "q", { bias }),
      k: from.linear(names.k, [A, C], "k", { bias }),
      v: from.linear(names.v, [A, C], "v", { bias }),
      o: from.linear(names.o, [C, A], "o"),
    },
    norm: from.norm("layernorm_after", C, "mlp.norm"),
    up: from.linear(names.up, [F, C], "mlp.up"),
    down: from.linear(names.down, [C, F], "mlp.down"),
  };
}
