import type { Parameters } from "../parameters.ts";
import type { LayerNames } from "../pictures/picture-layers.ts";
import type { PictureFrame, PicturePositions, PictureTokens } from "../pictures/picture-tokens.ts";

/** The names of a layer's tensors in both towers. */
export const towerNames: LayerNames = {
  layer: "encoder.layers.",
  attentionNorm: "layer_norm1",
  q: "self_attn.q_proj",
  k: "self_attn.k_proj",
  v: "self_attn.v_proj",
  o: "self_attn.out_proj",
  norm: "layer_norm2",
  up: "mlp.fc1",
  down: "mlp.fc2",
};

/** What the tokens of a tower of images are made of. */
interface TowerTokens {
  readonly family: string;
  readonly frame: PictureFrame;
  readonly width: number;
  /** Whether a class token comes before the patches; then patches have no bias (CLIP). */
  readonly hasClass: boolean;
  readonly positions: Omit<PicturePositions, "table">;
}

/** Takes them from a file's `embeddings.`. */
export function takeTowerTokens(
  body: Parameters,
  { family, frame, width: C, hasClass, positions }: TowerTokens,
): PictureTokens {
  const at = body.within("embeddings.", "embeddings.");
  const { num_channels: channels, patch_size: patch } = frame;
  const [height, width] = patch;
  const N = positions.trained.rows * positions.trained.columns;
  return {
    family,
    patch,
    patches: at.linear("patch_embedding", [C, channels * height * width], "patches", {
      storedShape: [C, channels, height, width],
      bias: !hasClass,
    }),
    leading: hasClass ? [at.table("class_embedding", [1, C], "class", { storedShape: [C] })] : [],
    positions: {
      ...positions,
      table: at.table("position_embedding.weight", [N + (hasClass ? 1 : 0), C], "positions"),
    },
  };
}
