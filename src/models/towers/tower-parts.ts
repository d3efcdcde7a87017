import { InputError } from "../../errors/errors.ts";
import type { Tower } from "../../families/family.ts";
import { parametersWithin } from "../../families/named-parameters.ts";
import type { ModelParts } from "../model-parts.ts";

/** What one tower is made of, as a model by itself over the same weights, which are their owner's. Throws InputError where there is none. */
export function towerParts(
  { network, parameters, config, ...parts }: ModelParts,
  tower: Tower,
  owner: NonNullable<ModelParts["owner"]>,
): ModelParts {
  const { label, type } = parts;
  if (!network.towers || !Object.hasOwn(network.towers, tower))
    throw new InputError(
      network.towers
        ? `${label}: there is no tower "${tower}". There are text and vision`
        : `${label} (${type}) is one network, and has no towers. clip and siglip have two`,
    );
  const own = `${type}_${tower}_model`;
  return {
    ...parts,
    type: own,
    config: { ...config, model_type: own },
    network: network.towers[tower],
    parameters: parametersWithin(parameters, `${tower}.`),
    ...(tower === "text" ? { images: undefined } : { tokenizer: undefined }),
    owner,
  };
}
