import { InputError } from "../errors/errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { makeRandom } from "../tasks/sampling.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import { type Batch, batchOf, type Example } from "./batch.ts";

/** Texts as ids, cut into windows by chance. */
export interface TextBatches {
  /** Tokens that are learned from, and those that are kept for evaluation. */
  readonly tokens: number;
  readonly heldOut: number;
  /** Batch `number` of `count` windows: the same seed and number draw the same. */
  batch(number: number, count: number): Batch;
  /** Windows of what is kept apart, one after the other, `most` at most. */
  heldOutBatch(most: number): Batch | undefined;
}

/** Share of a text's tokens that an encoder is asked for (Devlin et al. 2019). */
const hiddenShare = 0.15;
/** Of texts the last part is kept apart. */
const heldOutShare = 0.05;

/** What batches of texts need of a model. */
export type TextModel = Pick<
  LoadedModel,
  "label" | "task" | "tokenizer" | "longest" | "dimensions"
>;

/**
 * Batches of texts, one behind the other with the end token between them, in windows of `length` tokens: a causal model learns every next
 * token, one that fills masks those that are hidden from it. Throws InputError for a model beside which stands a decoder: what it is to
 * write belongs to each text.
 */
export function textBatches(
  model: TextModel,
  texts: readonly string[],
  { length, seed }: { readonly length: number; readonly seed: number },
): TextBatches {
  const { tokenizer, label, dimensions } = model;
  if (!tokenizer) throw new InputError(`train: ${label} has no tokenizer files to read texts with`);
  if (dimensions.decoderLayers !== undefined)
    throw new InputError(
      `train: ${label} reads a text and writes another, and texts alone do not say what is to be written. Train a gpt2 or a bert on them`,
    );
  const end = tokenizer.specialTokens.end?.id ?? tokenizer.specialTokens.sep?.id;
  const ids = texts.flatMap((text) => [
    ...tokenizer.encode(text, { addSpecialTokens: false }).ids,
    ...(end === undefined ? [] : [end]),
  ]);
  const longest = Math.min(length, model.longest ?? length);
  if (ids.length < longest + 2)
    throw new InputError(
      `train: the texts have ${ids.length} tokens, and a window ${longest}. Give more text, or shorter windows`,
    );
  const kept = Math.min(
    Math.max(longest + 1, Math.floor(ids.length * heldOutShare)),
    Math.max(0, ids.length - longest - 1),
  );
  const hasHeldOut = kept > longest;
  const cut = hasHeldOut ? ids.length - kept : ids.length;
  const isCausal = model.task === "language modeling";
  const window = (all: readonly number[], start: number, random: () => number): Example =>
    isCausal
      ? {
          ids: all.slice(start, start + longest),
          targets: all.slice(start + 1, start + longest + 1),
        }
      : hidden(all.slice(start, start + longest), tokenizer, random);
  const last = (all: readonly number[]) => all.length - longest - (isCausal ? 1 : 0);
  const learned = ids.slice(0, cut);
  const apart = ids.slice(cut);
  return {
    tokens: learned.length,
    heldOut: hasHeldOut ? apart.length : 0,
    batch(number, count) {
      const random = makeRandom(seed, 2 * number);
      const examples = Array.from({ length: count }, () =>
        window(learned, Math.floor(random() * (last(learned) + 1)), random),
      );
      return batchOf(examples, paddingOf(tokenizer));
    },
    heldOutBatch(most) {
      if (!hasHeldOut) return undefined;
      const random = makeRandom(seed, 1);
      const count = Math.min(most, 1 + Math.floor(last(apart) / longest));
      const examples = Array.from({ length: count }, (_, n) => window(apart, n * longest, random));
      return batchOf(examples, paddingOf(tokenizer));
    },
  };
}

/** Some tokens hidden: of these 8 in 10 become the mask, 1 another token, 1 stays (Devlin et al. 2019, appendix A.1). */
function hidden(ids: readonly number[], tokenizer: Tokenizer, random: () => number): Example {
  const mask = tokenizer.specialTokens.mask?.id;
  if (mask === undefined)
    throw new InputError("train: the tokenizer has no mask token, and the model fills masks");
  const targets = ids.map((id) => (random() < hiddenShare ? id : -1));
  if (targets.every((target) => target < 0)) {
    const place = Math.floor(random() * ids.length);
    targets[place] = ids[place]!;
  }
  const shown = ids.map((id, place) => {
    if (targets[place]! < 0) return id;
    const chance = random();
    if (chance < 0.8) return mask;
    return chance < 0.9 ? Math.floor(random() * tokenizer.vocabularySize) : id;
  });
  return { ids: shown, targets };
}

function paddingOf({ specialTokens }: Tokenizer): number {
  return (specialTokens.pad ?? specialTokens.end)?.id ?? 0;
}
