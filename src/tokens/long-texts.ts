import type { BatchInput, Encoding, StepwiseOptions, Tokenizer } from "./tokenizer.ts";

/** Shorter texts are tokens before anybody could end it. */
const longFrom = 65_536;

/**
 * The tokens of texts, made in steps between which `signal` may end it; undefined where none is long, since steps take time of their own.
 * Rejects with the signal's reason.
 */
export async function encodeLongTexts(
  texts: readonly BatchInput[],
  tokenizer: Tokenizer,
  options: Pick<StepwiseOptions, "maxLength" | "addSpecialTokens" | "signal">,
): Promise<readonly Encoding[] | undefined> {
  if (!options.signal || !texts.some(isLong)) return undefined;
  const encodings: Encoding[] = [];
  for (const one of texts) {
    const { text, pair } = partsOf(one);
    encodings.push(await tokenizer.encodeInSteps(text, { ...options, pair }));
  }
  return encodings;
}

function partsOf(input: BatchInput): { readonly text: string; readonly pair?: string } {
  return typeof input === "string" ? { text: input } : input;
}

function isLong(input: BatchInput): boolean {
  const { text, pair = "" } = partsOf(input);
  return text.length + pair.length > longFrom;
}
