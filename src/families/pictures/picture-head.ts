import { add, linear, scale } from "../../tensor/operations.ts";
import { type RawConfig, refuse } from "../config.ts";
import { headClass, labelCount } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { meanOfPatches, type PictureHead, tokenAt } from "./picture-encoder.ts";

/** The class of transformers a config names: what sits on top. Throws ConfigError for one that is none of `heads`. */
export function expectPictureHead(
  family: string,
  named: string,
  raw: RawConfig,
  heads: readonly string[],
): string {
  const head = headClass(raw);
  if (!heads.includes(head))
    refuse(
      family,
      "architectures",
      raw.architectures,
      `heed has ${heads.map((name) => `${named}${name}`).join(", ")}`,
    );
  return head;
}

/** A classifier that reads the class token of `final`; without labels transformers' hands the token on as it is. */
export function classTokenHead(file: Parameters, raw: RawConfig, width: number): PictureHead {
  const labels = labelCount(raw);
  const classifier = labels > 0 ? file.linear("classifier", [labels, width], "head") : null;
  return {
    task: "image classification",
    classifier,
    logits: (final) => {
      const first = tokenAt(final, 0);
      return classifier ? linear(first, classifier) : first;
    },
  };
}

/** A classifier that reads the mean of the patches of `final`, behind `leading` other tokens; without labels the mean itself. */
export function meanHead(
  raw: RawConfig,
  file: Parameters,
  width: number,
  leading: number,
): PictureHead {
  const labels = labelCount(raw);
  const classifier = labels > 0 ? file.linear("classifier", [labels, width], "head") : undefined;
  return {
    task: "image classification",
    logits: (final) => {
      const mean = meanOfPatches(final, leading);
      return classifier ? linear(mean, classifier) : mean;
    },
  };
}

/** Two classifiers, of the class token and of the one that learned from a teacher: what they give is averaged (DeiT). */
export function teacherHead(file: Parameters, raw: RawConfig, width: number): PictureHead {
  const labels = labelCount(raw);
  const take = (stored: string, name: string) =>
    labels > 0 ? file.linear(stored, [labels, width], name) : undefined;
  const maps = [
    take("cls_classifier", "head"),
    take("distillation_classifier", "head.distillation"),
  ];
  return {
    task: "image classification",
    logits: (final) => {
      const [own, taught] = maps.map((map, place) => {
        const token = tokenAt(final, place);
        return map ? linear(token, map) : token;
      });
      return scale(add(own!, taught!), 0.5);
    },
  };
}
