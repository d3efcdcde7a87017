import { InputError } from "../errors/errors.ts";
import type { Token } from "../tokens/tokenizer.ts";
import type { SiteAddress } from "./sites.ts";
import type { TextToken } from "./words.ts";

/** All of `WeightStack`. */
export const weightStacks = [
  "",
  "encoder.",
  "decoder.",
  "decoder.cross.",
  "text.",
  "vision.",
] as const;
/** What stands before a layer whose weights are meant: the stack of an encoder-decoder or the tower; "" where there is one. */
export type WeightStack = (typeof weightStacks)[number];

/** Tokens of a text, or of two, with the characters they stand for as they were typed, and where words begin. */
export function textTokens(tokens: readonly Token[], texts: readonly string[]): TextToken[] {
  let before: Token | undefined;
  return tokens.map((token, place) => {
    const source = texts[token.sequence ?? 0] ?? "";
    const own = source.slice(token.start, reachOf(token, tokens[place + 1], source));
    const blank = token.sequence !== null && own !== "" && own.trim() === "";
    const surface = token.sequence === null || own.trim() === "" ? token.text : own.trim();
    const isApart = !before || standsApart(before, token, source);
    // Behind a token that is a blank and nothing else, the word has begun.
    const glued = !isApart && !/\s/u.test(source[before!.end - 1] ?? "");
    const startsWord =
      isApart ||
      (!goesOn(own, source.slice(0, token.start)) &&
        (before!.word !== token.word || isOtherSort(before!, token, source)));
    before = token;
    return { ...token, surface, startsWord, glued, ...(blank && { blank }) };
  });
}

/** Where a token's characters end: marks behind it that the tokenizer took out (ु, the accent of a decomposed é) belong to it. */
function reachOf({ end, sequence }: Token, next: Token | undefined, source: string): number {
  if (sequence === null) return end;
  const limit = next && next.sequence === sequence ? next.start : source.length;
  const marks = /^[\p{M}\u200c\u200d]+/u.exec(source.slice(end, limit));
  return end + (marks?.[0].length ?? 0);
}

/** Whether a token begins with a blank, or one lies before it, or its text begins. */
function standsApart(before: Token, { start, end, sequence }: Token, source: string): boolean {
  if (before.special || sequence === null || before.sequence !== sequence) return true;
  // Two pieces of one character have the same place: nothing lies between.
  const between = source.slice(Math.min(before.end, start), start);
  return /^\s/u.test(source.slice(start, end)) || /\s/u.test(between);
}

/** Whether characters belong to the word before them wherever a tokenizer splits: marks and joiners, and what they join. */
function goesOn(own: string, before: string): boolean {
  const end = before.slice(-16);
  return (
    /^[\p{M}\u200c\u200d]/u.test(own) ||
    /\u200d$/u.test(end) ||
    (/\p{L}[\p{M}\u200c\u200d]+$/u.test(end) && /^\p{L}/u.test(own))
  );
}

/** Whether one of two tokens is punctuation and the other is not; a lone blank takes what comes, and so do pieces of one character. */
function isOtherSort(before: Token, token: Token, source: string): boolean {
  const [last, own] = [before, token].map(({ start, end }) => source.slice(start, end).trim());
  return last !== "" && token.start >= before.end && isPunctuation(last!) !== isPunctuation(own!);
}

/** Whether a text is punctuation and nothing else; an emoji counts, with what joins and changes it. */
export function isPunctuation(text: string): boolean {
  return /^[\p{P}\p{S}][\p{P}\p{S}\p{M}\u200d]*$/u.test(text);
}

/** Tokens of every row, per stack: "" (or the encoder) and "decoder.". */
export interface StackTokens {
  readonly main: readonly (readonly TextToken[])[];
  readonly decoder?: readonly (readonly TextToken[])[];
  /** Of two towers, those of each that reads something. */
  readonly towers?: TowerTokens;
  /** Those of each layer, then of what follows the last, where layers have others than `main`: tokens that are merged. */
  readonly ofLayers?: readonly LayerTokens[];
}

/** Tokens of a layer, alike in every row. Keys may be more: what fills up windows. */
export interface LayerTokens {
  readonly queries: readonly TextToken[];
  readonly keys: readonly TextToken[];
}

/** Throws InputError, named after `place` where one is given, where layers have tokens of their own: what looks across layers, or draws them alike, needs the same in all. */
export function expectSameTokens(
  {
    tokens,
    layerTokens = [],
  }: {
    readonly tokens: readonly (readonly TextToken[])[];
    readonly layerTokens?: readonly LayerTokens[] | undefined;
  },
  place?: string,
): void {
  const first = tokens[0]?.length;
  const layers = layerTokens.slice(0, -1);
  if (layers.every(({ queries, keys }) => queries.length === first && keys.length === first))
    return;
  const counts = [...new Set(layers.map(({ queries }) => queries.length))].join(", then ");
  throw new InputError(
    `${place === undefined ? "The" : `${place}: the`} layers of this model have tokens of their own, ${counts} of them (merged neighbours, filled windows), and this needs the same in all. Rollout, flow, measures and what heads do are taken of one stage: heed rollout photo.png --stage 0, in code attentionMaps(run, { stage: 0 }). Or look at one head: heed photo.png --head L0H0, in code run.trace.get("layers.0.weights")`,
  );
}

/** Layers behind one another whose tokens are the same. */
export interface Stage {
  readonly first: number;
  readonly count: number;
  readonly tokens: LayerTokens;
}

/** The stages of a run between whose layers neighbours are merged; one where none are. */
export function stagesOf(layerTokens: readonly LayerTokens[]): readonly Stage[] {
  const stages: Stage[] = [];
  for (const [layer, tokens] of layerTokens.slice(0, -1).entries()) {
    const last = stages.at(-1);
    if (last?.tokens.queries.length === tokens.queries.length)
      stages[stages.length - 1] = { ...last, count: last.count + 1 };
    else stages.push({ first: layer, count: 1, tokens });
  }
  return stages;
}

/** Tokens of the queries of a site and of its keys, row by row. */
export function siteTokens(tokens: StackTokens, { stack, layer, branch, kind }: SiteAddress) {
  const { main, ofLayers } = tokens;
  const own = kind.name === "embeddings" ? undefined : ofLayers?.at(layer ?? -1);
  if (own) return { queries: main.map(() => own.queries), keys: main.map(() => own.keys) };
  const queries = queryTokens(tokens, stack);
  return { queries, keys: branch === "cross." ? main : queries };
}

/** Tokens of the texts, and of the images, row by row, where a model has a tower for each. */
export interface TowerTokens {
  readonly text?: readonly (readonly TextToken[])[];
  readonly vision?: readonly (readonly TextToken[])[];
}

/** Tokens of the queries of a stack's sites; logits, which have no stack's name, are those of the decoder where there is one. */
export function queryTokens(
  { main, decoder, towers }: StackTokens,
  stack: string,
): readonly (readonly TextToken[])[] {
  if (stack === "encoder.") return main;
  if (stack === "text.") return towers?.text ?? main;
  if (stack === "vision.") return towers?.vision ?? main;
  return decoder ?? main;
}
