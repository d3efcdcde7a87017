import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { readJson } from "../checkpoint/json/json-file.ts";
import { CheckpointError } from "../errors/errors.ts";
import { allInOrder } from "../errors/first-error.ts";

/** How a checkpoint writes the messages of a chat as one text. */
export interface ChatTemplates {
  /** Jinja templates by name; a single one is the "default". */
  readonly byName: ReadonlyMap<string, string>;
  /** Special tokens as templates know them: bos_token, eos_token, …; undefined where the files say that there is none. */
  readonly tokens: Readonly<Record<string, string | undefined>>;
}

const unnamed = {
  bos_token: undefined,
  eos_token: undefined,
  unk_token: undefined,
  pad_token: undefined,
};

/** Names of templates in additional_chat_templates/ that are looked for: a source lists the files at its top only. */
const additional = ["tool_use", "rag"];

/**
 * The templates of a checkpoint: chat_template.jinja with those in additional_chat_templates/, else what tokenizer_config.json holds, one
 * or several by name. Undefined where there is none.
 */
export async function readChatTemplates(
  files: Pick<Checkpoint, "label" | "text">,
): Promise<ChatTemplates | undefined> {
  const [config, map, own, ...others] = await allInOrder([
    readJson(files, "tokenizer_config.json"),
    readJson(files, "special_tokens_map.json"),
    files.text("chat_template.jinja"),
    ...additional.map((name) => files.text(`additional_chat_templates/${name}.jinja`)),
  ]);
  const byName = new Map<string, string>();
  if (own !== undefined) byName.set("default", own);
  for (const [at, template] of others.entries())
    if (template !== undefined) byName.set(additional[at]!, template);
  const { chat_template: configured } = object(config);
  if (byName.size === 0)
    for (const [name, template] of configuredTemplates(configured, files.label))
      byName.set(name, template);
  if (byName.size === 0) return undefined;
  const { tokenizer_class: type } = object(config);
  const tokens = { ...tokensOf(object(map)), ...tokensOf(object(config)) };
  // Only classes made for one family have tokens of their own where the files name none.
  const isGeneral = /^(PreTrainedTokenizer(Fast)?|TokenizersBackend)$/.test(String(type));
  return { byName, tokens: { ...(isGeneral && unnamed), ...tokens } };
}

function configuredTemplates(given: unknown, label: string): [string, string][] {
  if (given === undefined || given === null) return [];
  if (typeof given === "string") return [["default", given]];
  const list = Array.isArray(given) ? given.map(object) : [];
  if (list.length > 0 && list.every((one) => typeof one.template === "string"))
    return list.map(({ name, template }) => [String(name), template as string]);
  throw new CheckpointError(
    `${label}: chat_template of tokenizer_config.json is ${JSON.stringify(given)}; it must be a text, or a list of { name, template }`,
  );
}

/** Every key that names a token, and the further ones of extra_special_tokens by their own names. */
function tokensOf({ extra_special_tokens: extra, ...config }: Readonly<Record<string, unknown>>) {
  const named = Object.entries(config).filter(([key]) => key.endsWith("_token"));
  const further = Array.isArray(extra) ? [] : Object.entries(object(extra));
  const tokens: Record<string, string | undefined> = {};
  for (const [key, value] of [...named, ...further]) {
    const text = typeof value === "string" ? value : object(value).content;
    if (typeof text === "string") tokens[key] = text;
    else if (value === null) tokens[key] = undefined;
  }
  return tokens;
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
