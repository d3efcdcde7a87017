import type { AttentionMaps } from "../../../analysis/layers/attention-maps.ts";
import {
  type RolloutOptions,
  type RolloutVariant,
  rollout,
  rolloutVariants,
} from "../../../analysis/layers/rollout.ts";
import { InputError } from "../../../errors/errors.ts";
import {
  causalNote,
  deliverRelevance,
  type Relevance,
  type RelevanceOptions,
} from "../../analysis/relevance.ts";
import type { LineOptions } from "../../input/lines.ts";

export interface RolloutCommandOptions extends RelevanceOptions, LineOptions {
  readonly variant?: string;
  readonly fusion?: string;
  readonly discard?: string;
  readonly scaling?: string;
  readonly startLayer?: string;
  readonly endLayer?: string;
}

/** `heed rollout TEXT|PICTURE`: what goes into each token through all layers, as attention rollout has it. */
export async function rolloutCommand(
  given: string | undefined,
  options: RolloutCommandOptions,
): Promise<void> {
  const asked = askedRollout(options);
  await deliverRelevance(given, (maps) => rolloutRelevance(maps, asked), options);
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
