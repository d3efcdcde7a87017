import type { Dimensions } from "../../families/family.ts";
import { planModel } from "../plan.ts";
import { type Agreement, agreements } from "./agreement.ts";
import { type NetworkKind, networkKind } from "./network-kind.ts";
import type { Preset } from "./preset.ts";
import { presets } from "./presets.ts";

/** A published model as it is counted from its config; no weight is read. */
export interface KnownModel
  extends Pick<Preset, "name" | "title" | "hub" | "revision" | "licence" | "note"> {
  /** config.json's model_type. */
  readonly family: string;
  readonly kind: NetworkKind;
  readonly dimensions: Dimensions;
  /** Learned numbers, each counted once. */
  readonly parameters: number;
  /** How far its family is from what PyTorch recorded; undefined where nothing was. */
  readonly agreement?: Agreement;
}

/** The table of published models, counted from each family's own forward pass, in the order of `heed models`. */
export function knownModels(): Promise<KnownModel[]> {
  return Promise.all(
    presets.map(async ({ name, title, hub, revision, licence, note, config }) => {
      const { type, network, dimensions, parameters } = await planModel(config, title);
      return {
        ...{ name, title, family: type, kind: networkKind(network), dimensions, parameters },
        licence,
        ...(hub !== undefined && { hub }),
        ...(revision !== undefined && { revision }),
        ...(note !== undefined && { note }),
        ...(agreements[type] && { agreement: agreements[type] }),
      };
    }),
  );
}
