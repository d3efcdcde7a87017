/**
 * Steering by a vector: the difference of two groups of texts in the stream, added with a scale (Turner et al. 2023, arXiv 2308.10248;
 * Panickssery et al. 2024, arXiv 2312.06681, take means over many texts): x ← x + scale · (mean of toward − mean of away).
 */

import { InputError } from "../../errors/errors.ts";
import { tokensOf } from "../../models/site-tokens.ts";
import type { Patch } from "../../probe/patch.ts";
import { tokensNamed } from "../../probe/words.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { inTurn } from "./fill.ts";
import type { OtherInput, Steer } from "./intervention.ts";
import { expectLayers } from "./named-heads.ts";
import { realPlaces, type Subject, siteIn } from "./subject.ts";

/** The patches of a steering: one a layer. Throws InputError for a side without texts and a scale that is no number. */
export async function steerPatches(
  subject: Subject,
  { toward, away, layers, scale, over = "mean", query, stack = "encoder" }: Steer,
): Promise<Patch[]> {
  const { model } = subject;
  const place = "steer";
  if (!Number.isFinite(scale))
    throw new InputError(`${place}: scale must be a number, got ${scale}`);
  const sites = expectLayers(model, stack, layers, place).map(({ layer }) =>
    siteIn(model, stack, layer, "residual"),
  );
  const run = await subject.clean();
  const patches: Patch[] = [];
  for (const site of sites) {
    const { queries } = tokensOf(run, site);
    const places =
      query === undefined
        ? realPlaces(run).filter((one) => one < queries.length)
        : [...new Set(tokensNamed(query, queries, `${place}, query`))];
    const to = await meanVector(subject, site, sites, toward, over);
    const from = await meanVector(subject, site, sites, away, over);
    const vector = Float32Array.from(to, (value, c) => scale * (value - from[c]!));
    patches.push({ site, query: places, add: new Tensor([vector.length], vector) });
  }
  return patches;
}

/** The mean over texts of each text's vector: the mean over its real tokens, or its last one's. */
async function meanVector(
  subject: Subject,
  site: string,
  sites: readonly string[],
  texts: readonly OtherInput[],
  over: "mean" | "last",
): Promise<Float64Array> {
  if (texts.length === 0) throw new InputError("steer: needs at least one text on each side");
  const vectors = await inTurn(texts, async (text) => {
    const run = await subject.runOf(text, sites);
    const { data, shape } = run.trace.get(site);
    const [T, C] = [shape[1]!, shape[2]!];
    const real = realPlaces(run).filter((place) => place < T);
    const places = over === "last" ? real.slice(-1) : real;
    const mean = new Float64Array(C);
    for (const at of places)
      for (let c = 0; c < C; c++) mean[c]! += data[at * C + c]! / places.length;
    return mean;
  });
  return vectors[0]!.map(
    (_, c) => vectors.reduce((sum, vector) => sum + vector[c]!, 0) / vectors.length,
  );
}
