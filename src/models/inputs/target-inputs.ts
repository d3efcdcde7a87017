import { InputError } from "../../errors/errors.ts";
import type { Network } from "../../families/family.ts";
import { textTokens } from "../../probe/text-tokens.ts";
import type { TextToken } from "../../probe/words.ts";
import type { Token } from "../../tokens/token.ts";
import type { Tokenizer } from "../../tokens/tokenizer.ts";
import { blankToken } from "../padding-token.ts";

/** What a decoder reads beside its encoder's texts. */
interface Targets {
  readonly decoderIds: number[][];
  readonly decoderMask: number[][];
  readonly tokens: TextToken[][];
}

interface TargetReader {
  readonly label: string;
  readonly network: Network;
  readonly tokenizer: Tokenizer | undefined;
}

/** A target's tokens as Python's `text_target` gives them, to be read or written one by one; of sound, what it says is written after. */
export function targetTokens(
  target: string,
  { network, tokenizer }: Pick<TargetReader, "network" | "tokenizer">,
): readonly Token[] {
  // A recogniser's own first tokens are part of what a target says; a language nobody named has no token.
  const isWhole = network.audio === undefined && tokenizer!.languages === undefined;
  return (
    tokenizer!.target?.encode(target) ?? tokenizer!.encode(target, { addSpecialTokens: isWhole })
  ).tokens;
}

/** A target's tokens without those behind its text, as they are read before it has ended. */
function withoutEnd(tokens: readonly Token[]): readonly Token[] {
  return tokens.slice(0, tokens.findLastIndex(({ special }) => !special) + 1);
}

/** The token a decoder begins a target with: the family's own, or in mBART the one at the target's end, its language. */
function firstToken(
  tokens: readonly Token[],
  { decoderStartId, decoderWrapsIds }: Network,
): number {
  const last = tokens.at(-1);
  return decoderWrapsIds && last?.special ? last.id : decoderStartId!;
}

/**
 * The decoder's side of texts that have a `target`: the token it begins with, then the target's ids, as training shifts them; the end is
 * not read. Undefined where no text has one. Throws InputError for a model without a decoder.
 */
export function targetRows(
  texts: readonly (string | { readonly target?: string })[],
  { network, tokenizer, label }: TargetReader,
): Targets | undefined {
  const targets = texts.map((text) => (typeof text === "string" ? undefined : text.target));
  if (targets.every((target) => target === undefined)) return undefined;
  const { paddingId } = network;
  if (network.decoderStartId === undefined)
    throw new InputError(
      `${label} has no decoder beside an encoder, so it reads no target. Leave it out`,
    );
  const name = (id: number) => blankToken(id, tokenizer!.idToToken(id) ?? `#${id}`);
  const rows = targets.map((target = "") => {
    const tokens = targetTokens(target, { network, tokenizer });
    return textTokens([name(firstToken(tokens, network)), ...withoutEnd(tokens)], [target]);
  });
  const length = Math.max(...rows.map((row) => row.length));
  const padded = rows.map((row) => [
    ...row,
    ...textTokens(
      Array.from({ length: length - row.length }, () => name(paddingId)),
      [""],
    ),
  ]);
  return {
    decoderIds: padded.map((row) => row.map(({ id }) => id)),
    decoderMask: rows.map((row) =>
      Array.from({ length }, (_, place) => Number(place < row.length)),
    ),
    tokens: padded,
  };
}
