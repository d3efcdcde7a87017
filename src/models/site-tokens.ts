import { InputError } from "../errors/errors.ts";
import { mergedGrid, type PatchGrid } from "../families/inputs.ts";
import { parseSite } from "../probe/sites.ts";
import { queryTokens, type Stage, siteTokens, stagesOf } from "../probe/text-tokens.ts";
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

/** One of a run's stages. Throws InputError for one that is not there, and where no tokens are merged. */
export function stageOf({ layerTokens }: Pick<Run, "layerTokens">, stage: number): Stage {
  const stages = stagesOf(layerTokens ?? []);
  if (stages.length === 0)
    throw new InputError(
      `stage ${stage}: all layers of this model have the same tokens. Leave the stage out`,
    );
  const found = stages[stage];
  if (found) return found;
  const said = stages
    .map(({ first, count }, n) => `${n} (layers ${first} to ${first + count - 1})`)
    .join(", ");
  throw new InputError(`stage ${stage}: there are ${said}`);
}

/** Which of a run's stages a layer is of; undefined where no tokens are merged. */
export function stageOfLayer(
  { layerTokens }: Pick<Run, "layerTokens">,
  layer: number,
): number | undefined {
  const place = stagesOf(layerTokens ?? []).findIndex(
    ({ first, count }) => layer >= first && layer < first + count,
  );
  return place < 0 ? undefined : place;
}

/** The patches of a picture as a stage has them. */
export interface StagePatches {
  readonly grid: PatchGrid;
  /** How many of the model's patches one has on each side. */
  readonly side: number;
  readonly tokens: readonly TextToken[];
}

/** A picture's patches in a stage, or as they come in where no stage is named. */
export function stagePatches(run: Run, stage: number | undefined): StagePatches {
  const whole = run.inputs.grid!;
  if (stage === undefined) return { grid: whole, side: 1, tokens: run.tokens[0]! };
  const { queries: tokens } = stageOf(run, stage).tokens;
  let times = 0;
  while (mergedGrid(whole, times).rows * mergedGrid(whole, times).columns > tokens.length) times++;
  return { grid: mergedGrid(whole, times), side: 2 ** times, tokens };
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
