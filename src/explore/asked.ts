import type { StackPrefix } from "../analysis/explain/question.ts";
import type { OtherInput } from "../analysis/interventions/intervention.ts";
import type { Stack } from "../analysis/layers/attention-maps.ts";
import { InputError } from "../errors/errors.ts";
import { expectKeys, type KeysOf } from "../errors/options.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Asked } from "./questions.ts";

const askedKeys: KeysOf<Asked> = {
  input: true,
  decoder: true,
  stack: true,
  changes: true,
  seed: true,
};

/** Throws InputError for what cannot be asked: over HTTP and ports anything may come. */
export function expectAsked(asked: Asked, place: string): void {
  expectKeys(asked, askedKeys, place);
}

/** The stack whose attention is shown. Throws InputError for one that the model does not have. */
export function stackOf(model: LoadedModel, prefix: StackPrefix | undefined): Stack {
  if (prefix?.startsWith("decoder.") && model.dimensions.decoderLayers === undefined)
    throw new InputError(
      `stack "${prefix}": ${model.label} has one stack of layers. Leave the stack out`,
    );
  const known = {
    "": "encoder",
    "encoder.": "encoder",
    "decoder.": "decoder",
    "decoder.cross.": "cross",
  } as const;
  if (!Object.hasOwn(known, prefix ?? ""))
    throw new InputError(
      `stack "${prefix}": there are "encoder.", "decoder." and "decoder.cross."`,
    );
  return known[prefix ?? ""];
}

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
