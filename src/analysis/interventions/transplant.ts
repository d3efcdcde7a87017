/**
 * Activation patching between two texts (Vig et al. 2020, arXiv 2004.12265; Meng et al. 2022, arXiv 2202.05262; Zhang & Nanda 2023, arXiv
 * 2309.16042): a site takes its numbers from the other text's run, at words that stand in the same place: x_i ← x′_j.
 */

import { InputError } from "../../errors/errors.ts";
import { dimensionsIn } from "../../families/family.ts";
import { tokensOf } from "../../models/site-tokens.ts";
import type { Patch } from "../../probe/patch.ts";
import { tokensNamed } from "../../probe/words.ts";
import { type AlignedPlace, alignedPlaces, alignWords } from "./align-words.ts";
import { patchOf, takenRows, tokenAxis } from "./fill.ts";
import type { Transplant } from "./intervention.ts";
import { expectLayers } from "./named-heads.ts";
import { type Subject, siteIn } from "./subject.ts";

/** The patches of a transplant. Throws InputError for a word without a partner in the other text, and for heads of a site that has none. */
export async function transplantPatches(
  subject: Subject,
  { from, site: kind, layers, heads, query, fromQuery, stack = "encoder" }: Transplant,
): Promise<Patch[]> {
  const { model } = subject;
  const place = `transplant of ${kind}`;
  const sites = expectLayers(model, stack, layers, place).map(({ layer }) =>
    siteIn(model, stack, layer, kind),
  );
  const [run, other] = [await subject.clean(), await subject.runOf(from, sites)];
  return sites.map((site) => {
    const { axis, name } = tokenAxis(site);
    if (heads && axis === 1)
      throw new InputError(
        `${place}: ${kind} is the whole layer's, so no head of it can be chosen. Use mixed, q, k or v`,
      );
    const side = name === "key" ? "keys" : "queries";
    const own = tokensOf(run, site)[side];
    const theirs = tokensOf(other, site)[side];
    const partners = alignedPlaces(alignWords(own, theirs));
    const aligned =
      fromQuery !== undefined
        ? namedPlaces({ query, fromQuery }, own, theirs, place)
        : query === undefined
          ? partners
          : chosenOf(partners, query, own, place);
    const part = {
      site,
      ...(heads && { heads: keyHeadsOf(subject, site, heads) }),
      places: aligned.map((one) => one.place),
    };
    return patchOf(part, { set: takenRows(other.trace.get(site), part, aligned) });
  });
}

/** Words that are named on both sides: each piece stands for the other word's, in turn where both have as many. */
function namedPlaces(
  { query, fromQuery }: Pick<Transplant, "query" | "fromQuery">,
  own: Parameters<typeof tokensNamed>[1],
  theirs: Parameters<typeof tokensNamed>[1],
  place: string,
): AlignedPlace[] {
  if (query === undefined || fromQuery === undefined)
    throw new InputError(
      `${place}: fromQuery says whose numbers are taken, and query is not there, which says where they go. Give both`,
    );
  const tokens = [...new Set(tokensNamed(query, own, `${place}, query`))];
  const others = [...new Set(tokensNamed(fromQuery, theirs, `${place}, fromQuery`))];
  return alignedPlaces({ words: [{ tokens, others }] });
}

/** Where several heads share keys and values, theirs. */
function keyHeadsOf({ model }: Subject, site: string, heads: readonly number[]): number[] {
  const { heads: all, keyHeads } = dimensionsIn(model.dimensions, site);
  const isShared = /\.[kv]$/.test(site) && keyHeads < all;
  const own = heads.map((head) => (isShared ? Math.floor((head * keyHeads) / all) : head));
  return [...new Set(own)];
}

function chosenOf(
  partners: readonly AlignedPlace[],
  query: NonNullable<Transplant["query"]>,
  tokens: Parameters<typeof tokensNamed>[1],
  place: string,
): AlignedPlace[] {
  return [...new Set(tokensNamed(query, tokens, `${place}, query`))].map((wanted) => {
    const found = partners.find((one) => one.place === wanted);
    if (found) return found;
    throw new InputError(
      `${place}: "${tokens[wanted]!.surface}" has no partner in the other text, so nothing can be taken. Words in the same place: ${partners.map((one) => tokens[one.place]!.surface).join(" ")}`,
    );
  });
}
