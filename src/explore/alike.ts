import { siteIn } from "../analysis/interventions/subject.ts";
import { cosine } from "../analysis/linear/vectors.ts";
import { wordVector } from "../analysis/words/compare.ts";
import { SiteError } from "../errors/errors.ts";
import type { RunInput } from "../models/inputs.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { mergedPlaces } from "../models/site-tokens.ts";
import type { Held } from "./held-run.ts";
import type { AskOptions } from "./questions.ts";

/** The vectors of a word, the mean of its tokens, on its way: as embedding, behind every layer, and at the end. Throws SiteError for tokens that are not there. */
export async function wordOnItsWay(
  model: LoadedModel,
  held: Held,
  input: RunInput,
  tokens: readonly number[],
  { signal }: AskOptions,
): Promise<Float64Array[]> {
  const T = held.queryTokens.length;
  for (const token of tokens.length > 0 ? tokens : [Number.NaN])
    if (!(Number.isInteger(token) && token >= 0 && token < T))
      throw new SiteError(`alike: token ${token} is not there. The text has ${T}, 0 to ${T - 1}`);
  const residual = (layer: number) => siteIn(model, held.stack, layer, "residual");
  const prefix = residual(0).slice(0, residual(0).indexOf("layers."));
  const sites = [
    `${prefix}embeddings`,
    ...Array.from({ length: held.layers }, (_, layer) => residual(layer)),
    `${prefix}final`,
  ];
  const { trace } = await model.run(input, {
    read: sites,
    patch: held.patches,
    output: false,
    after: held.run,
    signal,
    onWarning: () => {},
  });
  return sites.map((site) => wordVector(trace.get(site), mergedPlaces(held.run, site, tokens)));
}

/** How alike two words are at each place of their way: cosines. */
export function alikeOnTheWay(
  first: readonly Float64Array[],
  second: readonly Float64Array[],
): Float32Array {
  return Float32Array.from(first, (vector, place) => cosine(vector, second[place]!));
}
