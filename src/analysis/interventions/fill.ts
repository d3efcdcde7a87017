/**
 * Ablation: a part of a site is filled by zeros, a mean, or another text's numbers. Zeros may be far from anything the model has seen, so that
 * their effect is also that of a strange input; means and resamples stay nearer (Chan et al. 2022, causal scrubbing; Zhang & Nanda 2023,
 * arXiv 2309.16042): x_i = 0, x_i = mean_j x_j, x_i = x′_i of a text that is drawn.
 */

import { InputError, SiteError } from "../../errors/errors.ts";
import { tokensOf } from "../../models/site-tokens.ts";
import type { Patch } from "../../probe/patch.ts";
import { parseSite } from "../../probe/sites.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type AlignedPlace, alignedPlaces, alignWords } from "./align-words.ts";
import type { Fill, OtherInput } from "./intervention.ts";
import { realPlaces, realRows, type Subject } from "./subject.ts";

/** A part of one site, by numbers. */
export interface FilledPart {
  readonly site: string;
  readonly heads?: readonly number[];
  /** Places of the text; all if not given. */
  readonly places?: readonly number[];
}

/** Which axis of a site counts tokens, and how a patch names it. */
export function tokenAxis(site: string): { readonly axis: number; readonly name: "query" | "key" } {
  const axes = parseSite(site)?.kind.axes ?? [];
  const axis = axes.indexOf("T");
  if (axis >= 0) return { axis, name: "query" };
  const keys = axes.indexOf("S");
  if (keys < 0) throw new SiteError(`"${site}" has no axis of tokens to choose from`);
  return { axis: keys, name: "key" };
}

/** A patch of a part, over all its places or some. */
export function patchOf(
  { site, heads, places }: FilledPart,
  action: { zero: true } | { set: Tensor },
): Patch {
  return {
    site,
    ...(heads && { head: heads }),
    ...(places && { [tokenAxis(site).name]: places }),
    ...action,
  };
}

/** Which text of several a resample takes: one draw an intervention. */
export function drawnText(by: Fill | undefined, random: () => number): OtherInput | undefined {
  if (typeof by !== "object" || by === null || !("resample" in by)) return undefined;
  if (by.resample.length === 0) throw new InputError("resample: needs at least one text");
  return by.resample[Math.floor(random() * by.resample.length)];
}

/** The patch that fills a part. `drawn` is the text a resample takes. */
export async function fillPart(
  subject: Subject,
  part: FilledPart,
  by: Fill,
  random: () => number,
  drawn: OtherInput | undefined,
): Promise<Patch> {
  if (by === "zero") return patchOf(part, { zero: true });
  // Plain JavaScript and what comes over HTTP may hold anything.
  if (typeof by !== "object" || by === null)
    throw new InputError(`by: is ${JSON.stringify(by)}, needs "zero", { mean } or { resample }`);
  if ("mean" in by) return patchOf(part, { set: await meanOfPart(subject, part, by.mean) });
  const run = await subject.clean([part.site]);
  const other = await subject.runOf(drawn!, [part.site]);
  const [own, others] = [run, other].map((one) => tokensOf(one, part.site));
  const isKey = tokenAxis(part.site).name === "key";
  const rows = isKey ? [own!.keys, others!.keys] : [own!.queries, others!.queries];
  const partners = new Map(
    alignedPlaces(alignWords(rows[0]!, rows[1]!)).map((one) => [one.place, one.others]),
  );
  const theirs = realPlaces(other).filter((place) => place < rows[1]!.length);
  const places = part.places ?? rows[0]!.map((_, place) => place);
  const aligned = places.map((place) => ({
    place,
    others: partners.get(place) ?? [theirs[Math.floor(random() * theirs.length)]!],
  }));
  return patchOf(
    { ...part, places },
    { set: takenRows(other.trace.get(part.site), part, aligned) },
  );
}

/** The numbers of another run at the places of this one: (1, T', C) or (1, H', T', D). */
export function takenRows(
  { shape, data }: Tensor,
  { site, heads }: Pick<FilledPart, "site" | "heads">,
  aligned: readonly AlignedPlace[],
): Tensor {
  const { axis } = tokenAxis(site);
  const [T, width] = [shape[axis]!, shape.at(-1)!];
  const chosen = axis === 1 ? [0] : (heads ?? Array.from({ length: shape[1]! }, (_, head) => head));
  const taken = new Float32Array(chosen.length * aligned.length * width);
  let at = 0;
  for (const head of chosen)
    for (const { others } of aligned) {
      for (const place of others) {
        const start = (head * T + place) * width;
        for (let d = 0; d < width; d++) taken[at + d]! += data[start + d]! / others.length;
      }
      at += width;
    }
  const counts = axis === 1 ? [aligned.length] : [chosen.length, aligned.length];
  return new Tensor([1, ...counts, width], taken);
}

/** The mean over real tokens: (1, 1, C) or (1, H', 1, D). */
async function meanOfPart(
  subject: Subject,
  { site, heads }: FilledPart,
  of: "text" | readonly OtherInput[],
): Promise<Tensor> {
  if (of !== "text" && of.length === 0) throw new InputError("mean: needs at least one text");
  const runs =
    of === "text"
      ? [await subject.clean([site])]
      : await inTurn(of, (text) => subject.runOf(text, [site]));
  let mean: Float64Array | undefined;
  let shape: number[] = [];
  let count = 0;
  for (const run of runs) {
    const rows = realRows(run, site).map((place) =>
      takenRows(run.trace.get(site), { site, heads }, [{ place, others: [place] }]),
    );
    mean ??= new Float64Array(rows[0]!.data.length);
    shape = [...rows[0]!.shape];
    for (const { data } of rows) for (let i = 0; i < data.length; i++) mean[i]! += data[i]!;
    count += rows.length;
  }
  return new Tensor(
    shape,
    Float32Array.from(mean!, (sum) => sum / count),
  );
}

/** One after the other, so that no more than one run of a model is held up by another. */
export async function inTurn<A, B>(all: readonly A[], each: (one: A) => Promise<B>): Promise<B[]> {
  const made: B[] = [];
  for (const one of all) made.push(await each(one));
  return made;
}
