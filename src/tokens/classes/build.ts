import type { Definition } from "../definition.ts";
import type { SentencePieceModel } from "../sentence-piece-file.ts";
import { nameOf } from "../special-tokens.ts";
import { plainPieces } from "./pieces.ts";
import { addedTokens, type KnownIds, type Settings } from "./settings.ts";
import { namesOf, tokensOf } from "./tokenizer-class.ts";
import type { Found } from "./vocabulary-files.ts";

/** A tokenizer in tokenizer.json's terms, and its tokens with a role. */
interface Built {
  readonly definition: Definition;
  readonly named: Definition;
}

/** A class's own tokenizer around a vocabulary; tokenizer.json has a say in its post-processor alone. */
export function buildTokenizer(
  { built, vocabulary, pieces }: Extract<Found, { built: unknown }>,
  settings: Settings,
  json: Definition | undefined,
): Built {
  const { values } = settings;
  const named = tokensOf(values, built.tokens);
  const ids =
    built.model === "Unigram"
      ? new Map(vocabulary.scored.map(([text], id) => [text, id]))
      : vocabulary.ids;
  const additional = pieces ? controlsOf(pieces) : values.additional_special_tokens;
  const own = built.extra?.(values);
  const extra = built.keepsExtra
    ? [...(own ?? []), ...listOf(values.extra_special_tokens ?? additional)]
    : (values.extra_special_tokens ?? withOwn(additional, own));
  const added = addedTokens(settings, Object.values(named), listOf(extra), {
    listed: [],
    vocabulary: ids,
  });
  const addedIds = new Map(added.map(({ content, id }) => [content, id as number]));
  const definition = built.build({
    vocabulary,
    // With tokenizer.json its post-processor says what goes around a text.
    values: json ? { ...values, add_bos_token: undefined, add_eos_token: undefined } : values,
    names: namesOf(values, built.tokens),
    idOf: (text) => addedIds.get(text) ?? ids.get(text),
    postProcessor: json?.post_processor ?? undefined,
  });
  return { definition: { ...definition, added_tokens: added }, named };
}

/** tokenizer.json, or a SentencePiece model that belongs to no class, with the tokens that other files add. */
export function asItStands(found: Exclude<Found, { built: unknown }>, settings: Settings): Built {
  const { values } = settings;
  const isJson = "json" in found;
  const own = isJson ? found.json : plainPieces(found.pieces, { legacy: values.legacy !== false });
  const named = tokensOf(isJson ? values : { ...namesIn(found.pieces), ...values }, undefined);
  const controls = isJson ? undefined : controlsOf(found.pieces).filter(({ special }) => special);
  const extra = values.extra_special_tokens ?? controls ?? values.additional_special_tokens;
  const listed = isJson && Array.isArray(own.added_tokens) ? own.added_tokens : [];
  const added = addedTokens(settings, Object.values(named), listOf(extra), {
    listed,
    vocabulary: idsIn(own),
  });
  return { definition: { ...own, added_tokens: added }, named };
}

function listOf(extra: unknown): readonly unknown[] {
  return Array.isArray(extra) ? extra : [];
}

/** The class's own tokens where none are given; T5's sentinels also where those given are others. */
function withOwn(given: unknown, own: readonly string[] | undefined): readonly unknown[] {
  if (!Array.isArray(given)) return own ?? [];
  const isSentinels = own?.[0]?.startsWith("<extra_id_") ?? false;
  const has = given.some((token) => nameOf(token)?.includes("<extra_id_"));
  return isSentinels && !has ? [...given, ...(own ?? [])] : given;
}

/** The pieces of a SentencePiece model that are looked for in the text as it stands. */
function controlsOf({ pieces }: SentencePieceModel): Definition[] {
  return pieces.flatMap(({ text, kind }) =>
    kind === "control" || kind === "user"
      ? [{ content: text, normalized: false, special: kind === "control" }]
      : [],
  );
}

function namesIn({ beginning, end, unknown }: SentencePieceModel): Definition {
  return { bos_token: beginning, eos_token: end, unk_token: unknown };
}

function idsIn({ model }: Definition): KnownIds {
  const { vocab } = (model ?? {}) as Definition;
  if (vocab instanceof Map) return vocab;
  if (Array.isArray(vocab)) return new Map(vocab.map((entry, id) => [entry?.[0], id]));
  // A large object is slow to list, and few tokens are asked for.
  const ids = (vocab ?? {}) as Record<string, number>;
  return {
    get: (text) => (Object.hasOwn(ids, text) ? ids[text] : undefined),
    get size() {
      return Object.keys(ids).length;
    },
  };
}
