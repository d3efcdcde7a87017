import { InputError } from "../../errors/errors.ts";
import type { Model } from "../../model.ts";
import { isText, type RunInput, type TextInput } from "../../models/inputs.ts";

/** What a decoder is given: its stack is asked for, and the text it has written so far. */
interface DecoderText {
  readonly stack: string;
  readonly text: string | undefined;
}

/** An input with the decoder's text behind the token it begins with. Throws InputError where the model has no decoder beside an encoder. */
export async function decoderInput(
  model: Model,
  input: RunInput,
  { stack, text }: DecoderText,
): Promise<RunInput> {
  if (text === undefined) return input;
  if (model.dimensions.decoderLayers === undefined)
    throw new InputError(
      "--decoder: this model has no decoder beside an encoder. Give the whole text as the text",
    );
  if (!stack.startsWith("decoder."))
    throw new InputError("--decoder does nothing without --stack decoder or --stack cross");
  const { tokenizer } = model;
  const ids = isText(input) ? idsOf(model, input) : (input as number[][]);
  if (!tokenizer || !ids)
    throw new InputError("--decoder: the model has no tokenizer, so it cannot read a text");
  const written = tokenizer.encode(text, { addSpecialTokens: false }).tokens.map(({ id }) => id);
  // The token it begins with is what a run without decoder ids begins with.
  const { decoderTokens } = await model.run({ ids }, { output: false });
  return { ids, decoderIds: [[decoderTokens![0]![0]!.id, ...written]] };
}

function idsOf({ tokenizer }: Model, input: TextInput): number[][] | undefined {
  const { text, pair } = typeof input === "string" ? { text: input, pair: undefined } : input;
  return tokenizer && [tokenizer.encode(text, { pair }).tokens.map(({ id }) => id)];
}
