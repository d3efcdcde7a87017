import { InputError } from "../../errors/errors.ts";
import type { Network, Tower } from "../../families/family.ts";
import { parametersWithin } from "../../families/named-parameters.ts";
import type { ModelParts } from "../model-parts.ts";

/** What is known of one tower of a model of two. */
export type TowerFacts = Pick<Network, "dimensions" | "isCausal" | "images">;

/** The numbers of both towers and what they read; undefined for a model that is one network. */
export function towerFacts({ towers }: Network): Readonly<Record<Tower, TowerFacts>> | undefined {
  if (!towers) return undefined;
  const { text, vision } = towers;
  return { text: factsOf(text), vision: factsOf(vision) };
}

function factsOf({ dimensions, isCausal, images }: Network): TowerFacts {
  return { dimensions, isCausal, ...(images && { images }) };
}

/** What one tower is made of, as a model by itself over the weights of `owner`. Throws InputError where there is none. */
export function towerParts(
  { network, parameters, config, type: whole, ...parts }: ModelParts,
  tower: Tower,
  owner: NonNullable<ModelParts["owner"]>,
): ModelParts {
  const { towers } = network;
  if (!towers || !Object.hasOwn(towers, tower))
    throw new InputError(
      towers
        ? `${parts.label}: there is no tower "${tower}". There are text and vision`
        : `${parts.label} (${whole}) is one network, and has no towers. clip and siglip have two`,
    );
  const type = `${whole}_${tower}_model`;
  return {
    ...parts,
    type,
    config: { ...config, model_type: type },
    network: towers[tower],
    parameters: parametersWithin(parameters, `${tower}.`),
    ...(tower === "text" ? { images: undefined } : { tokenizer: undefined }),
    owner,
  };
}
