/**
 * Attention knockout (Geva et al. 2023, arXiv 2304.14767) and its relatives: links of chosen heads taken out, before the softmax (score s_ij = −∞)
 * or after (a_ij = 0, the rest of the row divided by 1 − a_ij or not).
 */

import { InputError } from "../../errors/errors.ts";
import { tokensOf } from "../../models/site-tokens.ts";
import type { Patch } from "../../probe/patch.ts";
import { tokensNamed } from "../../probe/words.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { alignedPlaces, alignWords } from "./align-words.ts";
import { drawnText } from "./fill.ts";
import { type Cut, inputSaid, type OtherInput } from "./intervention.ts";
import { type LayerHeads, layerHeads } from "./named-heads.ts";
import { type Subject, siteIn } from "./subject.ts";

/** The patches of a cut. Throws SiteError for words and heads that are not there, InputError for ways that contradict each other. */
export async function cutPatches(
  subject: Subject,
  cut: Cut,
  random: () => number,
): Promise<Patch[]> {
  const { model } = subject;
  const { stack = "encoder", by = "zero", how } = cut;
  const place = "cut";
  const where = layerHeads(model, stack, cut, place);
  const run = await subject.clean();
  const { queries, keys } = tokensOf(run, siteIn(model, stack, where[0]!.layer, "weights"));
  const other = where.find(
    ({ layer }) =>
      tokensOf(run, siteIn(model, stack, layer, "weights")).keys.length !== keys.length,
  );
  if (other)
    throw new InputError(
      `${place}: layers ${where[0]!.layer} and ${other.layer} of ${model.label} have tokens of their own (merged neighbours), so a link of one is none of the other. Name heads or layers that have the same: --head L${where[0]!.layer}H0, in code heads: ["L${where[0]!.layer}H0"]`,
    );
  const query = places(cut.query, queries, `${place}, query`);
  const key = places(cut.key, keys, `${place}, key`);
  if (by === "zero")
    return where.map(({ layer, heads }) => {
      const part = { ...(heads && { head: heads }), query, key };
      if (how === undefined || how === "before")
        return { site: siteIn(model, stack, layer, "scores"), ...part, cut: true };
      const site = siteIn(model, stack, layer, "weights");
      return { site, ...part, set: 0, ...(how === "renormalized" && { renormalize: true }) };
    });
  if (how === "before")
    throw new InputError(
      `${place}: a weight that is put in place of another stands after the softmax. Leave how: "before" out`,
    );
  if ("mean" in by && by.mean !== "text")
    throw new InputError(
      `${place}: words of other texts are other keys, so a link has no mean over them. Use { mean: "text" }, or { resample: texts }`,
    );
  const drawn = drawnText(by, random);
  const patches: Patch[] = [];
  for (const { layer, heads } of where) {
    const site = siteIn(model, stack, layer, "weights");
    const set =
      drawn === undefined
        ? await meanWeights(subject, site, heads, key)
        : await weightsOfOther(subject, site, heads, { query, key }, drawn);
    patches.push({
      site,
      ...(heads && { head: heads }),
      query,
      key,
      set,
      ...(how !== "after" && { renormalize: true }),
    });
  }
  return patches;
}

function places(
  which: Cut["query"],
  tokens: Parameters<typeof tokensNamed>[1],
  place: string,
): number[] {
  return [...new Set(tokensNamed(which, tokens, place))];
}

/** What all queries that can see a key give it, on average: (1, H', 1, S'). */
async function meanWeights(
  subject: Subject,
  site: string,
  heads: LayerHeads["heads"],
  keys: readonly number[],
): Promise<Tensor> {
  const run = await subject.clean([site]);
  const weights = run.trace.get(site);
  const [, H, T] = weights.shape as readonly [number, number, number];
  const chosen = heads ?? Array.from({ length: H }, (_, head) => head);
  const isSquare = weights.shape[3] === T;
  const means = chosen.flatMap((head) =>
    keys.map((key) => {
      const first = subject.model.isCausal && isSquare ? key : 0;
      let sum = 0;
      for (let query = first; query < T; query++) sum += weights.at(0, head, query, key);
      return sum / (T - first);
    }),
  );
  return new Tensor([1, chosen.length, 1, keys.length], Float32Array.from(means));
}

/** The weights of the links in the same place of another text: (1, H', T', S'). */
async function weightsOfOther(
  subject: Subject,
  site: string,
  heads: LayerHeads["heads"],
  { query, key }: { readonly query: readonly number[]; readonly key: readonly number[] },
  text: OtherInput,
): Promise<Tensor> {
  const [run, other] = [await subject.clean(), await subject.runOf(text, [site])];
  const [own, theirs] = [tokensOf(run, site), tokensOf(other, site)];
  const partners = (places: readonly number[], side: "queries" | "keys") => {
    const found = new Map(
      alignedPlaces(alignWords(own[side], theirs[side])).map((one) => [one.place, one.others]),
    );
    return places.map((place) => {
      const others = found.get(place);
      if (others) return others;
      throw new InputError(
        `cut: "${own[side][place]!.surface}" has no partner in ${inputSaid(text)}, so there is no link to take. Choose a text with a word in its place`,
      );
    });
  };
  const [rows, columns] = [partners(query, "queries"), partners(key, "keys")];
  const weights = other.trace.get(site);
  const chosen = heads ?? Array.from({ length: weights.shape[1]! }, (_, head) => head);
  const taken = chosen.flatMap((head) =>
    rows.flatMap((fromQueries) =>
      columns.map((toKeys) => {
        let sum = 0;
        for (const t of fromQueries) for (const s of toKeys) sum += weights.at(0, head, t, s);
        return sum / (fromQueries.length * toKeys.length);
      }),
    ),
  );
  return new Tensor([1, chosen.length, rows.length, columns.length], Float32Array.from(taken));
}
