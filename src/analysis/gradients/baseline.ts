import { InputError } from "../../errors/errors.ts";
import type { Run } from "../../models/run.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type TokenName, tokenNamed } from "../interventions/names.ts";
import { repeatedInput, type Subject } from "../interventions/subject.ts";
import { inputSites } from "./gradient-run.ts";

/**
 * Where integrated gradients begin: every word replaced by the padding token, the mask, or a token named, special tokens as they are; vectors
 * of zeros, where a norm jumps, so that sums along the way are poor; or "grey": a picture of zeros, the mean colour of what the model's
 * processor makes.
 */
export const baselines = ["padding", "mask", "zero", "grey"] as const;
/** One of them, or a token that takes the place of every word. */
export type Baseline = (typeof baselines)[number] | { readonly token: TokenName };

/**
 * The baseline where nobody names one: grey for pictures; of texts the mask, the padding, the unknown or the end token, or zeros, whichever the
 * model has first. In RoBERTa's families padding has no position, so that the "padding" baseline takes the position's vector away as well.
 */
export function usualBaseline({ model }: Subject, { inputs }: Run): Baseline {
  if (inputs.pixels) return "grey";
  const special = model.tokenizer?.specialTokens;
  if (special?.mask) return "mask";
  if (special?.pad) return "padding";
  const other = special?.unknown ?? special?.end;
  return other ? { token: other.id } : "zero";
}

/** What enters layer 0 of each stack at the baseline: (1, T, C) a site. Throws InputError for one the model has no token of. */
export async function baselineVectors(
  subject: Subject,
  baseline: Baseline,
): Promise<ReadonlyMap<string, Tensor>> {
  const { model } = subject;
  const sites = inputSites(model);
  const clean = await subject.clean(sites);
  if (baseline === "zero")
    return new Map(sites.map((site) => [site, zeros(clean.trace.get(site).shape)]));
  const { trace } = await model.run(
    { ...repeatedInput(clean, 1), ...replaced(subject, clean, baseline) },
    { read: sites, output: false, onWarning: () => {} },
  );
  return new Map(sites.map((site) => [site, trace.get(site)]));
}

function replaced({ model }: Subject, { inputs, tokens, decoderTokens }: Run, baseline: Baseline) {
  const { ids, pixels, decoder } = inputs;
  if (baseline === "grey") {
    if (!pixels)
      throw new InputError(
        'baseline "grey" is of pictures, and this is a text. Use padding, mask or zero',
      );
    return { pixels: zeros(pixels.shape) };
  }
  if (!ids)
    throw new InputError(
      `baseline ${saidBaseline(baseline)} is of texts, and this is a picture. Use grey or zero`,
    );
  const id = tokenOf(model, baseline);
  const special = new Set(Object.values(model.tokenizer?.specialTokens ?? {}).map(({ id }) => id));
  const words = (ids: Int32Array, row: Run["tokens"][number]) => [
    Array.from(ids, (own, place) => (row[place]!.special || special.has(own) ? own : id)),
  ];
  return {
    ids: words(ids, tokens[0]!),
    ...(decoder && { decoderIds: words(decoder.ids, decoderTokens![0]!) }),
  };
}

/** The id that stands for every word. */
function tokenOf(model: Subject["model"], baseline: Baseline): number {
  if (typeof baseline === "object") return tokenNamed(model, baseline.token, "baseline");
  if (!baselines.includes(baseline))
    throw new InputError(
      `baseline ${baseline}: there are ${baselines.join(", ")}, and { token: … }`,
    );
  const found = model.tokenizer?.specialTokens[baseline === "padding" ? "pad" : "mask"];
  if (found) return found.id;
  throw new InputError(
    `baseline "${baseline}": ${model.label} has no such token. Use { token: … }, any token of its vocabulary, or zero`,
  );
}

/** A baseline as a sentence names it. */
export function saidBaseline(baseline: Baseline): string {
  return typeof baseline === "string" ? baseline : `token ${JSON.stringify(baseline.token)}`;
}

function zeros(shape: readonly number[]): Tensor {
  return new Tensor(shape, new Float32Array(sizeOf(shape)));
}
