import { SiteError } from "../../errors/errors.ts";
import { choiceOf, type KeysOf } from "../../errors/options.ts";
import { type HeadAddress, parseHead } from "../../probe/head-address.ts";
import {
  expectSameTokens,
  type LayerTokens,
  type TowerTokens,
  queryTokens as tokensIn,
  type WeightStack,
  weightStacks,
} from "../../probe/text-tokens.ts";
import type { Trace } from "../../probe/trace.ts";
import type { TextToken } from "../../probe/words.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Word } from "../surface.ts";

/** What pictures need of a run: a `Run`, or its like put together by hand. Whole weights must have been read of what is drawn. */
export interface PicturedRun {
  readonly tokens: readonly (readonly TextToken[])[];
  readonly decoderTokens?: readonly (readonly TextToken[])[];
  readonly towerTokens?: TowerTokens;
  readonly layerTokens?: readonly LayerTokens[];
  readonly trace: Trace;
  readonly madeBy?: {
    readonly label: string;
    readonly isCausal?: boolean;
    readonly patch?: readonly [height: number, width: number];
  };
  readonly inputs?: {
    readonly grid?: { readonly rows: number; readonly columns: number };
    readonly pixels?: Tensor;
  };
}

/** Which row and which attention of a run is drawn. */
export interface RunPictureOptions {
  /** The text of a batch, by its number. */
  readonly text?: number;
  /** The stack whose attention it is, in an encoder-decoder or a model of two towers; the first that was read if not given. */
  readonly stack?: WeightStack;
}

/** Keys of RunPictureOptions. */
export const runPictureOptions: KeysOf<RunPictureOptions> = { text: true, stack: true };

/** One attention of a run: its tokens on both sides, and its weights. */
export interface RunAttention {
  readonly layers: number;
  readonly heads: number;
  readonly queryTokens: readonly TextToken[];
  readonly keyTokens: readonly TextToken[];
  readonly queries: readonly Word[];
  /** The same array as `queries` where a text looks at itself. */
  readonly keys: readonly Word[];
  /** Whether no query looks at a later key. */
  readonly isCausal: boolean;
  /** (T, S) of one head; NaN where a query cannot look. */
  weights(head: HeadAddress): Float32Array;
  /** (S): what some queries of one head give every key, on average; NaN where none can look. */
  row(head: HeadAddress, queries: readonly number[]): Float32Array;
}

/** The attention that options choose. Throws SiteError, named after `place`, for a text or a layer that is not there. */
export function attentionOf(
  run: PicturedRun,
  place: string,
  { text = 0, stack = stackRead(run.trace) }: RunPictureOptions = {},
): RunAttention {
  choiceOf(weightStacks, stack, `${place}: stack`);
  expectSameTokens(run, place);
  const { tokens, decoderTokens, towerTokens, trace, madeBy } = run;
  const isCross = stack === "decoder.cross.";
  const siteOf = (layer: number) =>
    isCross ? `decoder.layers.${layer}.cross.weights` : `${stack}layers.${layer}.weights`;
  const stacks = { main: tokens, decoder: decoderTokens, towers: towerTokens };
  const own = tokensIn(stacks, isCross ? "decoder." : stack || "encoder.");
  const queryTokens = own[text];
  if (!queryTokens)
    throw new SiteError(`${place}: text ${text}, but the run has ${own.length}, from 0`);
  const keyTokens = isCross ? tokens[text]! : queryTokens;
  const queries = queryTokens.map(labelOf);
  const layersRead = trace.sites.flatMap((site) => {
    const layer = /layers\.(\d+)\./.exec(site)?.[1];
    return layer !== undefined && site === siteOf(Number(layer)) ? [Number(layer)] : [];
  });
  const [first] = layersRead;
  if (first === undefined)
    throw new SiteError(
      `${place}: the run read no weights of ${stack || "its layers"}. Read them: { read: ["${siteOf(0).replace(".0.", ".*.")}"] }`,
    );
  const isSaid = stack === "" || stack === "text.";
  // A decoder's config may let its tokens look both ways: its first token's weights tell.
  const looksBack = () =>
    trace
      .row(siteOf(first), { text, head: 0, query: 0 })
      .data.every((weight, key) => key === 0 || weight === 0);
  const isCausal =
    stack === "decoder." ? looksBack() : isSaid && !isCross && madeBy?.isCausal === true;
  const part = ({ layer, head }: HeadAddress, chosen?: readonly number[]): Float32Array =>
    trace.part(siteOf(layer), [[text], [head], chosen], place).data;
  const S = keyTokens.length;
  const hideLater = (weights: Float32Array, queryAt: (row: number) => number): Float32Array => {
    if (!isCausal) return weights;
    for (let row = 0; row * S < weights.length; row++)
      weights.fill(Number.NaN, Math.min(S, queryAt(row) + 1) + row * S, (row + 1) * S);
    return weights;
  };
  return {
    layers: Math.max(...layersRead) + 1,
    heads: trace.kept(siteOf(first)).shape[1]!,
    queryTokens,
    keyTokens,
    queries,
    keys: isCross ? keyTokens.map(labelOf) : queries,
    isCausal,
    weights: (head) => hideLater(part(head), (row) => row),
    row(head, chosen) {
      const rows = part(head, chosen);
      const mean = new Float32Array(S);
      for (const [place, weight] of rows.entries()) mean[place % S]! += weight / chosen.length;
      return hideLater(mean, () => Math.max(...chosen));
    },
  };
}

/** The first stack that was read: "encoder." or a tower where no layer without a stack's name was. */
function stackRead({ sites }: Trace): "" | "encoder." | "text." | "vision." {
  const stacks = ["", "encoder.", "text.", "vision."] as const;
  return stacks.find((stack) => sites.some((site) => site.startsWith(`${stack}layers.`))) ?? "";
}

/** A token as pictures label it: "cat", "##ing", "[CLS]". */
export function labelOf(token: TextToken): Word {
  return {
    // A lone ▁ has the characters of the piece behind it; a piece of WordPiece shows that it is one.
    text: token.special || /^(##|▁$)/.test(token.text) ? token.text : token.surface,
    special: token.special,
  };
}

/** A head by its address, or the address itself. Throws SiteError where the attention has no such head. */
export function headNamed(
  head: string | HeadAddress,
  { layers, heads }: RunAttention,
  place: string,
): HeadAddress {
  const { layer, head: number } = typeof head === "string" ? parseHead(head) : head;
  if (!(layer >= 0 && layer < layers && number >= 0 && number < heads))
    throw new SiteError(
      `${place}: L${layer}H${number}: layers up to ${layers - 1} were read, of heads 0 to ${heads - 1}`,
    );
  return { layer, head: number };
}
