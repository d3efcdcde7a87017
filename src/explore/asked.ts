import type { OtherInput } from "../analysis/interventions/intervention.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Asked } from "./questions.ts";

/** What tells one input from another. */
export function keyOf({ input, decoder }: Asked): string {
  return JSON.stringify([input, decoder]);
}

/** How many tokens an input has, where that is known before it runs. */
export function tokensIn({ tokenizer, longest, audio }: LoadedModel, input: OtherInput) {
  if (typeof input === "object" && "sound" in input) return audio && audio.frames / 2;
  if (typeof input === "object" && "ids" in input) return input.ids.length;
  if (!tokenizer || (typeof input === "object" && "image" in input)) return undefined;
  const { ids } =
    typeof input === "string"
      ? tokenizer.encode(input)
      : tokenizer.encode(input.text, "pair" in input ? { pair: input.pair } : {});
  return Math.min(ids.length, longest ?? ids.length);
}
