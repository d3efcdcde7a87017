import type { AttentionMaps } from "../../../analysis/layers/attention-maps.ts";
import { attentionFlow } from "../../../analysis/layers/flow.ts";
import {
  causalNote,
  deliverRelevance,
  type Relevance,
  type RelevanceOptions,
} from "../../analysis/relevance.ts";
import type { LineOptions } from "../../input/lines.ts";
import { wholeNumber } from "../../named.ts";

export interface FlowCommandOptions extends RelevanceOptions, LineOptions {
  readonly mostTokens?: string;
}

/** `heed flow TEXT|PICTURE`: how much of each token can flow into each token of the last layer, exactly. */
export async function flowCommand(
  given: string | undefined,
  options: FlowCommandOptions,
): Promise<void> {
  const most =
    options.mostTokens === undefined ? undefined : wholeNumber(options.mostTokens, "--most-tokens");
  await deliverRelevance(given, (maps) => flowRelevance(maps, most), options);
}

function flowRelevance(maps: AttentionMaps, mostTokens: number | undefined): Relevance {
  const flow = attentionFlow(maps, { mostTokens });
  return {
    name: `maximum flow through layers ${flow.startLayer} to ${flow.endLayer}`,
    facts: { analysis: "flow", endLayer: flow.endLayer },
    notes: [
      "Each input's flow is the most it could send alone, divided by the sum over inputs; pipes are as wide as rollout's weights. Values, and what feed-forward layers do, it does not know.",
      ...(flow.isCausal ? [causalNote] : []),
    ],
    row: (query) => flow.row(query),
  };
}
