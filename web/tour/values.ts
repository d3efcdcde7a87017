import type { AppContext } from "../app/context.ts";
import { headText, leftToRight, signedText, weightText } from "../app/numbers.ts";
import type { Facts } from "./stations.ts";

/** Facts as they are printed; heads as a reader counts them. */
export function valuesOf(facts: Facts, { state }: AppContext): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => {
      if (typeof value === "string") {
        const [, layer, head] = /^L(\d+)H(\d+)$/.exec(value) ?? [];
        const printed =
          layer === undefined
            ? value
            : headText({ layer: Number(layer), head: Number(head) }, state);
        return [name, printed];
      }
      if (Number.isInteger(value)) return [name, String(value)];
      return [name, Math.abs(value) <= 1.0005 ? closeText(value) : signedText(value, 2)];
    }),
  );
}

/** A share or a cosine: more digits where two would say 1. */
export function closeText(value: number): string {
  if (!(value > 0.995 && value < 0.999995)) return weightText(value);
  return leftToRight(value.toFixed(value > 0.9995 ? 5 : 3).replace(/^0/, ""));
}
