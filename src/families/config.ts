import * as v from "valibot";
import { ConfigError } from "../errors/errors.ts";
import { short } from "../errors/visible.ts";
import type { Activation } from "../tensor/attributes.ts";

/** config.json as read, before a family has checked it. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** No axis of a model is longer: products of a few sizes stay numbers one can count with. */
const LARGEST_SIZE = 2 ** 31;

/** What a config says of the network that reads a text: all of it, or its `encoder`, where it is of two networks. */
export function readingConfig(raw: RawConfig): RawConfig {
  const { encoder } = raw;
  return typeof encoder === "object" && encoder !== null ? (encoder as RawConfig) : raw;
}

/** A positive whole number up to 2³¹. */
export const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST_SIZE));

/** A size, or the family's default when the file leaves it out. */
export const count = (fallback: number) => v.optional(size, fallback);

/** Layers are built one by one, also where they share their weights: no published model has a tenth of these. */
const MOST_LAYERS = 4096;

/** How many layers, groups of layers or parts of a layer there are, or the default: from 1, or from `least`. */
export const depth = (fallback: number, least = 1) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(MOST_LAYERS)), fallback);

/** A whole number of 32 bits: an id, or a mark such as -1 that stands for none. */
export const whole = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(-LARGEST_SIZE),
  v.maxValue(LARGEST_SIZE - 1),
);

/** The ids that end a text: one, several, null, or left out. */
export const maybeIds = v.nullish(v.union([whole, v.array(whole)]));

/** The id a table of positions has its rows before, or the default: it must be one of its rows itself. */
export const positionPaddingId = (fallback: number) =>
  v.optional(v.pipe(whole, v.minValue(0)), fallback);

/** The first of these ids that the vocabulary has, as padding: files name ids beyond it, and -1. */
export function paddingIdOf(
  vocabulary: number,
  ...ids: readonly (number | readonly number[] | null | undefined)[]
): number {
  const known = (id: unknown) => typeof id === "number" && id >= 0 && id < vocabulary;
  return ids.flat().find((id): id is number => known(id)) ?? 0;
}

/** What is added below a root: finite and from 0, or the default. */
export const normEpsilon = (fallback: number) =>
  v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), fallback);

/** true or false, or the default. */
export const flag = (fallback: boolean) => v.optional(v.boolean(), fallback);

/** An id, null, or left out. */
export const maybeId = v.nullish(whole);

/** An id or null; left out, the default. */
export const idOr = (fallback: number) => v.optional(v.nullable(whole), fallback);

/** A size or null; left out, the default. */
export const countOrNull = (fallback: number | null) => v.optional(v.nullable(size), fallback);

/** A finite number, or the default. */
export const factor = (fallback: number) => v.optional(v.pipe(v.number(), v.finite()), fallback);

/** A positive number or null; left out, the default. */
export const positiveOrNull = (fallback: number | null) =>
  v.optional(v.nullable(v.pipe(v.number(), v.finite(), v.gtValue(0))), fallback);

const activationNames: Readonly<Record<string, Activation>> = {
  gelu: "gelu",
  gelu_python: "gelu",
  gelu_new: "gelu_new",
  gelu_fast: "gelu_new",
  gelu_pytorch_tanh: "gelu_new",
  gelu_python_tanh: "gelu_new",
  quick_gelu: "quick_gelu",
  relu: "relu",
  relu2: "relu2",
  relu6: "relu6",
  leaky_relu: "leaky_relu",
  hardswish: "hardswish",
  gelu_10: "gelu_10",
  gelu_accurate: "gelu_new",
  laplace: "laplace",
  mish: "mish",
  silu: "silu",
  swish: "silu",
  sigmoid: "sigmoid",
  tanh: "tanh",
  linear: "linear",
};

/** An activation function by the name transformers gives it, or the default. */
export const activationName = (fallback: Activation) =>
  v.pipe(
    v.optional(
      v.picklist(
        Object.keys(activationNames),
        (issue) =>
          `activation ${issue.received} is not known; known are ${Object.keys(activationNames).join(", ")}`,
      ),
      fallback,
    ),
    v.transform((name) => activationNames[name]!),
  );

/** Fields of a config under the names a family uses: `aliases` maps other spellings (transformers' attribute_map) to them. */
export function withAliases(
  raw: RawConfig,
  aliases: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...raw };
  for (const [alias, name] of Object.entries(aliases))
    if (fields[name] === undefined && fields[alias] !== undefined) fields[name] = fields[alias];
  return fields;
}

/** Checks a config against a family's schema. Throws ConfigError that names the field, the rule and what stands there. */
export function checkConfig<const S extends v.GenericSchema>(
  schema: S,
  raw: RawConfig,
  family: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, raw);
  if (result.success) return result.output;
  const lines = result.issues.map((issue) => {
    const field = v.getDotPath(issue) ?? "the file";
    return `${field} is ${short(issue.received, 200)}: ${short(issue.message, 500)}`;
  });
  throw new ConfigError(`${family}: config.json is not right. ${lines.join("; ")}`);
}

/** Refuses a setting whose computation heed does not have, by name. */
export function refuse(family: string, field: string, value: unknown, why: string): never {
  throw new ConfigError(
    `${family}: config.json says ${field}=${short(JSON.stringify(value) ?? "undefined", 200)}. ${why}`,
  );
}

/** Refuses a padding id that is none of the rows of the table of positions, which are counted from behind it (RoBERTa). */
export function expectPositionsPastPadding(
  family: string,
  config: { readonly pad_token_id: number; readonly max_position_embeddings: number },
): void {
  const { pad_token_id: padding, max_position_embeddings: rows } = config;
  if (padding >= rows - 1)
    refuse(
      family,
      "pad_token_id",
      padding,
      `Positions count from the padding id + 1, and max_position_embeddings is ${rows}: it must be below ${rows - 1}`,
    );
}

/** Refuses a width of heads that is not the model's divided among them, of a family whose maps heed takes so wide alone. */
export function expectHeadWidth(family: string, { head_dim: own }: RawConfig, width: number): void {
  if (typeof own === "number" && own !== width)
    refuse(
      family,
      "head_dim",
      own,
      `heed runs this family with heads ${width} wide, the model's width divided among them: leave the field out`,
    );
}

/** The article's rule: the model's width is divided among the heads, so it must divide. */
export function headWidthOf(family: string, width: number, heads: number): number {
  if (width % heads !== 0)
    throw new ConfigError(
      `${family}: a model ${width} wide cannot be divided among ${heads} heads: each head gets width / heads numbers, and ${width} / ${heads} = ${(width / heads).toFixed(2)} is no whole number. Choose a number of heads that divides ${width}`,
    );
  return width / heads;
}
