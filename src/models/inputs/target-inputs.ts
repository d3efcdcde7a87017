import { InputError } from "../../errors/errors.ts";
import type { Network } from "../../families/family.ts";
import { textTokens } from "../../probe/text-tokens.ts";
import type { TextToken } from "../../probe/words.ts";
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

/**
 * The decoder's side of texts that have a `target`: the token it begins with, then the target's ids, as training shifts them. Undefined
 * where no text has one. Throws InputError for a model without a decoder.
 */
export function targetRows(
  texts: readonly (string | { readonly target?: string })[],
  { network, tokenizer, label }: TargetReader,
): Targets | undefined {
  const targets = texts.map((text) => (typeof text === "string" ? undefined : text.target));
  if (targets.every((target) => target === undefined)) return undefined;
  const { decoderStartId: start, paddingId } = network;
  if (start === undefined)
    throw new InputError(
      `${label} has no decoder beside an encoder, so it reads no target. Leave it out`,
    );
  const name = (id: number) => blankToken(id, tokenizer!.idToToken(id) ?? `#${id}`);
  const rows = targets.map((target = "") => {
    const { tokens } =
      tokenizer!.target?.encode(target) ?? tokenizer!.encode(target, { addSpecialTokens: false });
    return textTokens([name(start), ...tokens], [target]);
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
