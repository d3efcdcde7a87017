import { InputError } from "../errors/errors.ts";
import type { ModelParts } from "../models/model-parts.ts";
import { configFile, type ModelFiles } from "./new-model.ts";
import { modelSafetensors, type ParameterNumbers } from "./stored-tensors.ts";

/**
 * config.json and model.safetensors of a model as it is now; its tokenizer's files are those it was loaded with. Throws InputError for a
 * sentence encoder with modules of its own, whose files lie in folders of their own.
 */
export async function modelFiles({
  label,
  config,
  parameters,
  backend,
}: ModelParts): Promise<ModelFiles> {
  const own = parameters.list.find(({ name }) => name.startsWith("sentence."));
  if (own)
    throw new InputError(
      `${label}: ${own.storedName} lies in a folder of its own, which heed does not write. Save the model without its sentence modules`,
    );
  const all: ParameterNumbers[] = [];
  for (const parameter of parameters.list)
    all.push({
      parameter,
      numbers: await backend.parameterRows(parameter.value.storage!, 0, parameter.shape[0] ?? 1),
    });
  return {
    "config.json": configFile({ ...config, dtype: "float32" }),
    "model.safetensors": modelSafetensors(all),
  };
}
