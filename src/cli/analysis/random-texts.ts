import { randomRepeats } from "../../analysis/heads/random-repeats.ts";
import { InputError } from "../../errors/errors.ts";
import type { Model } from "../../model.ts";
import type { RunInput } from "../../models/inputs.ts";
import { wholeNumber } from "../named.ts";
import { type StackOptions, stackNamed } from "./attention-run.ts";

/** What --random draws. */
export interface RandomOptions extends StackOptions {
  readonly seed?: string;
  readonly length?: string;
  readonly repeats?: string;
  readonly texts?: string;
}

const usual = { length: 25, repeats: 2, texts: 10 };

/** The rows of ids that --random means, and what JSON says of them. */
export function randomIds(model: Model, options: RandomOptions) {
  const seed = options.seed === undefined ? 0 : Number(options.seed);
  if (!Number.isInteger(seed) || seed < 0)
    throw new InputError(`--seed ${options.seed}: needs a whole number from 0`);
  const count = (name: "length" | "repeats" | "texts") =>
    options[name] === undefined ? usual[name] : wholeNumber(options[name], `--${name}`);
  const { before, behind } = specialsAround(model);
  const repeats = count("repeats");
  const positions = model.longest ?? Number.POSITIVE_INFINITY;
  const ids = plainIds(model);
  const most = Math.min(
    ids.length,
    Math.floor((positions - before.length - behind.length) / repeats),
  );
  const length = options.length === undefined ? Math.min(usual.length, most) : count("length");
  if (length < 2 || length > most)
    throw new InputError(
      `--random: ${length} tokens ${repeats} times do not fit; ${model.label} takes texts of ${positions} tokens from ${ids.length} ordinary ones. Ask for --length ${Math.max(2, most)} or less`,
    );
  const texts = count("texts");
  return {
    rows: randomRepeats({ seed, ids, length, repeats, texts, before, behind }),
    facts: { seed, length, repeats, texts },
  };
}

/** Random repeated ids as inputs of a run, one at a time; a decoder's stack reads them too. */
export function* randomInputs(model: Model, options: RandomOptions): Generator<RunInput> {
  const stack = stackNamed(options.stack);
  for (const row of randomIds(model, options).rows)
    yield stack === "decoder" || stack === "cross"
      ? { ids: [row], decoderIds: [row] }
      : { ids: [row] };
}

/** Ids of tokens that are special, for runs on ids, whose tokens do not say so. */
export function specialIdsOf({ tokenizer }: Model): ReadonlySet<number> {
  return new Set(Object.values(tokenizer?.specialTokens ?? {}).map(({ id }) => id));
}

/** What the model's tokenizer puts around a text. */
function specialsAround({ tokenizer }: Model): { before: number[]; behind: number[] } {
  const tokens = tokenizer?.encode("a").tokens ?? [];
  const first = tokens.findIndex(({ special }) => !special);
  const last = tokens.findLastIndex(({ special }) => !special);
  const ids = (part: typeof tokens) => part.map(({ id }) => id);
  return first < 0
    ? { before: [], behind: [] }
    : { before: ids(tokens.slice(0, first)), behind: ids(tokens.slice(last + 1)) };
}

/** Ids that stand for pieces of texts: neither special nor reserved, such as [unused7] or <extra_id_3>. */
function plainIds(model: Model): number[] {
  const special = specialIdsOf(model);
  const { vocabulary } = model.dimensions;
  return Array.from({ length: vocabulary }, (_, id) => id).filter((id) => {
    if (special.has(id)) return false;
    const text = model.tokenizer?.idToToken(id);
    if (model.tokenizer && text === undefined) return false;
    return text === undefined || !/^(\[.+\]|<.+>)$/.test(text);
  });
}
