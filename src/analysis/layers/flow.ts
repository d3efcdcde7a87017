/**
 * Attention flow (Abnar & Zuidema 2020, arXiv 2005.00928, section 3): F_ij = the maximum flow from token i of the last layer to token j of the input, through
 * pipes (l, i) → (l − 1, j) as wide as Â_l[i, j], the rollout's matrix.
 */

import { InputError } from "../../errors/errors.ts";
import { expectFlags, expectKeys } from "../../errors/options.ts";
import type { AttentionMaps } from "./attention-maps.ts";
import { maxFlow } from "./max-flow.ts";
import { fusedHeads, withResidual } from "./rollout.ts";

/** Whose flow. */
export interface FlowOptions {
  /** The last layer; the last one of the stack if not given. */
  readonly endLayer?: number;
  /** Longer texts are refused: a row of N tokens takes N maximum flows through L·N² pipes. 64 if not given. */
  readonly mostTokens?: number;
}

/** How much of each input token can flow into each token of a layer. */
export interface AttentionFlow {
  readonly tokens: number;
  readonly startLayer: number;
  readonly endLayer: number;
  readonly isCausal: boolean;
  /** Maximum flows from one token to every input token: (N), each alone; `share` divides them by their sum, as the paper's figures do. */
  row(query: number, options?: { readonly share?: boolean }): Float64Array;
}

const usualMost = 64;

/**
 * Attention flow (Abnar & Zuidema 2020, section 3): layers are rows of nodes, the pipe from (l, i) to (l − 1, j) is as wide as Â_l[i, j] of
 * their rollout, and what an input token gives is the maximum flow to it, exact, each input alone. Throws InputError for cross attention and
 * for texts of more than `mostTokens` tokens.
 */
export function attentionFlow(maps: AttentionMaps, options: FlowOptions = {}): AttentionFlow {
  expectKeys(options, { endLayer: true, mostTokens: true }, "attentionFlow");
  const { endLayer = maps.firstLayer + maps.layers - 1, mostTokens = usualMost } = options;
  const N = maps.keys.length;
  const { firstLayer } = maps;
  const count = endLayer - firstLayer + 1;
  if (!maps.isSelf)
    throw new InputError(
      "attentionFlow: is published for one stack of self-attention; cross attention is none. Take the encoder's or the decoder's own",
    );
  if (N > mostTokens)
    throw new InputError(
      `attentionFlow: ${N} tokens, and exact maximum flows are taken of ${mostTokens} at most (a row takes ${N} of them, through ${maps.layers * N * N} pipes). Give a shorter text, raise mostTokens and wait, or take rollout`,
    );
  if (!Number.isInteger(endLayer) || count < 1 || count > maps.layers)
    throw new InputError(
      `attentionFlow: endLayer ${endLayer}, but there are layers ${firstLayer} to ${firstLayer + maps.layers - 1}`,
    );
  const edges = Array.from({ length: count }, (_, layer) => {
    const widths = withResidual(fusedHeads(maps, layer));
    return Array.from(widths, (capacity, place) => ({
      from: (layer + 1) * N + Math.floor(place / N),
      to: layer * N + (place % N),
      capacity,
    }));
  })
    .flat()
    .filter(({ capacity }) => capacity > 0);
  const flow = maxFlow({ nodes: (count + 1) * N, edges });
  return {
    tokens: N,
    startLayer: firstLayer,
    endLayer,
    isCausal: maps.isCausal,
    row(query, options = {}) {
      expectKeys(options, { share: true }, "attentionFlow, row");
      const { share = true } = options;
      expectFlags({ share }, "attentionFlow");
      if (!Number.isInteger(query) || query < 0 || query >= N)
        throw new InputError(`attentionFlow: token ${query}, but there are 0 to ${N - 1}`);
      const flows = Float64Array.from({ length: N }, (_, key) => flow(count * N + query, key));
      const sum = flows.reduce((a, b) => a + b, 0);
      return share && sum > 0 ? flows.map((value) => value / sum) : flows;
    },
  };
}
