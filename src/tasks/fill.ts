import { InputError } from "../errors/errors.ts";
import { expectKeys, type KeysOf } from "../errors/options.ts";
import type { Rows } from "../models/inputs.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Run } from "../models/run.ts";
import type { SpecialToken, Tokenizer } from "../tokens/tokenizer.ts";
import { type TaskOptions, tokenizerOf } from "./encoded-rows.ts";
import { expectCount, expectHead, softmax } from "./scores.ts";

/** How masked words are filled. */
export interface FillOptions extends TaskOptions {
  /** How many tokens for each mask, the most probable first; 5 if not given. */
  readonly topK?: number;
  /** Only these tokens; of a target that is several tokens the first (the last, where texts are cut on the left), which is warned of. */
  readonly targets?: readonly string[];
}

/** A token in the place of a mask. */
export interface Filling {
  readonly id: number;
  /** The token as it reads. */
  readonly text: string;
  /** How probable the model holds it among all tokens. */
  readonly score: number;
  /** The text with it; where other masks are left, with every special token. */
  readonly sequence: string;
}

/** What may stand in the place of one mask. */
export interface FilledMask {
  /** The mask's place among the tokens. */
  readonly token: number;
  /** The most probable first. */
  readonly fillings: readonly Filling[];
}

/** Masks of texts, filled. */
export interface Filled {
  /** For each text its masks, in order. */
  readonly rows: readonly (readonly FilledMask[])[];
  /** The pass of each text. */
  readonly runs: readonly Run[];
}

const fillOptions: KeysOf<FillOptions> = {
  topK: true,
  targets: true,
  signal: true,
  onWarning: true,
};

/** A text, several, or rows of ids as they go into the model, special tokens included. */
export type FillInput = string | readonly string[] | Rows;

/** The tokens a model expects in the place of each mask. Throws InputError for a text without a mask and a model of another task. */
export async function fill(
  model: LoadedModel,
  input: FillInput,
  options: FillOptions = {},
): Promise<Filled> {
  expectKeys(options, fillOptions, "fill");
  const { topK = 5, targets, signal, onWarning } = options;
  if (!model.fillsMasks) expectHead(model, "fill", ["masked language modeling"]);
  expectCount(topK, "fill: topK");
  const tokenizer = tokenizerOf(model, "fill");
  const { mask } = tokenizer.specialTokens;
  if (!mask) throw new InputError(`fill: the tokenizer of ${model.label} has no mask token`);
  const rowsGiven = rowsOf(input);
  const chosen = targets && targetIds(targets, tokenizer, options);
  for (const row of rowsGiven) expectMask(row, mask, tokenizer);
  // Each by itself: padding beside a text may change it (mobilebert mixes neighbours).
  const runs: Run[] = [];
  for (const row of rowsGiven) runs.push(await model.run(row, { signal, onWarning }));
  const rows = runs.map((run) => filledMasks(run, mask, tokenizer, { topK, chosen }));
  return { rows, runs };
}

/** What may stand in the place of each mask of one text. */
function filledMasks(
  { inputs, output }: Run,
  mask: SpecialToken,
  tokenizer: Tokenizer,
  { topK, chosen }: { readonly topK: number; readonly chosen: readonly number[] | undefined },
): FilledMask[] {
  const ids = Array.from(inputs.ids!);
  const places = [...ids.keys()].filter((place) => ids[place] === mask.id);
  if (places.length === 0)
    throw new InputError(`fill: the part of the text that is left has no ${mask.text}`);
  return places.map((token): FilledMask => {
    const scores = softmax(output.logits!.select(0, token).data); // (V)
    const fillings = best(scores, chosen, topK).map((id): Filling => {
      const filled = ids
        .map((other, place) => (place === token ? id : other))
        .filter((other) => other !== tokenizer.specialTokens.pad?.id);
      return {
        id,
        text: tokenizer.decode([id]),
        score: scores[id]!,
        sequence: tokenizer.decode(filled, { skipSpecialTokens: places.length === 1 }),
      };
    });
    return { token, fillings };
  });
}

/** What is filled, one by one. */
function rowsOf(input: FillInput): readonly (string | readonly number[])[] {
  if (typeof input === "string") return [input];
  return typeof input[0] === "number"
    ? [input as readonly number[]]
    : (input as readonly (string | readonly number[])[]);
}

function expectMask(
  given: string | readonly number[],
  mask: SpecialToken,
  tokenizer: Tokenizer,
): void {
  if (Array.isArray(given)) {
    if (given.includes(mask.id)) return;
    throw new InputError(
      `fill: the ids have no ${mask.id} (${mask.text}). Give ${mask.id} where a word is to be found`,
    );
  }
  if (typeof given !== "string")
    throw new InputError(`fill: needs a text or ids, got ${JSON.stringify(given)}`);
  if (!tokenizer.encode(given).ids.includes(mask.id))
    throw new InputError(
      `fill: the text has no ${mask.text}. Write ${mask.text} where a word is to be found`,
    );
}

/** Ids of the highest scores, of all or of the chosen ones. */
function best(
  scores: readonly number[],
  chosen: readonly number[] | undefined,
  count: number,
): number[] {
  const ids = chosen ? [...chosen] : [...scores.keys()];
  return ids.sort((a, b) => scores[b]! - scores[a]!).slice(0, count);
}

/** An id for each target, without doubles: the token of that spelling, or the first of those the text is cut into. */
function targetIds(
  targets: readonly string[],
  tokenizer: Tokenizer,
  { onWarning }: FillOptions,
): number[] {
  const ids = new Set<number>();
  for (const target of targets) {
    const known = tokenizer.tokenToId(target);
    const parts =
      known === undefined ? tokenizer.encode(target, { addSpecialTokens: false }).ids : [known];
    // Transformers cuts the target to one token, on the side where texts are cut.
    const first = tokenizer.truncationSide === "left" ? parts.at(-1) : parts[0];
    if (first === undefined)
      onWarning?.(
        `fill: no token of the vocabulary stands for ${JSON.stringify(target)}; it is left out`,
      );
    else ids.add(first);
    if (known === undefined && first !== undefined)
      onWarning?.(
        `fill: ${JSON.stringify(target)} is not one token of the vocabulary; its ${tokenizer.truncationSide === "left" ? "last" : "first"}, ${JSON.stringify(tokenizer.idToToken(first))}, stands for it`,
      );
  }
  if (ids.size === 0)
    throw new InputError("fill: targets are none. Give at least one that the vocabulary has");
  return [...ids];
}
