import { dimensionsIn } from "../../families/family.ts";
import type { Run } from "../../models/run.ts";
import { mergedPlaces, tokensOf } from "../../models/site-tokens.ts";
import type { Patch } from "../../probe/patch.ts";
import { parseSite } from "../../probe/sites.ts";
import type { Trace } from "../../probe/trace.ts";
import { tokensNamed } from "../../probe/words.ts";
import { cosine } from "../linear/vectors.ts";
import type { RowRead } from "./run-rows.ts";
import {
  type ExperimentModel,
  finalSite,
  layersIn,
  realPlaces,
  type Subject,
  siteIn,
} from "./subject.ts";

/** A station on the way of a change through the model. */
export interface Station {
  /** What is looked at: what the changed heads give, what their layer's attention adds, the stream behind a layer, the end. */
  readonly kind: "heads" | "attention" | "layer" | "final" | "sentence";
  readonly layer?: number;
  readonly heads?: readonly number[];
  readonly site: string;
  /** Places of the word that is followed. */
  readonly places?: readonly number[];
}

/** How far apart a station's numbers are from what they are without the change. */
export interface Distance {
  /** 1 where nothing turned; NaN where one side is 0 throughout. */
  readonly cosine: number;
  /** ‖after − before‖ / ‖before‖ */
  readonly change: number;
}

/** The stations a change passes, from the first layer it touches to the end, at the places of one word. */
export function stationsOf(
  model: ExperimentModel,
  patches: readonly Patch[],
  places: readonly number[],
  run: Pick<Run, "inputs" | "layerTokens">,
): Station[] {
  const touched = patches.flatMap(({ site, head }) => {
    const address = parseSite(site);
    return address?.layer === undefined ? [] : [{ ...address, layer: address.layer, head }];
  });
  const first = touched.reduce<(typeof touched)[number] | undefined>(
    (earliest, one) => (earliest && earliest.layer <= one.layer ? earliest : one),
    undefined,
  );
  const stack = first?.stack ?? (model.sites.has("encoder.embeddings") ? "encoder." : "");
  const start = first?.layer ?? 0;
  const stations: Station[] = [];
  const inLayer = (kind: string) => `${stack}layers.${start}.${first?.branch ?? ""}${kind}`;
  const here = touched.filter(({ layer }) => layer === start);
  const isInHeads = /^(scores|weights|mixed|q|k|v)/.test(first?.kind.name ?? "");
  if (isInHeads) {
    const { heads: all, keyHeads } = dimensionsIn(model.dimensions, stack);
    const lists = here.map(({ head, kind }) =>
      Array.isArray(head) && /^(k|v)$/.test(kind.name)
        ? (head as number[]).flatMap((own) => sharedBy(own, all / keyHeads))
        : head,
    );
    const heads = lists.every(Array.isArray) ? [...new Set(lists.flat() as number[])] : undefined;
    stations.push({ kind: "heads", layer: start, heads, site: inLayer("mixed"), places });
  }
  if (isInHeads || first?.kind.name === "attended")
    stations.push({ kind: "attention", layer: start, site: inLayer("attended"), places });
  const name = (layer: number) => `${stack}layers.${layer}.residual`;
  for (let layer = start; model.sites.has(name(layer)); layer++)
    stations.push({ kind: "layer", layer, site: name(layer), places });
  const final = model.sites.has(`${stack}final`) ? `${stack}final` : finalSite(model);
  stations.push({ kind: "final", site: final, places });
  if (model.sites.has("sentence")) stations.push({ kind: "sentence", site: "sentence" });
  return stations
    .filter(({ site }) => model.sites.has(site))
    .map((station) =>
      station.places ? { ...station, places: mergedPlaces(run, station.site, places) } : station,
    );
}

/** Heads that a head of keys and values serves. */
function sharedBy(head: number, count: number): number[] {
  return Array.from({ length: count }, (_, own) => head * count + own);
}

/** What a run has to read for its stations. */
export function stationReads(stations: readonly Station[]): RowRead[] {
  return stations.map(({ site, heads, places }) => ({
    site,
    ...(heads && { head: heads }),
    ...(places && { query: places }),
  }));
}

/** How far each station of a row is from the run without changes. */
export function distances(
  stations: readonly Station[],
  clean: Trace,
  trace: Trace,
  row: number,
): Distance[] {
  return stations.map((station) => {
    const [before, after] = [numbersAt(station, clean, 0), numbersAt(station, trace, row)];
    let squares = 0;
    let total = 0;
    for (let i = 0; i < before.length; i++) {
      squares += (after[i]! - before[i]!) ** 2;
      total += before[i]! ** 2;
    }
    return { cosine: cosine(before, after), change: Math.sqrt(squares / total) };
  });
}

function numbersAt({ site, heads, places }: Station, trace: Trace, row: number): Float32Array {
  const hasHeads = parseSite(site)?.kind.axes.includes("H");
  const selection = hasHeads ? [[row], heads, places] : places ? [[row], places] : [[row]];
  return trace.part(site, selection, "travel").data;
}

/** The places of a word in the texts that a patch's site is about; all real ones where no word is followed. */
export async function followedPlaces(
  subject: Subject,
  patches: readonly Patch[],
  word: readonly number[] | undefined,
): Promise<readonly number[]> {
  if (word) return word;
  const run: Run = await subject.clean();
  const isDecoder = parseSite(patches[0]?.site ?? "")?.stack === "decoder.";
  return isDecoder ? [...tokensOf(run, patches[0]!.site).queries.keys()] : realPlaces(run);
}

/** Sites whose rows belong to a token that looks, and are looked at by no other in their layer. */
const ownRows =
  /^(q|scores.*|weights|mixed|heads|heads\.joined|attended|attended\.joined|middle|mlp|mlp\.joined|residual)$/;

/** Tokens that a change stays at, and the site behind the last layer, where it is read whether it moved them. */
export interface Stays {
  readonly site: string;
  readonly query: readonly number[];
}

/**
 * Where a change stays: made in the last layer at tokens of its own, since behind that layer no token looks at another. Undefined where other
 * tokens may come to know of it.
 */
export function whereStays(
  model: ExperimentModel,
  patches: readonly Patch[],
  run: Run,
): Stays | undefined {
  const stack = model.dimensions.decoderLayers === undefined ? "encoder" : "decoder";
  const site = siteIn(model, stack, layersIn(model, stack) - 1, "residual");
  const end = parseSite(site);
  const places = new Set<number>();
  for (const patch of patches) {
    const address = parseSite(patch.site);
    const isLast = address?.layer === end?.layer && address?.stack === end?.stack;
    const isOwn =
      isLast && /^(cross\.)?$/.test(address!.branch) && ownRows.test(address!.kind.name);
    if (!isOwn || patch.query === undefined) return undefined;
    const { queries } = tokensOf(run, patch.site);
    for (const place of tokensNamed(patch.query, queries, "change")) places.add(place);
  }
  return { site, query: [...places].sort((a, b) => a - b) };
}
