import { asDefinition, type Definition, isIndex, mismatch } from "../definition.ts";
import { nameOf, roleKeys } from "../special-tokens.ts";

/** The files that say how a tokenizer is set up. */
export interface SettingFiles {
  readonly tokenizerJson?: unknown;
  readonly tokenizerConfig?: unknown;
  readonly specialTokensMap?: unknown;
  readonly addedTokens?: unknown;
}

/** What the files set, as transformers' from_pretrained puts it together. */
export interface Settings {
  /** tokenizer_config.json; where it lists no added_tokens_decoder, the keys of special_tokens_map.json go over it. */
  readonly values: Definition;
  /** Tokens that the files list with an id, by id: content and flags. */
  readonly listed: readonly Definition[];
}

/** The settings of a tokenizer from all the files that have a say in them, each going before the one it goes before in Python. */
export function readSettings(files: SettingFiles): Settings {
  const place = "tokenizer_config.json";
  const config = withExtra(asDefinition(files.tokenizerConfig ?? {}, place));
  if (config.added_tokens_decoder !== undefined) {
    const decoder = asDefinition(config.added_tokens_decoder, `${place}.added_tokens_decoder`);
    const listed = Object.entries(decoder).map(
      ([id, token]) =>
        [Number(id), asDefinition(token, `${place}.added_tokens_decoder.${id}`)] as const,
    );
    return { values: config, listed: byId(listed) };
  }
  const map = asDefinition(files.specialTokensMap ?? {}, "special_tokens_map.json");
  const values = { ...config, ...map };
  const added = readAddedFile(files.addedTokens, specialNames(values));
  return { values, listed: byId([...added, ...readJsonTokens(files.tokenizerJson)]) };
}

/** additional_special_tokens under its newer name. */
function withExtra(config: Definition): Definition {
  const { additional_special_tokens: additional, ...rest } = config;
  const { extra_special_tokens: extra } = rest;
  const isEmpty = !extra || Object.keys(extra as object).length === 0;
  return additional !== undefined && isEmpty
    ? { ...rest, extra_special_tokens: additional }
    : config;
}

/** added_tokens.json: ids by content; a token is special when its name has a role. */
function readAddedFile(
  file: unknown,
  special: ReadonlySet<string>,
): readonly (readonly [number, Definition])[] {
  const place = "added_tokens.json";
  return Object.entries(asDefinition(file ?? {}, place)).map(([content, id]) => {
    if (!isIndex(id)) throw mismatch(`${place}.${content}`, "an id (a whole number)", id);
    const isSpecial = special.has(content);
    return [id, { content, special: isSpecial, normalized: !isSpecial }] as const;
  });
}

function readJsonTokens(tokenizerJson: unknown): readonly (readonly [number, Definition])[] {
  if (tokenizerJson === undefined) return [];
  const place = "tokenizer.json: added_tokens";
  const { added_tokens: list } = asDefinition(tokenizerJson, "tokenizer.json");
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw mismatch(place, "a list", list);
  return list.map((entry, index) => {
    const token = asDefinition(entry, `${place}[${index}]`);
    if (!isIndex(token.id)) throw mismatch(`${place}[${index}].id`, "an id", token.id);
    return [token.id, token] as const;
  });
}

function specialNames(values: Definition): Set<string> {
  const extra = values.extra_special_tokens;
  const all = [...roleKeys.map((key) => values[key]), ...(Array.isArray(extra) ? extra : [])];
  return new Set(all.flatMap((token) => nameOf(token) ?? []));
}

/** Of two tokens with one id the later is kept. */
function byId(listed: readonly (readonly [number, Definition])[]): Definition[] {
  return [...new Map(listed)].sort(([a], [b]) => a - b).map(([, token]) => token);
}

/** The ids of a model's own tokens, and how many there are. */
export type KnownIds = Pick<ReadonlyMap<string, number>, "get" | "size">;

/** The tokens a tokenizer has beyond its model's, with their ids, in the order in which transformers adds them. */
export function addedTokens(
  { values, listed }: Settings,
  named: readonly unknown[],
  extra: readonly unknown[],
  start: {
    readonly listed: readonly Definition[];
    readonly vocabulary: KnownIds;
  },
): Definition[] {
  const { vocabulary } = start;
  const names = new Set(named.flatMap((token) => nameOf(token) ?? []));
  const tokens = new Map<string, Definition>();
  let next = 0;
  let size: number | undefined;
  const count = () => {
    size ??= vocabulary.size;
    return size;
  };
  const add = (token: Definition) => {
    const content = nameOf(token) ?? "";
    if (content === "") return;
    const known = vocabulary.get(content) ?? tokens.get(content)?.id;
    const id = typeof known === "number" ? known : Math.max(next, count());
    next = Math.max(next, id + 1);
    // A token that was special once stays so, whatever is said of it later.
    const special =
      token.special === true || names.has(content) || tokens.get(content)?.special === true;
    const normalized = token.normalized ?? token.special !== true;
    tokens.set(content, { ...token, content, id, normalized, special });
  };
  for (const token of start.listed) {
    const content = nameOf(token) ?? "";
    // What is no token is refused where all of them are read.
    const id = vocabulary.get(content) ?? token?.id;
    tokens.set(content, { ...token, id });
    if (typeof id === "number") next = Math.max(next, id + 1);
  }
  for (const token of listed) add(token);
  // Later ones of one name go before earlier ones; those that a file lists with an id stay.
  const listedNames = new Set(tokens.keys());
  for (const token of [...named, ...modelNames(values), ...extra]) {
    const content = nameOf(token);
    if (content === undefined || listedNames.has(content)) continue;
    add(typeof token === "string" ? { content: token, special: true } : (token as Definition));
  }
  return [...tokens.values()];
}

/** Tokens under names of the model's own: `image_token`, or a table of extra_special_tokens. */
function modelNames(values: Definition): unknown[] {
  const extra = values.extra_special_tokens;
  const table =
    typeof extra === "object" && !Array.isArray(extra) ? Object.values(extra ?? {}) : [];
  const own = Object.entries(values).filter(
    ([key, value]) =>
      key.endsWith("_token") && !roleKeys.includes(key) && nameOf(value) !== undefined,
  );
  return [...own.map(([, value]) => value), ...table];
}
