import * as v from "valibot";
import { type Reach, slidingReach } from "../../attention/masks.ts";
import { refuse } from "../config.ts";

const known = ["full_attention", "sliding_attention"] as const;

/** How each layer looks back, as newer configs list it. */
export const layerTypes = v.nullish(v.array(v.picklist(known)));

/** What windows are made of. */
interface WindowConfig {
  readonly num_hidden_layers: number;
  readonly layer_types?: readonly (typeof known)[number][] | null;
  readonly sliding_window: number | null;
  readonly is_causal: boolean;
}

/** The window of each layer: by the config's list, or by the family's own rule where it has none. Throws ConfigError for lists that do not fit. */
export function layerWindows(
  family: string,
  config: WindowConfig,
  slides: (layer: number) => boolean,
  reach: (window: number) => Reach = (window) => slidingReach(window, config.is_causal),
): readonly (Reach | undefined)[] {
  const { num_hidden_layers: layers, layer_types: types, sliding_window: window } = config;
  if (types && types.length !== layers)
    refuse(
      family,
      "layer_types",
      types,
      `It names ${types.length} layers, and num_hidden_layers is ${layers}`,
    );
  return Array.from({ length: layers }, (_, layer) => {
    if (types ? types[layer] !== "sliding_attention" : !slides(layer)) return undefined;
    if (window === null)
      refuse(family, "sliding_window", null, `Layer ${layer} looks through a window: how wide?`);
    return reach(window);
  });
}
