import { SiteError } from "../../errors/errors.ts";
import type { KeysOf } from "../../errors/options.ts";
import { isolated, withSigns } from "../../errors/visible.ts";
import { dimensionsIn } from "../../families/family.ts";
import { joinedSite } from "../../models/joined-site.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { mainStack } from "../../models/main-stack.ts";
import type { Run } from "../../models/run.ts";
import { formatHead, type HeadAddress, parseHead } from "../../probe/head-address.ts";
import type { Read } from "../../probe/plan.ts";
import { type TextToken, tokensNamed, type Which } from "../../probe/words.ts";
import type { NamedToken } from "./step.ts";

/** Which attention of an encoder-decoder is meant; "" in models of one stack. */
export type StackPrefix = "" | "encoder." | "decoder." | "decoder.cross.";

/** What is asked: one query, one head, and the key to explain. */
export interface ExplainQuestion {
  /** "L3H1", or layer and head. */
  readonly head: string | HeadAddress;
  /** The word that looks, or a token's index. */
  readonly word: Which;
  /** The word looked at; the key with the largest weight if not given. */
  readonly to?: Which;
  /** The word it is held against; of the others, the one with the largest weight if not given. */
  readonly against?: Which;
  /** "encoder." where a model has a decoder too and nothing is said. */
  readonly stack?: StackPrefix;
  /** The text of a batch, by its number. */
  readonly text?: number;
}

/** Keys of ExplainQuestion. */
export const explainQuestion: KeysOf<ExplainQuestion> = {
  head: true,
  word: true,
  to: true,
  against: true,
  stack: true,
  text: true,
};

/** The question, with the names of its sites and parameters. */
export interface Place extends HeadAddress {
  readonly stack: StackPrefix;
  readonly text: number;
  /** "decoder.layers.3." */
  readonly layerName: string;
  /** What stands before q, k, weights and so on: the layer's name, with "cross." where that is it. */
  readonly prefix: string;
  /** The head of keys and values, which queries may share. */
  readonly keyHead: number;
}

/** Where the question looks. Throws SiteError for a head or a stack the model does not have. */
export function placeOf(model: LoadedModel, question: Omit<ExplainQuestion, "word">): Place {
  const { decoderLayers } = model.dimensions;
  const main = mainStack(model);
  const { stack = main, text = 0 } = question;
  const address = typeof question.head === "string" ? parseHead(question.head) : question.head;
  const isDecoder = stack.startsWith("decoder.");
  const hasStack = decoderLayers === undefined ? stack === main : stack !== "";
  if (!hasStack)
    throw new SiteError(
      decoderLayers === undefined
        ? `explain: ${model.label} has one stack, no "${stack}". Leave it out`
        : `explain: ${model.label} has an encoder and a decoder: stack must be encoder., decoder. or decoder.cross.`,
    );
  const { layers: count, heads, keyHeads } = dimensionsIn(model.dimensions, stack);
  if (address.layer >= count || address.head >= heads)
    throw new SiteError(
      `explain: ${formatHead(address)} is not there: ${stack}layers 0 to ${count - 1}, heads 0 to ${heads - 1}`,
    );
  const layerName = `${isDecoder ? "decoder." : stack}layers.${address.layer}.`;
  return {
    ...address,
    stack,
    text,
    layerName,
    prefix: stack === "decoder.cross." ? `${layerName}cross.` : layerName,
    keyHead: Math.floor(address.head / (heads / keyHeads)),
  };
}

/** What a run must read of one head. Nothing of it grows with the square of the text, but where scores are made of parts. */
export function headReads(model: LoadedModel, question: ExplainQuestion): Read[] {
  const place = placeOf(model, question);
  const { prefix, layerName, head } = place;
  const text = question.text === undefined ? {} : { text: question.text };
  const has = (site: string) => model.sites.has(site);
  const query = { head, query: question.word, ...text };
  return [
    ...["q", "k", "v", "attended", "normed", "middle"].map((name) =>
      joinedSite(model, prefix + name),
    ),
    `${layerName}input`,
    `${layerName}middle`,
    ...(place.stack === "decoder.cross." ? ["encoder.final"] : []),
    ...(place.layer === 0 ? [`${place.stack.replace("cross.", "")}embeddings`] : []),
    ...["q", "k", "v"].map((name) => `${layerName}global.${name}`),
  ]
    .filter((site, index, all) => has(site) && all.indexOf(site) === index)
    .map((site): Read => ({ site, ...text }))
    .concat(
      [`${prefix}scores`, `${prefix}weights`].map((site) => ({
        site,
        keep: "rows" as const,
        ...text,
      })),
      ["scores.position", "scores.bias"]
        .map((name) => prefix + name)
        .filter(has)
        .map((site) => ({ site, ...query })),
      [{ site: `${prefix}mixed`, query: question.word, ...text }],
      [{ site: joinedSite(model, `${prefix}heads`), query: question.word, ...text }],
    );
}

/** Tokens of the queries and of the keys, of the text that is asked about. */
export function tokensOf(run: Run, { stack, text, layer }: Place) {
  const rows = stack.startsWith("decoder.") ? run.decoderTokens : run.tokens;
  const queries = rows?.[text];
  if (!queries)
    throw new SiteError(`explain: text ${text}, but the run has ${rows?.length ?? 0}, from 0`);
  const own = run.layerTokens?.[layer];
  if (own) return own;
  return { queries, keys: stack === "decoder.cross." ? run.tokens[text]! : queries };
}

/** The tokens a word names. */
export function namedTokens(which: Which, tokens: readonly TextToken[], option: string): number[] {
  return [...new Set(tokensNamed(which, tokens, `explain, ${option}`))];
}

/** The pieces of a word that stand for something: not a blank before it, where there is more. */
export function tellingPieces(pieces: readonly number[], tokens: readonly TextToken[]): number[] {
  const telling = pieces.filter((piece) => !tokens[piece]!.blank && tokens[piece]!.text !== "▁");
  return telling.length > 0 ? telling : [...pieces];
}

/** A token as steps name it: "##" stays, so that a piece is seen to be one; a word that stands twice is counted. */
export function namesOf(tokens: readonly TextToken[]): NamedToken[] {
  const texts = tokens.map(({ text, surface, special }) =>
    special || /^(##|▁$)/.test(text) ? text : surface,
  );
  const folded = texts.map((text) => text.toLowerCase());
  const counts = new Map<string, number>();
  for (const text of folded) counts.set(text, (counts.get(text) ?? 0) + 1);
  const seen = new Map<string, number>();
  return tokens.map(({ special }, token) => {
    const own = folded[token]!;
    const count = (seen.get(own) ?? 0) + 1;
    seen.set(own, count);
    const text = counts.get(own)! > 1 ? `${texts[token]}#${count}` : texts[token]!;
    return { token, text, special };
  });
}

/**
 * The key with the largest weight (S): one that can be seen before one that cannot, a word before punctuation and special tokens, another
 * word before the query's `own`. Undefined where there is none beside `without`.
 */
export function strongestKey(
  weights: ArrayLike<number>,
  keys: readonly NamedToken[],
  { own, without }: { readonly own?: number; readonly without?: number } = {},
): NamedToken | undefined {
  const rank = ({ token, text, special }: NamedToken) =>
    (weights[token]! > 0 ? 0 : 8) +
    (special ? 4 : 0) +
    (token === own ? 2 : 0) +
    // What counts tokens of one text, "#2", is no part of it.
    (/[\p{L}\p{N}]/u.test(text.replace(/(?<=.)#\d+$/su, "")) ? 0 : 1);
  return keys
    .filter(({ token }) => token !== without)
    .reduce<NamedToken | undefined>((best, key) => {
      if (!best) return key;
      const [a, b] = [rank(key), rank(best)];
      return a < b || (a === b && weights[key.token]! > weights[best.token]!) ? key : best;
    }, undefined);
}

/** A word in quotation marks, fit for a sentence. */
export function quoted({ text }: Pick<NamedToken, "text">): string {
  return `"${isolated(withSigns(text))}"`;
}
