import type { LoadedModel } from "./loaded-model.ts";

/**
 * The site of what joins the stream. Some families norm or multiply what attention and feed-forward give before they add it: there it is
 * "layers.3.attended.joined" beside "layers.3.attended"; elsewhere the site itself.
 */
export function joinedSite({ sites }: Pick<LoadedModel, "sites">, site: string): string {
  const joined = `${site}.joined`;
  // Of a pattern, all layers are alike.
  return sites.has(joined.replace("layers.*.", "layers.0.")) ? joined : site;
}
