import { InputError } from "../../../errors/errors.ts";
import { expectKeys } from "../../../errors/options.ts";
import {
  type AttentionChoice,
  type AttentionFile,
  attentionChoice,
  readAttention,
} from "../../../export/attention-file.ts";
import { textSource } from "./from-picture.ts";
import type { TextSource } from "./source.ts";

const specialForm = /^(\[[^\s\]]+\]|<[^\s>]+>|<\|.+\|>)$/;

/**
 * Attention that was computed elsewhere as a source of elements: a file or an object as `readAttention` takes it, or what that gave. Tokens in square or
 * pointed brackets count as special. Throws what `readAttention` throws.
 */
export function attentionSource(
  file: AttentionFile | Parameters<typeof readAttention>[0],
  choice: AttentionChoice = {},
): TextSource {
  expectKeys(choice, attentionChoice, "attentionSource");
  const chosen = Object.entries(choice).find(([, value]) => value !== undefined);
  if (isRead(file) && chosen)
    throw new InputError(
      `attentionSource: ${chosen[0]} chooses from a file, and this was read by readAttention. Give it there`,
    );
  const { queries, keys, heads, weights, model, text } = isRead(file)
    ? file
    : readAttention(file, choice);
  const words = (tokens: readonly string[]) =>
    tokens.map((text) => ({ text, special: specialForm.test(text) }));
  return textSource({
    texts: [text ?? queries.join(" ")],
    model: {
      name: model ?? "attention",
      layers: weights.length,
      heads,
      tokens: queries.length,
    },
    queries: words(queries),
    ...(keys && { keys: words(keys) }),
    weights,
  });
}

function isRead(file: unknown): file is AttentionFile {
  return typeof file === "object" && file !== null && "weights" in file && "queries" in file;
}
