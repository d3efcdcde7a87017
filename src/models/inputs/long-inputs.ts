import { encodeLongTexts } from "../../tokens/long-texts.ts";
import type { Encoding } from "../../tokens/tokenizer.ts";
import { type InputContext, isText, type RunInput } from "../inputs.ts";

/** The tokens of long texts, made so that `signal` can end it; undefined of everything else. */
export async function encodeLongInput(
  input: RunInput,
  { network, tokenizer }: Pick<InputContext, "network" | "tokenizer">,
  signal: AbortSignal | undefined,
): Promise<readonly Encoding[] | undefined> {
  const texts = Array.isArray(input) ? input : [input];
  if (!signal || !tokenizer || network.images || network.audio || !texts.every(isText))
    return undefined;
  const maxLength = network.isUnbounded ? undefined : network.dimensions.positions;
  return encodeLongTexts(texts, tokenizer, { maxLength, signal });
}
