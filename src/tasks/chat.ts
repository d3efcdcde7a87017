import { InputError } from "../errors/errors.ts";
import { nearest } from "../errors/nearest.ts";
import { expectFlags, expectKeys, type KeysOf } from "../errors/options.ts";
import type { ChatTemplates } from "../models/chat-templates.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import { type GenerateOptions, generateOptions } from "./generate.ts";
import { type ChatMessage, chatText } from "./writing/chat-text.ts";

export type { ChatMessage } from "./writing/chat-text.ts";

/** How messages become a prompt. */
export interface ChatPromptOptions {
  /** Functions that the model may call, as JSON schemas; passed to the template as they are. */
  readonly tools?: readonly Readonly<Record<string, unknown>>[];
  /** Texts to answer from, such as { title, text }; passed to the template as they are. */
  readonly documents?: readonly Readonly<Record<string, unknown>>[];
  /** A template's name, or a template itself; the model's own if not given. */
  readonly template?: string;
  /** Whether the prompt ends where the answer begins; true, unless the last message is continued. */
  readonly addGenerationPrompt?: boolean;
  /** Leaves the last message open, to be written on; a name is that of its field, "content" if true. */
  readonly continueFinalMessage?: boolean | string;
  /** Further variables that the template reads: { enable_thinking: false }. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** What the template's `strftime_now` tells; now if not given. */
  readonly date?: Date;
}

/** How a chat is answered. */
export interface ChatOptions extends ChatPromptOptions, GenerateOptions {}

/** A chat as what the model goes on from. */
export interface ChatPrompt {
  readonly text: string;
  readonly ids: readonly number[];
}

/** Keys of ChatPromptOptions. */
const promptKeys: KeysOf<ChatPromptOptions> = {
  tools: true,
  documents: true,
  template: true,
  addGenerationPrompt: true,
  continueFinalMessage: true,
  variables: true,
  date: true,
};

/** What a chat needs of a model. */
export interface ChatModel {
  readonly label: string;
  readonly tokenizer: Tokenizer | undefined;
  readonly chatTemplates?: ChatTemplates;
}

/** Options of a chat as those of its prompt and those of generating. */
export function splitOptions(options: ChatOptions): {
  readonly prompt: ChatPromptOptions;
  readonly rest: GenerateOptions;
} {
  expectKeys(options, { ...promptKeys, ...generateOptions }, "chat");
  const entries = Object.entries(options);
  const isPrompt = ([key]: readonly [string, unknown]) => Object.hasOwn(promptKeys, key);
  return {
    prompt: Object.fromEntries(entries.filter(isPrompt)),
    rest: Object.fromEntries(entries.filter((entry) => !isPrompt(entry))),
  };
}

/**
 * A chat as the text its model was trained on, and as ids: the template's own special tokens and no others. Throws InputError where the model
 * has no template, or the template refuses the messages.
 */
export async function chatPrompt(
  model: ChatModel,
  messages: readonly ChatMessage[],
  options: ChatPromptOptions = {},
): Promise<ChatPrompt> {
  expectKeys(options, promptKeys, "chatPrompt");
  const text = await renderedChat(model, messages, options);
  return { text, ids: model.tokenizer!.encode(text, { addSpecialTokens: false }).ids };
}

/** A chat as the text that the template writes. Throws InputError as `chatPrompt` does. */
export async function renderedChat(
  model: ChatModel,
  messages: readonly ChatMessage[],
  options: ChatPromptOptions = {},
): Promise<string> {
  const { label, tokenizer, chatTemplates } = model;
  const { tools, documents, continueFinalMessage = false, variables, date } = options;
  const { addGenerationPrompt = !continueFinalMessage } = options;
  expectFlags({ addGenerationPrompt: options.addGenerationPrompt }, "chat");
  if (typeof continueFinalMessage !== "string") expectFlags({ continueFinalMessage }, "chat");
  if (!tokenizer) throw new InputError(`${label} has no tokenizer files, so it cannot chat`);
  expectMessages(messages);
  if (addGenerationPrompt && continueFinalMessage)
    throw new InputError(
      "chat: continueFinalMessage goes on with the last message, addGenerationPrompt begins another. Leave out one of them",
    );
  return chatText({
    template: templateOf(model, options),
    messages,
    continueFinalMessage,
    date,
    variables: {
      ...customaryTokens(model),
      ...chatTemplates?.tokens,
      tools: tools ?? null,
      documents: documents ?? null,
      add_generation_prompt: addGenerationPrompt,
      ...variables,
    },
  });
}

/** Tokens that templates name and files leave to the tokenizer's class. */
function customaryTokens({ tokenizer }: ChatModel): Record<string, string> {
  const { beginning, end, unknown, pad } = tokenizer!.specialTokens;
  const named = { bos_token: beginning, eos_token: end, unk_token: unknown, pad_token: pad };
  return Object.fromEntries(
    Object.entries(named).flatMap(([key, token]) => (token ? [[key, token.text]] : [])),
  );
}

function templateOf(
  { label, chatTemplates }: ChatModel,
  { template, tools }: ChatPromptOptions,
): string {
  const byName = chatTemplates?.byName ?? new Map<string, string>();
  if (template !== undefined) {
    const named = byName.get(template);
    if (named !== undefined) return named;
    if (/[{%]/.test(template)) return template;
    throw new InputError(
      `chat: there is no template "${template}"${nearest(template, byName.keys())}. Give a name, or a template`,
    );
  }
  const own = (tools && byName.get("tool_use")) ?? byName.get("default");
  if (own !== undefined) return own;
  throw new InputError(
    byName.size === 0
      ? `${label} has no chat template, so nothing says how it reads messages. Models made for chats have one (their names often end in -Instruct or -it); or give template`
      : `${label} has the chat templates ${[...byName.keys()].join(", ")}, none of them by default. Name one as template`,
  );
}

function expectMessages(messages: unknown): asserts messages is readonly ChatMessage[] {
  if (!Array.isArray(messages) || messages.length === 0)
    throw new InputError(
      `chat: messages are a list such as [{ role: "user", content: "Hello" }], got ${JSON.stringify(messages)}`,
    );
  for (const [at, message] of messages.entries())
    if (typeof message?.role !== "string")
      throw new InputError(
        `chat: message ${at} is ${JSON.stringify(message)}; it must have a role ("user") and a content`,
      );
}
