import { mergedGrid } from "../families/inputs.ts";
import { parseSite } from "../probe/sites.ts";
import { queryTokens, siteTokens } from "../probe/text-tokens.ts";
import type { TextToken } from "../probe/words.ts";
import type { Run } from "./run.ts";

/** Tokens of the queries of a site, and those of its keys. */
export function tokensOf(run: Run, site: string, row = 0) {
  const address = parseSite(site);
  const { branch = "", layer, kind } = address ?? {};
  const main = run.tokens[row]!;
  // Vectors of a second stream have a row for each target, its attention one for each token.
  const isOfTargets = branch === "targets." ? kind?.axes.at(-1) === "C" : layer === undefined;
  const targets = isOfTargets && kind?.name !== "embeddings" ? targetsOf(run, row) : undefined;
  const { tokens, decoderTokens: decoder, towerTokens: towers, layerTokens: ofLayers } = run;
  const all = { main: tokens, decoder, towers, ofLayers };
  const own = address && siteTokens(all, address);
  const queries =
    targets?.map((place) => main[place]!) ?? (own?.queries ?? queryTokens(all, ""))[row] ?? main;
  const keys = ofLayers ? own?.keys[row] : undefined;
  return { queries, keys: branch === "cross." ? main : (keys ?? queries) } satisfies Record<
    string,
    readonly TextToken[]
  >;
}

/** Where a picture's tokens are once neighbours were merged on the way to a site; all others stay where they are. */
export function mergedPlaces(
  { inputs: { grid }, layerTokens }: Pick<Run, "inputs" | "layerTokens">,
  site: string,
  places: readonly number[],
): readonly number[] {
  const own = layerTokens?.at(parseSite(site)?.layer ?? -1)?.queries.length;
  if (!grid || own === undefined) return places;
  let times = 0;
  for (let at = grid; at.rows * at.columns > own; at = mergedGrid(grid, times)) times++;
  const { columns } = mergedGrid(grid, times);
  const merged = (place: number) =>
    Math.floor(Math.floor(place / grid.columns) / 2 ** times) * columns +
    Math.floor((place % grid.columns) / 2 ** times);
  return [...new Set(places.map(merged))];
}

/** The first of the tokens that each of these places of a site was merged of: what `mergedPlaces` brings back to them. */
export function placesBefore(run: Run, site: string, places: readonly number[]): readonly number[] {
  if (!run.layerTokens) return places;
  const merged = run.tokens[0]!.map((_, place) => mergedPlaces(run, site, [place])[0]!);
  return [...new Set(places.map((place) => merged.indexOf(place)))];
}

/** The place each target of a row stands at (targetMapping of xlnet): where its row of the mapping is largest. */
function targetsOf({ inputs }: Run, row: number): number[] | undefined {
  const { targetMapping: mapping } = inputs;
  if (!mapping) return undefined;
  const [, M, T] = mapping.shape as readonly [number, number, number];
  return Array.from({ length: M }, (_, target) => {
    const own = mapping.data.subarray((row * M + target) * T, (row * M + target + 1) * T);
    return own.indexOf(Math.max(...own));
  });
}
