import type { Family } from "../family.ts";
import { pictureEncoder } from "./picture-encoder.ts";
import { likeViT } from "./vit.ts";

/** DeiT (Touvron et al. 2021): ViT with a second leading token, which learned from a teacher, and perhaps a classifier over it. */
export const deit: Family = {
  type: "deit",
  open: (raw, file) =>
    pictureEncoder(
      likeViT(raw, file, {
        family: "deit",
        named: "DeiT",
        leading: [
          ["cls_token", "class", "[CLS]"],
          ["distillation_token", "distillation", "[DIST]"],
        ],
        hasTeacher: true,
      }),
    ),
};
