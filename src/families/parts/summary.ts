import * as v from "valibot";
import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { activate, linear, reshape, scale, slice, sum } from "../../tensor/operations.ts";
import { activationName, checkConfig, flag, type RawConfig, refuse } from "../config.ts";
import type { Parameters } from "../parameters.ts";

/** What a family's config has where it says nothing of summaries. */
export interface UsualSummary {
  readonly type: "first" | "last";
  readonly activation: Activation | null;
  /** Whether it goes through a matrix; it does where this is left out. */
  readonly hasMatrix?: boolean;
  readonly toLabels?: boolean;
  /** What its activations may be; others are none, as in transformers' code for the family. */
  readonly only?: "tanh";
}

const kinds = ["last", "first", "mean", "cls_index"];

/**
 * The summary of a text: one token, or the mean of all (padding too, as transformers has it), through a matrix and an activation:
 * final (B, T, C) → (B, C); or to the labels, (B, labels), where the config says so. Throws ConfigError for kinds there are not.
 */
export function takeSummary(
  family: string,
  raw: RawConfig,
  {
    width,
    labels,
    name = "summary",
    file,
  }: {
    readonly width: number;
    readonly labels: number;
    /** Of its learned map. */
    readonly name?: string;
    readonly file: Parameters;
  },
  usual: UsualSummary,
): { readonly pool: (final: LazyTensor) => LazyTensor; readonly isOfLabels: boolean } {
  const schema = v.object({
    summary_type: v.optional(v.string(), usual.type),
    summary_use_proj: flag(usual.hasMatrix ?? true),
    summary_proj_to_labels: flag(usual.toLabels ?? false),
    summary_activation: v.optional(v.nullable(v.string()), usual.activation),
  });
  const config = checkConfig(schema, raw, family);
  const activation = activationOf(family, config.summary_activation, usual);
  const { summary_type: type, summary_use_proj: hasMatrix } = config;
  if (!kinds.includes(type))
    refuse(
      family,
      "summary_type",
      type,
      `known are ${kinds.slice(0, -1).join(", ")} and ${kinds.at(-1)}`,
    );
  const isOfLabels = hasMatrix && config.summary_proj_to_labels && labels > 0;
  const weights = hasMatrix
    ? file.beside("sequence_summary.").linear("summary", [isOfLabels ? labels : width, width], name)
    : undefined;
  return {
    isOfLabels,
    pool: (final) => {
      const [B, T, C] = final.shape as readonly [number, number, number];
      const place = type === "first" ? 0 : T - 1;
      const vector =
        type === "mean"
          ? scale(sum(final, 1), 1 / T)
          : reshape(slice(final, 1, place, place + 1), [B, C]);
      return weights ? linear(vector, weights, { activation }) : activate(vector, activation);
    },
  };
}

function activationOf(family: string, name: string | null, { only }: UsualSummary): Activation {
  if (name === null || name === "" || (only && name !== only)) return "linear";
  const schema = v.object({ summary_activation: activationName("linear") });
  return checkConfig(schema, { summary_activation: name }, family).summary_activation;
}
