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
