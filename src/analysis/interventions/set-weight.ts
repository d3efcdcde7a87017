/**
 * Setting a link's weight, as attention knockout (Geva et al. 2023, arXiv 2304.14767) sets it to 0: a_ij = w, and renormalized a_ik = (1 − w) a_ik / (1
 * − a_ij) for the other keys k.
 */

import { InputError } from "../../errors/errors.ts";
import { tokensOf } from "../../models/site-tokens.ts";
import type { Patch } from "../../probe/patch.ts";
import { tokensNamed } from "../../probe/words.ts";
import type { SetWeight } from "./intervention.ts";
import { headNamed } from "./named-heads.ts";
import { type Subject, siteIn } from "./subject.ts";

/**
 * The patches that give a link a weight of its own: the key's pieces share it evenly, every piece of the query gets it. Renormalized, the
 * other keys share what is left of 1 as they did before. Throws SiteError for words and heads that are not there, InputError for a
 * weight that is none.
 */
export async function weightPatches(
  subject: Subject,
  { head, query, key, value, renormalize = true, stack = "encoder" }: SetWeight,
): Promise<Patch[]> {
  const { model } = subject;
  const place = "setWeight";
  const address = headNamed(model, stack, head, place);
  if (!(value >= 0 && value <= 1))
    throw new InputError(`${place}: the value is ${value}. A weight lies between 0 and 1`);
  const site = siteIn(model, stack, address.layer, "weights");
  const tokens = tokensOf(await subject.clean(), site);
  const queries = [...new Set(tokensNamed(query, tokens.queries, `${place}, query`))];
  const keys = [...new Set(tokensNamed(key, tokens.keys, `${place}, key`))];
  const row = { site, head: [address.head], query: queries };
  const set: Patch = { ...row, key: keys, set: value / keys.length };
  if (!renormalize) return [set];
  return [
    // Without the key the others sum to 1, whatever they were before.
    { ...row, key: keys, set: 0, renormalize: true },
    { ...row, scale: 1 - value },
    set,
  ];
}
