import { parseSite } from "../probe/sites.ts";
import type { TextToken } from "../probe/words.ts";
import type { Run } from "./run.ts";

/** Tokens of the queries of a site, and those of its keys. */
export function tokensOf(run: Run, site: string, row = 0) {
  const { stack = "", branch = "" } = parseSite(site) ?? {};
  const main = run.tokens[row]!;
  const queries = stack === "encoder." ? main : (run.decoderTokens?.[row] ?? main);
  return { queries, keys: branch === "cross." ? main : queries } satisfies Record<
    string,
    readonly TextToken[]
  >;
}
