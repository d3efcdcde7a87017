import * as v from "valibot";
import { InputError } from "../../errors/errors.ts";
import { linear } from "../../tensor/operations.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  flag,
  normEpsilon,
  type RawConfig,
  size,
} from "../config.ts";
import type { Family } from "../family.ts";
import type { Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { cubicWeights } from "./grid-samples.ts";
import {
  type PictureEncoder,
  type PictureHead,
  pictureEncoder,
  tokenAt,
} from "./picture-encoder.ts";
import { classTokenHead, expectPictureHead, teacherHead } from "./picture-head.ts";
import { namesHeld, publishedNames, renamedNames, takePictureLayers } from "./picture-layers.ts";
import { paintingHead } from "./picture-painter.ts";
import { pictureFields, takePictureTokens, trainedGrid } from "./picture-tokens.ts";

const schema = v.object({
  ...pictureFields({ image: 224, patch: 16 }),
  hidden_size: count(768),
  num_hidden_layers: depth(12, 0),
  num_attention_heads: count(12),
  head_dim: v.nullish(size),
  intermediate_size: count(3072),
  hidden_act: activationName("gelu"),
  layer_norm_eps: normEpsilon(1e-12),
  qkv_bias: flag(true),
  // 0 and null mean hidden_size.
  pooler_output_size: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0))),
  pooler_act: activationName("tanh"),
  encoder_stride: count(16),
});
type Config = v.InferOutput<typeof schema>;

/** What a family that is otherwise like ViT has of its own. */
interface LikeViT {
  readonly family: string;
  /** Its classes' name. */
  readonly named: "ViT" | "DeiT";
  /** Leading tokens: the file's name, heed's, and the one people read. */
  readonly leading: readonly (readonly [stored: string, name: string, read: string])[];
  /** Whether it has the head with a teacher, beside those of ViT. */
  readonly hasTeacher?: boolean;
}

/** ViT (Dosovitskiy et al. 2021): an encoder over the patches of an image; its norms come before each part. */
export const vit: Family = {
  type: "vit",
  open: (raw, file) =>
    pictureEncoder(
      likeViT(raw, file, {
        family: "vit",
        named: "ViT",
        leading: [["cls_token", "class", "[CLS]"]],
      }),
    ),
};

/** An encoder of that kind, put together from its config and file. */
export function likeViT(raw: RawConfig, file: Parameters, kind: LikeViT): PictureEncoder {
  const { family, leading } = kind;
  const config = checkConfig(schema, raw, family);
  const { hidden_size: C, num_attention_heads: heads } = config;
  const head = expectPictureHead(family, kind.named, raw, [
    "Model",
    "ForImageClassification",
    ...(kind.hasTeacher ? ["ForImageClassificationWithTeacher"] : []),
    "ForMaskedImageModeling",
  ]);
  const paints = head === "ForMaskedImageModeling";
  const headWidth = config.head_dim ?? Math.floor(C / heads);
  const trained = trainedGrid(family, config, raw);
  const body = file.beside(`${family}.`, "");
  const { qkv_bias: bias } = config;
  const names = namesHeld(body, [publishedNames, renamedNames]);
  return {
    family,
    frame: config,
    trained,
    preparedBy: kind.named,
    leading: leading.map(([, , read]) => read),
    heads,
    headWidth,
    width: C,
    feedForward: config.intermediate_size,
    activation: config.hidden_act,
    epsilon: config.layer_norm_eps,
    tokens: takePictureTokens(body, {
      family,
      frame: config,
      width: C,
      leading: leading.map(([stored, name]) => [stored, name]),
      positions: { trained, sampling: cubicWeights },
      hides: paints,
    }),
    layers: takePictureLayers(
      body,
      {
        layers: config.num_hidden_layers,
        width: C,
        attention: heads * headWidth,
        feedForward: config.intermediate_size,
        bias: { q: bias, k: bias, v: bias },
      },
      names,
    ),
    norm: body.norm("layernorm", C, "norm"),
    head: paints
      ? paintingHead(file, {
          width: C,
          frame: config,
          stride: config.encoder_stride,
          leading: leading.length,
        })
      : headOf(head, config, { raw, file, body }),
    expect: paints ? (inputs) => expectWhole(family, config, inputs) : undefined,
    absent: {
      ...(head.startsWith("ForImageClassification") && {
        pooled: `the classifier of ${family} reads the class token of final; it has no pooler`,
      }),
      ...(paints && {
        logits: `the head of ${kind.named}ForMaskedImageModeling paints images anew: see reconstruction`,
      }),
    },
  };
}

/** Throws InputError for hidden patches where what is painted is of another size than the image, as transformers does. */
function expectWhole(
  family: string,
  { patch_size: patch, encoder_stride: stride }: Config,
  { hiddenPatches }: Inputs,
): void {
  if (hiddenPatches && patch.some((side) => side !== stride))
    throw new InputError(
      `${family}: hiddenPatches needs a head that paints images of the size they have, and config.json says patch_size=${patch.join(" x ")}, encoder_stride=${stride}. Leave hiddenPatches out`,
    );
}

function headOf(
  head: string,
  { hidden_size: C, pooler_output_size: pooledWidth, pooler_act: activation }: Config,
  { raw, file, body }: { raw: RawConfig; file: Parameters; body: Parameters },
): PictureHead {
  if (head === "ForImageClassification") return classTokenHead(file, raw, C);
  if (head === "ForImageClassificationWithTeacher") return teacherHead(file, raw, C);
  if (head !== "Model" || !body.has("pooler.dense.weight")) return { task: "features" };
  const pooler = body.linear("pooler.dense", [pooledWidth || C, C], "pooler");
  return {
    task: "features",
    pool: (final) => linear(tokenAt(final, 0), pooler, { activation }),
  };
}
