import { InputError } from "../../errors/errors.ts";
import { tokensOf } from "../../models/site-tokens.ts";
import type { Patch } from "../../probe/patch.ts";
import { tokensNamed, type Which } from "../../probe/words.ts";
import { makeRandom } from "../../tasks/sampling.ts";
import { cutPatches } from "./cut.ts";
import { drawnText, fillPart } from "./fill.ts";
import type { AblateHeads, AblateLayers, AblatePositions, Intervention } from "./intervention.ts";
import { expectLayers, layerHeads } from "./named-heads.ts";
import { pathPatches } from "./path-patch.ts";
import { randomMatrixPatches } from "./random-matrix.ts";
import { weightPatches } from "./set-weight.ts";
import { steerPatches } from "./steer.ts";
import { type Subject, siteIn } from "./subject.ts";
import { transplantPatches } from "./transplant.ts";

const kinds =
  "ablateHeads, ablateLayers, ablatePositions, cut, setWeight, transplant, path, steer and randomMatrix";

/**
 * What `model.run` takes to carry interventions out, in their order: patches whose words are places and whose numbers are there. Draws come
 * from the seed, each intervention's from numbers of its own. Throws SiteError and InputError for names that are not there.
 */
export async function patchesOf(
  subject: Subject,
  interventions: readonly Intervention[],
  seed = 1,
): Promise<Patch[]> {
  const patches: Patch[] = [];
  for (const [index, one] of interventions.entries())
    patches.push(...(await patchesOfOne(subject, one, makeRandom(seed, index), patches)));
  return patches;
}

function patchesOfOne(
  subject: Subject,
  one: Intervention,
  random: () => number,
  before: readonly Patch[],
): Promise<Patch[]> {
  switch (one.kind) {
    case "ablateHeads":
      return headPatches(subject, one, random);
    case "ablateLayers":
      return layerPatches(subject, one, random);
    case "ablatePositions":
      return positionPatches(subject, one, random);
    case "cut":
      return cutPatches(subject, one, random);
    case "setWeight":
      return weightPatches(subject, one);
    case "transplant":
      return transplantPatches(subject, one);
    case "path":
      return pathPatches(subject, one);
    case "steer":
      return steerPatches(subject, one);
    case "randomMatrix":
      return randomMatrixPatches(subject, one, before);
    default: {
      // Plain JavaScript and what comes over HTTP may hold anything.
      const { kind } = one as { readonly kind: unknown };
      throw new InputError(`intervention of kind ${JSON.stringify(kind)}: there are ${kinds}`);
    }
  }
}

async function headPatches(
  subject: Subject,
  { heads, query, by, stack = "encoder" }: AblateHeads,
  random: () => number,
): Promise<Patch[]> {
  const { model } = subject;
  const drawn = drawnText(by, random);
  const patches: Patch[] = [];
  for (const { layer, heads: own } of layerHeads(model, stack, { heads }, "ablation of heads")) {
    const site = siteIn(model, stack, layer, "mixed");
    const places = await placesNamed(subject, site, query, "ablation of heads");
    patches.push(await fillPart(subject, { site, heads: own, places }, by, random, drawn));
  }
  return patches;
}

async function layerPatches(
  subject: Subject,
  { layers, part, query, by, stack = "encoder" }: AblateLayers,
  random: () => number,
): Promise<Patch[]> {
  const { model } = subject;
  const drawn = drawnText(by, random);
  const kinds = { attention: ["attended"], mlp: ["mlp"], both: ["attended", "mlp"] }[part];
  const patches: Patch[] = [];
  for (const { layer } of expectLayers(model, stack, layers, "ablation of layers"))
    for (const kind of kinds) {
      const site = siteIn(model, stack, layer, kind);
      const places = await placesNamed(subject, site, query, "ablation of layers");
      patches.push(await fillPart(subject, { site, places }, by, random, drawn));
    }
  return patches;
}

async function positionPatches(
  subject: Subject,
  { query, layers, by, stack = "encoder" }: AblatePositions,
  random: () => number,
): Promise<Patch[]> {
  const { model } = subject;
  const place = "ablation of positions";
  const drawn = drawnText(by, random);
  const embeddings = siteIn(model, stack, 0, "").replace(/layers\.0\.$/, "embeddings");
  const sites = layers
    ? expectLayers(model, stack, layers, place).map(({ layer }) =>
        siteIn(model, stack, layer, "residual"),
      )
    : [embeddings];
  const patches: Patch[] = [];
  for (const site of sites) {
    const places = await placesNamed(subject, site, query, place);
    patches.push(await fillPart(subject, { site, places }, by, random, drawn));
  }
  return patches;
}

/** Token places that words name in a site; undefined where all are meant. */
async function placesNamed(
  subject: Subject,
  site: string,
  query: Which | undefined,
  place: string,
): Promise<number[] | undefined> {
  if (query === undefined) return undefined;
  const { queries } = tokensOf(await subject.clean(), site);
  return [...new Set(tokensNamed(query, queries, `${place}, query`))];
}
