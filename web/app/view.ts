import type { AttentionSource, View } from "heed/elements";
import type { State } from "../state/state.ts";

/** The state as pictures of a source take it; what is not there is brought to what is. */
export function viewOf({ layer, head, query, keys }: State, source: AttentionSource): View {
  const key = keys[0];
  const within = (value: number, count: number): number => Math.max(0, Math.min(value, count - 1));
  return {
    layer: within(layer, source.layers),
    head: within(head, source.heads),
    query: within(query, source.queries.length),
    key: key === undefined ? undefined : within(key, source.keys.length),
  };
}
