import * as v from "valibot";
import { concat, linear } from "../../tensor/operations.ts";
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
import type { Parameters } from "../parameters.ts";
import type { PreNormWeights } from "../parts/pre-norm.ts";
import { cubicWeights, type Sampling, smoothCubicWeights } from "./grid-samples.ts";
import {
  meanOfPatches,
  type PictureEncoder,
  type PictureHead,
  pictureEncoder,
  tokenAt,
} from "./picture-encoder.ts";
import { expectPictureHead } from "./picture-head.ts";
import {
  type LayerNames,
  namesHeld,
  publishedNames,
  renamedNames,
  takePictureLayers,
} from "./picture-layers.ts";
import { pictureFields, takePictureTokens, trainedGrid } from "./picture-tokens.ts";

const schema = (patch: number) =>
  v.object({
    ...pictureFields({ image: 224, patch }),
    hidden_size: count(768),
    num_hidden_layers: depth(12, 0),
    num_attention_heads: count(12),
    mlp_ratio: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(2 ** 10)), 4),
    hidden_act: activationName("gelu"),
    layer_norm_eps: normEpsilon(1e-6),
    qkv_bias: flag(true),
    use_swiglu_ffn: flag(false),
    num_register_tokens: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 16)),
      4,
    ),
  });

/** What tells DINOv2 with registers from DINOv2. */
interface Kind {
  readonly family: string;
  readonly named: string;
  /** Pixels of a patch, where a config says nothing. */
  readonly patch: number;
  readonly hasRegisters: boolean;
  readonly sampling: Sampling;
}

/** DINOv2 (Oquab et al. 2024): ViT whose parts are multiplied by learned numbers before they join the stream. */
export const dinov2: Family = {
  type: "dinov2",
  open: (raw, file) =>
    pictureEncoder(
      likeDino(raw, file, {
        family: "dinov2",
        named: "Dinov2",
        patch: 14,
        hasRegisters: false,
        sampling: cubicWeights,
      }),
    ),
};

/** DINOv2 with registers (Darcet et al. 2024): tokens without a place, in which it keeps what is of no patch. */
export const dinov2WithRegisters: Family = {
  type: "dinov2_with_registers",
  open: (raw, file) =>
    pictureEncoder(
      likeDino(raw, file, {
        family: "dinov2_with_registers",
        named: "Dinov2WithRegisters",
        patch: 16,
        hasRegisters: true,
        sampling: smoothCubicWeights,
      }),
    ),
};

function likeDino(raw: RawConfig, file: Parameters, kind: Kind): PictureEncoder {
  const { family } = kind;
  const config = checkConfig(schema(kind.patch), raw, family);
  const { hidden_size: C, num_attention_heads: heads, qkv_bias: bias } = config;
  const head = expectPictureHead(family, kind.named, raw, ["Model", "ForImageClassification"]);
  const trained = trainedGrid(family, config, raw);
  if (trained.rows !== trained.columns)
    refuse(
      family,
      "image_size",
      raw.image_size,
      `Its positions are those of a square, and this makes ${trained.rows} x ${trained.columns} patches`,
    );
  const headWidth = Math.floor(C / heads);
  expectHeadWidth(family, raw, headWidth);
  const registers = kind.hasRegisters ? config.num_register_tokens : 0;
  const body = file.beside(`${family}.`, "");
  const wide = Math.trunc(C * config.mlp_ratio);
  // Two thirds of it, in eights: a gate takes a third more weights.
  const feedForward = config.use_swiglu_ffn
    ? Math.floor((Math.trunc((wide * 2) / 3) + 7) / 8) * 8
    : wide;
  const leading = ["[CLS]", ...Array.from({ length: registers }, (_, place) => `[REG ${place}]`)];
  return {
    family,
    frame: config,
    trained,
    preparedBy: "Bit",
    leading,
    heads,
    headWidth,
    width: C,
    feedForward,
    activation: config.use_swiglu_ffn ? "silu" : config.hidden_act,
    epsilon: config.layer_norm_eps,
    tokens: takePictureTokens(body, {
      family,
      frame: config,
      width: C,
      leading: [["cls_token", "class"]],
      registers,
      positions: { trained, sampling: kind.sampling },
    }),
    layers: takePictureLayers(
      body,
      {
        layers: config.num_hidden_layers,
        width: C,
        attention: heads * headWidth,
        feedForward,
        bias: { q: bias, k: bias, v: bias },
      },
      namesHeld(body, [names, newNames]),
      (from) => ({
        joinGains: {
          attention: from.plain("layer_scale1.lambda1", [C], "attention.scale"),
          mlp: from.plain("layer_scale2.lambda1", [C], "mlp.scale"),
        },
        ...(config.use_swiglu_ffn && gatedMaps(from, C, feedForward)),
      }),
    ),
    norm: body.norm("layernorm", C, "norm"),
    head: headOf(head, leading.length, C, raw, file),
    absent:
      head === "ForImageClassification"
        ? {
            pooled: `the classifier of ${family} reads the class token of final and the mean of its patches`,
          }
        : {},
  };
}

const names: LayerNames = {
  ...publishedNames,
  attentionNorm: "norm1",
  norm: "norm2",
  up: "mlp.fc1",
  down: "mlp.fc2",
};
const newNames: LayerNames = {
  ...names,
  q: renamedNames.q,
  k: renamedNames.k,
  v: renamedNames.v,
  o: renamedNames.o,
};

/** The gated feed-forward: gate and up are one matrix in published files. */
function gatedMaps(
  from: Parameters,
  C: number,
  F: number,
): Pick<PreNormWeights, "gate" | "up" | "down"> {
  const isFused = !from.holds("mlp.gate_proj.weight");
  const part = (stored: string, name: string, first: number) =>
    isFused
      ? from.linear("mlp.weights_in", [F, C], name, { rows: [first, first + F] })
      : from.linear(stored, [F, C], name);
  return {
    gate: part("mlp.gate_proj", "mlp.gate", 0),
    up: part("mlp.up_proj", "mlp.up", F),
    down: from.linear(isFused ? "mlp.weights_out" : "mlp.down_proj", [C, F], "mlp.down"),
  };
}

/** The model gives its class token; a classifier reads that and the mean of the patches, side by side. */
function headOf(
  head: string,
  before: number,
  C: number,
  raw: RawConfig,
  file: Parameters,
): PictureHead {
  if (head === "Model") return { task: "features", pool: (final) => tokenAt(final, 0) };
  const labels = labelCount(raw);
  const classifier = labels > 0 ? file.linear("classifier", [labels, 2 * C], "head") : undefined;
  return {
    task: "image classification",
    logits: (final) => {
      const both = concat([tokenAt(final, 0), meanOfPatches(final, before)], 1); // (B, 2C)
      return classifier ? linear(both, classifier) : both;
    },
  };
}
