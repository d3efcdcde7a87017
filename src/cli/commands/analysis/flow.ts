import type { AttentionMaps } from "../../../analysis/layers/attention-maps.ts";
import { attentionFlow } from "../../../analysis/layers/flow.ts";
import { attentionRun, inputOf } from "../../analysis/attention-run.ts";
import {
  causalNote,
  type Relevance,
  type RelevanceOptions,
  relevanceFound,
  relevanceOfPicture,
} from "../../analysis/relevance.ts";
import { deliverEach } from "../../each-line.ts";
import { type LineOptions, readLines } from "../../input/lines.ts";
import { namesPicture } from "../../input/text-input.ts";
import { endPhase, loadModel } from "../../loading.ts";
import { expectTexts, wholeNumber } from "../../named.ts";
import { formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { deliver } from "../../output.ts";

export interface FlowCommandOptions extends RelevanceOptions, LineOptions {
  readonly mostTokens?: string;
}

const textFormats = ["text", "json", "jsonl", "csv", "svg"] as const;
const pictureFormats = ["text", "json", "csv", "svg", "png"] as const;

/** `heed flow TEXT|PICTURE`: how much of each token can flow into each token of the last layer, exactly. */
export async function flowCommand(
  given: string | undefined,
  options: FlowCommandOptions,
): Promise<void> {
  const most =
    options.mostTokens === undefined ? undefined : wholeNumber(options.mostTokens, "--most-tokens");
  const find = (maps: AttentionMaps) => flowRelevance(maps, most);
  if (given !== undefined && namesPicture(given)) {
    const format = formatOf(options, pictureFormats);
    refuseIdle("picture", { ...options, format });
    const model = await loadModel(options);
    return relevanceOfPicture(
      given,
      model,
      async (image) => {
        const found = await attentionRun(model, image, options);
        return { ...found, relevance: find(found.maps) };
      },
      options,
      format,
    );
  }
  const format = formatOf(options, textFormats);
  refuseIdle("rollout", { ...options, format });
  const lines = await readLines(given, options);
  const model = await loadModel(options);
  expectTexts(model, given);
  const findLine = async (line: (typeof lines)[number]) => {
    const found = await attentionRun(model, inputOf(line, options), options);
    endPhase("run");
    return relevanceFound(model, found, line, find(found.maps), options);
  };
  if (format !== "svg") return deliverEach(lines, { ...options, format }, findLine);
  await deliver((await findLine(lines[0]!)).svg(), options, format);
}

function flowRelevance(maps: AttentionMaps, mostTokens: number | undefined): Relevance {
  const flow = attentionFlow(maps, { mostTokens });
  return {
    name: `maximum flow through layers 0 to ${flow.endLayer}`,
    facts: { analysis: "flow", endLayer: flow.endLayer },
    notes: [
      "Each input's flow is the most it could send alone, divided by the sum over inputs; pipes are as wide as rollout's weights. Values, and what feed-forward layers do, it does not know.",
      ...(flow.isCausal ? [causalNote] : []),
    ],
    row: (query) => flow.row(query),
  };
}
