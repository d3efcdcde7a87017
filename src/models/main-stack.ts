import type { LoadedModel } from "./loaded-model.ts";

/** What stands before a layer's sites where no stack is named: "encoder." of models that have one by that name, with a decoder or alone. */
export function mainStack({ sites }: Pick<LoadedModel, "sites">): "" | "encoder." {
  return sites.has("encoder.layers.0.weights") ? "encoder." : "";
}
