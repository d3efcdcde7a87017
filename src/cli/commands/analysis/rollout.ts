import type { AttentionMaps } from "../../../analysis/layers/attention-maps.ts";
import {
  type RolloutOptions,
  type RolloutVariant,
  rollout,
  rolloutVariants,
} from "../../../analysis/layers/rollout.ts";
import { InputError } from "../../../errors/errors.ts";
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
import { expectTexts } from "../../named.ts";
import { formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { deliver } from "../../output.ts";

export interface RolloutCommandOptions extends RelevanceOptions, LineOptions {
  readonly variant?: string;
  readonly fusion?: string;
  readonly discard?: string;
  readonly scaling?: string;
  readonly startLayer?: string;
  readonly endLayer?: string;
}

const textFormats = ["text", "json", "jsonl", "csv", "svg"] as const;
const pictureFormats = ["text", "json", "csv", "svg", "png"] as const;

/** `heed rollout TEXT|PICTURE`: what goes into each token through all layers, as attention rollout has it. */
export async function rolloutCommand(
  given: string | undefined,
  options: RolloutCommandOptions,
): Promise<void> {
  const asked = askedRollout(options);
  if (given !== undefined && namesPicture(given)) {
    const format = formatOf(options, pictureFormats);
    refuseIdle("picture", { ...options, format });
    const model = await loadModel(options);
    return relevanceOfPicture(
      given,
      model,
      async (image) => {
        const found = await attentionRun(model, image, options);
        return { ...found, relevance: rolloutRelevance(found.maps, asked) };
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
  const find = async (line: (typeof lines)[number]) => {
    const found = await attentionRun(model, inputOf(line, options), options);
    endPhase("run");
    return relevanceFound(model, found, line, rolloutRelevance(found.maps, asked), options);
  };
  if (format !== "svg") return deliverEach(lines, { ...options, format }, find);
  await deliver((await find(lines[0]!)).svg(), options, format);
}

function askedRollout(options: RolloutCommandOptions): RolloutOptions {
  const { variant, fusion, scaling } = options;
  const layer = (name: "startLayer" | "endLayer") => {
    const text = options[name];
    if (text === undefined) return undefined;
    if (!/^\d+$/.test(text))
      throw new InputError(
        `--${name === "startLayer" ? "start-layer" : "end-layer"} ${text}: needs the number of a layer, counted from 0`,
      );
    return Number(text);
  };
  if (variant !== undefined && !rolloutVariants.some((one) => one === variant))
    throw new InputError(`--variant ${variant}: there are ${rolloutVariants.join(", ")}`);
  const discard = options.discard === undefined ? undefined : Number(options.discard);
  if (discard !== undefined && !(discard >= 0 && discard < 1))
    throw new InputError(`--discard ${options.discard}: needs a share from 0 to below 1`);
  return {
    variant: variant as RolloutVariant | undefined,
    fusion: fusion as RolloutOptions["fusion"],
    discard,
    scaling: scaling as RolloutOptions["scaling"],
    startLayer: layer("startLayer"),
    endLayer: layer("endLayer"),
  };
}

function rolloutRelevance(maps: AttentionMaps, options: RolloutOptions): Relevance {
  const rolled = rollout(maps, options);
  const { variant, startLayer, endLayer, isCausal } = rolled;
  return {
    name: `rollout as ${variant} has it, layers ${startLayer} to ${endLayer}`,
    facts: { analysis: "rollout", ...options, variant, startLayer, endLayer },
    notes: [
      "Rollout multiplies weights, half of each the residual's; values, and what feed-forward layers do, it does not know.",
      ...(isCausal ? [causalNote] : []),
    ],
    row: rolled.row,
  };
}
