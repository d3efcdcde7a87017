import * as v from "valibot";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import type { Program } from "../../tensor/program.ts";
import { checkConfig, type RawConfig, refuse, size } from "../config.ts";
import type { Inputs } from "../inputs.ts";

/** How fast each pair of a head turns, and what its cosine and sine are multiplied by. */
interface Turning {
  /** (R/2) radians a position, in single precision. */
  readonly frequencies: Float32Array;
  readonly factor: number;
}

/** Cosines and sines of the tokens' angles: (B or 1, T, R/2) each. */
export interface Turn {
  readonly cos: LazyTensor;
  readonly sin: LazyTensor;
}

/** Makes the turn of a pass. */
export type Angles = (inputs: Inputs, program: Program) => Turn;

/** What rotary positions need to know of a model. */
export interface RotaryModel {
  readonly family: string;
  readonly headWidth: number;
  /** max_position_embeddings */
  readonly positions: number;
  /** Whether partial_rotary_factor says how much of a head turns; elsewhere transformers has no such thing. */
  readonly isPartial?: boolean;
}

/** No published head has a hundredth of these numbers; how fast each pair turns is known before any weight bounds it. */
const MOST_TURNED = 65_536;

/** How far each pair turns in texts of `length` tokens, by the kind of scaling. */
type Scaling = (length: number) => Turning;

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const length = size;
const base = {
  rope_theta: v.nullish(positive),
  partial_rotary_factor: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
};

const linearSchema = v.object({ ...base, factor: positive });
const llama3Schema = v.object({
  ...base,
  factor: positive,
  low_freq_factor: positive,
  high_freq_factor: positive,
  original_max_position_embeddings: length,
});
const yarnSchema = v.object({
  ...base,
  factor: v.nullish(positive),
  attention_factor: v.nullish(v.pipe(v.number(), v.minValue(0))),
  beta_fast: v.nullish(v.number()),
  beta_slow: v.nullish(v.number()),
  mscale: v.nullish(v.number()),
  mscale_all_dim: v.nullish(v.number()),
  truncate: v.nullish(v.boolean()),
  original_max_position_embeddings: length,
});
const longropeSchema = v.object({
  ...base,
  factor: v.nullish(positive),
  attention_factor: v.nullish(v.pipe(v.number(), v.minValue(0))),
  short_factor: v.array(positive),
  long_factor: v.array(positive),
  original_max_position_embeddings: length,
});

const proportionalSchema = v.object({ ...base, factor: v.nullish(positive) });

const kinds: Readonly<Record<string, (fields: RawConfig, model: RotaryModel) => Scaling>> = {
  default: (fields, model) => {
    if (model.isPartial) check(v.object(base), fields, model);
    const frequencies = plain(thetaOf(fields), model.headWidth);
    return () => ({ frequencies, factor: 1 });
  },
  linear,
  dynamic,
  yarn,
  longrope,
  llama3,
  proportional,
};

/**
 * Cosines and sines of rotary positions (Su et al. 2021), scaled as transformers' modeling_rope_utils has it: (B or 1, T, R/2).
 * Reads `rope_parameters`, or `rope_theta` and `rope_scaling` of older files. Refuses kinds it does not know by name.
 * Where the kind depends on the text's length, keys in a cache keep the angles of their own pass, there as here.
 */
export function rotaryAngles(raw: RawConfig, whole: RotaryModel): Angles {
  const { kind, fields } = ropeFields(raw, whole);
  const model = { ...whole, headWidth: turnedWidth(raw, whole) };
  if (model.headWidth > MOST_TURNED)
    return refuse(
      model.family,
      "head_dim",
      model.headWidth,
      `Rotary positions turn at most ${MOST_TURNED} numbers of a head`,
    );
  const make = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!make)
    return refuse(
      model.family,
      "rope_type",
      kind,
      `heed turns positions by ${Object.keys(kinds).join(", ")}`,
    );
  const scaling = make(fields, model);
  return ({ batch, length, positions, cache }, program) => {
    const past = cache?.length ?? 0;
    const places = positions ?? Int32Array.from({ length }, (_, place) => past + place);
    const { frequencies, factor } = scaling(largest(places) + 1);
    const half = frequencies.length;
    const cos = new Float32Array(places.length * half);
    const sin = new Float32Array(places.length * half);
    for (const [row, place] of places.entries())
      for (let pair = 0; pair < half; pair++) {
        // The product is rounded as PyTorch rounds it: far out, half a unit in its last place is a visible angle.
        const angle = Math.fround(place * frequencies[pair]!);
        cos[row * half + pair] = Math.cos(angle) * factor;
        sin[row * half + pair] = Math.sin(angle) * factor;
      }
    const shape = [positions ? batch : 1, length, half];
    return {
      cos: program.input(cos, shape, "cosines of the positions"),
      sin: program.input(sin, shape, "sines of the positions"),
    };
  };
}

/** How many numbers of a head turn, from its first on. */
export function turnedWidth(raw: RawConfig, model: RotaryModel): number {
  const { kind, fields } = ropeFields(raw, model);
  const { partial_rotary_factor: part } = fields;
  const isWhole = !model.isPartial || kind === "proportional" || typeof part !== "number";
  return isWhole ? model.headWidth : Math.trunc(model.headWidth * part);
}

/** The fields of rotary positions, in whichever spelling, under their new names. */
function ropeFields(raw: RawConfig, { family, positions }: RotaryModel) {
  const isEmpty = Object.keys(raw.rope_scaling ?? {}).length === 0;
  const given = (isEmpty ? undefined : raw.rope_scaling) ?? raw.rope_parameters ?? {};
  if (typeof given !== "object" || Array.isArray(given))
    return refuse(family, "rope_scaling", given, "It must be an object with a rope_type");
  const own = given as RawConfig;
  const fields: RawConfig = {
    ...own,
    rope_theta: own.rope_theta ?? raw.rope_theta,
    partial_rotary_factor: own.partial_rotary_factor ?? raw.partial_rotary_factor,
    original_max_position_embeddings:
      raw.original_max_position_embeddings ?? own.original_max_position_embeddings ?? positions,
  };
  return { kind: String(own.rope_type ?? own.type ?? "default"), fields };
}

function thetaOf({ rope_theta: theta }: { readonly rope_theta?: unknown }): number {
  return typeof theta === "number" ? theta : 10000;
}

/** θ^(−2m/D) for pair m, each step rounded to single precision as PyTorch does. */
function plain(theta: number, width: number): Float32Array {
  return Float32Array.from({ length: Math.ceil(width / 2) }, (_, pair) =>
    Math.fround(1 / Math.fround(theta ** Math.fround((2 * pair) / width))),
  );
}

function check<const S extends v.GenericSchema>(
  schema: S,
  fields: RawConfig,
  { family, isPartial }: RotaryModel,
): v.InferOutput<S> {
  const { partial_rotary_factor: part } = fields;
  if (!isPartial && typeof part === "number" && part !== 1)
    refuse(family, "partial_rotary_factor", part, "transformers does not run it here either");
  return checkConfig(schema, fields, `${family}, rope_scaling`);
}

/** Positions divided by a factor (Chen et al. 2023). */
function linear(raw: RawConfig, model: RotaryModel): Scaling {
  const fields = check(linearSchema, raw, model);
  const frequencies = plain(thetaOf(fields), model.headWidth).map((f) => f / fields.factor);
  return () => ({ frequencies, factor: 1 });
}

/** θ grows with texts longer than those of the training (NTK-aware scaling, as transformers has it). */
function dynamic(raw: RawConfig, model: RotaryModel): Scaling {
  const fields = check(linearSchema, raw, model);
  const { factor } = fields;
  const { headWidth: D, positions } = model;
  return (length) => {
    const stretch = (factor * Math.max(length, positions)) / positions - (factor - 1);
    return {
      frequencies: plain(thetaOf(fields) * stretch ** (D / (D - 2)), D),
      factor: 1,
    };
  };
}

/** Fast pairs as they were, slow ones divided, a ramp between (Peng et al. 2023). */
function yarn(raw: RawConfig, model: RotaryModel): Scaling {
  const fields = check(yarnSchema, raw, model);
  const { family, headWidth: D, positions } = model;
  if (D % 2 !== 0)
    refuse(family, "rope_type", "yarn", `It divides whole pairs, and ${D} numbers of a head turn`);
  const original = fields.original_max_position_embeddings;
  const factor = fields.factor ?? positions / original;
  const theta = thetaOf(fields);
  const pairTurning = (turns: number) =>
    (D * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const isWhole = fields.truncate ?? true;
  const [first, last] = [pairTurning(fields.beta_fast || 32), pairTurning(fields.beta_slow || 1)];
  const low = Math.max(isWhole ? Math.floor(first) : first, 0);
  const high = Math.min(isWhole ? Math.ceil(last) : last, D - 1);
  const frequencies = plain(theta, D).map((frequency, pair) => {
    const ramp = (pair - low) / (low === high ? 0.001 : high - low);
    const divided = Math.min(Math.max(ramp, 0), 1);
    return (frequency / factor) * divided + frequency * (1 - divided);
  });
  const grown = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  const { mscale, mscale_all_dim: whole } = fields;
  const inferred = mscale && whole ? grown(mscale) / grown(whole) : grown(1);
  return () => ({ frequencies, factor: fields.attention_factor ?? inferred });
}

/** A factor of its own for each pair, one list for short texts and one for long (Ding et al. 2024). */
function longrope(raw: RawConfig, model: RotaryModel): Scaling {
  const fields = check(longropeSchema, raw, model);
  const { family, headWidth: D, positions } = model;
  const original = fields.original_max_position_embeddings;
  const scaled = (name: "short_factor" | "long_factor") => {
    const factors = fields[name];
    if (factors.length !== Math.ceil(D / 2))
      refuse(family, name, factors, `It needs ${Math.ceil(D / 2)} numbers, one a pair`);
    return plain(thetaOf(fields), D).map((frequency, pair) => frequency / factors[pair]!);
  };
  const [short, long] = [scaled("short_factor"), scaled("long_factor")];
  const stretch = fields.factor ?? positions / original;
  const inferred = stretch <= 1 ? 1 : Math.sqrt(1 + Math.log(stretch) / Math.log(original));
  const factor = fields.attention_factor ?? inferred;
  return (length) => ({ frequencies: length > original ? long : short, factor });
}

/** Slow pairs divided, fast ones kept, a smooth passage between (Llama 3.1). */
function llama3(raw: RawConfig, model: RotaryModel): Scaling {
  const fields = check(llama3Schema, raw, model);
  const { factor, low_freq_factor: low, high_freq_factor: high } = fields;
  const original = fields.original_max_position_embeddings;
  const frequencies = plain(thetaOf(fields), model.headWidth).map((frequency) => {
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength > original / low) return frequency / factor;
    if (wavelength < original / high) return frequency;
    const smooth = (original / wavelength - low) / (high - low);
    return (1 - smooth) * (frequency / factor) + smooth * frequency;
  });
  return () => ({ frequencies, factor: 1 });
}

/** The first pairs turn as if all did, divided by a factor; the others not at all (Gemma 3n). */
function proportional(raw: RawConfig, { family, headWidth: D }: RotaryModel): Scaling {
  const fields = checkConfig(proportionalSchema, raw, `${family}, rope_scaling`);
  const turning = Math.floor(((fields.partial_rotary_factor ?? 1) * D) / 2);
  const frequencies = plain(thetaOf(fields), D).map((frequency, pair) =>
    pair < turning ? frequency / (fields.factor ?? 1) : 0,
  );
  return () => ({ frequencies, factor: 1 });
}

function largest(places: Int32Array): number {
  return places.reduce((most, place) => Math.max(most, place), 0);
}
