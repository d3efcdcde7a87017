import { InputError } from "../../errors/errors.ts";
import type { MessageForm } from "../../families/sentence/settings.ts";
import { type ChatMessage, type ChatModel, type ChatPromptOptions, renderedChat } from "../chat.ts";
import type { RowText } from "./text-rows.ts";

/** A model whose texts may go through its chat template. */
interface MessageReader extends ChatModel {
  readonly config: Readonly<Record<string, unknown>>;
  readonly sentences: {
    readonly modules?: readonly string[];
    readonly settings: { readonly messages?: MessageForm };
  };
}

/** How a checkpoint that nobody saved for sentences is read: sentence-transformers finds a form where there is a template. */
const unsaved: MessageForm = { format: "auto", variables: {}, restoresEnd: true };

/** Model types whose templates take texts alone, whatever they look like. */
const flatTypes = ["apertus", "deepseek_v3", "gpt_oss", "seed_oss"];

/** Signs of a template that takes a content in parts. */
const partSigns = ["content[0]", ".type", "'type'", '"type"', "item.type", "message.content["];

/**
 * How texts become messages of a chat before they are read, as sentence-transformers 6 has it: a sentence encoder says so in
 * sentence_bert_config.json (`modality_config.message`); one without modules.json has messages where it has a chat template. Undefined
 * where texts are read as they are.
 */
export function messageForm({ sentences, chatTemplates }: MessageReader): MessageForm | undefined {
  if (sentences.modules) return sentences.settings.messages;
  return chatTemplates?.byName.has("default") ? unsaved : undefined;
}

/** Texts as users' messages, each in a chat of its own, a prompt before it as the system's. */
export async function textMessages(
  model: MessageReader,
  texts: readonly string[],
  prompt: string,
  form: MessageForm,
): Promise<RowText[]> {
  const content = contentOf(model, form);
  const system = prompt === "" ? [] : [{ role: "system", content: content(prompt) }];
  const chatOf = (text: string) => [...system, { role: "user", content: content(text) }];
  return rendered(
    model,
    texts.map((text) => ({ chat: chatOf(text), skeleton: chatOf })),
    form,
  );
}

/** Pairs as two messages of the roles "query" and "document", a prompt before them as the system's. */
export async function pairMessages(
  model: MessageReader,
  pairs: readonly (readonly [string, string])[],
  prompt: string,
  form: MessageForm,
): Promise<RowText[]> {
  const chatOf = pairChats(model, form, prompt);
  return rendered(
    model,
    pairs.map(([query, document]) => ({
      chat: chatOf(query, document),
      skeleton: (filler) => chatOf(filler, filler),
    })),
    form,
  );
}

function pairChats(model: MessageReader, form: MessageForm, prompt = "") {
  const content = contentOf(model, form);
  const system = prompt === "" ? [] : [{ role: "system", content: content(prompt) }];
  return (query: string, document: string): readonly ChatMessage[] => [
    ...system,
    { role: "query", content: content(query) },
    { role: "document", content: content(document) },
  ];
}

type Content = ChatMessage["content"];

/** What a message holds: the text, or the one part that it is. */
function contentOf({ config, chatTemplates }: MessageReader, { format }: MessageForm) {
  const template = chatTemplates?.byName.get("default") ?? "";
  const isFlat =
    format === "auto"
      ? flatTypes.includes(String(config.model_type)) ||
        (template !== "" && !partSigns.some((sign) => template.includes(sign)))
      : format === "flat";
  return (text: string): Content => (isFlat ? text : [{ type: "text", text }]);
}

interface Chat {
  readonly chat: readonly ChatMessage[];
  /** The same chat about something else. */
  readonly skeleton: (filler: string) => readonly ChatMessage[];
}

/** Chats as the template writes them; what it writes at their ends stays there where a text is cut. */
async function rendered(
  model: MessageReader,
  chats: readonly Chat[],
  form: MessageForm,
): Promise<RowText[]> {
  const options = optionsOf(form);
  const [first] = chats;
  const end = form.restoresEnd && first ? await endOf(model, first, options) : [];
  return Promise.all(
    chats.map(async ({ chat }) => ({ text: await renderedChat(model, chat, options), end })),
  );
}

/** The ids that end a chat whatever it is about: those that two with other texts share. */
async function endOf(
  model: MessageReader,
  { skeleton }: Chat,
  options: ChatPromptOptions,
): Promise<readonly number[]> {
  const [first, second] = await Promise.all(
    ["0", "1 2 3 4"].map(async (filler) => {
      const text = await renderedChat(model, skeleton(filler), options);
      return model.tokenizer!.encode(text, { addSpecialTokens: false }).ids;
    }),
  );
  const most = Math.min(first!.length, second!.length);
  let count = 0;
  while (count < most && first!.at(-1 - count) === second!.at(-1 - count)) count += 1;
  // Chats that never differ show no text, so nothing says where it ends.
  return count === most || count === 0 ? [] : first!.slice(-count);
}

/** Which of the roles "query" and "document" leaves no trace in what the template writes, in words; undefined where it has a place for both. */
export async function lostRoles(
  model: MessageReader,
  form: MessageForm,
): Promise<string | undefined> {
  const chatOf = pairChats(model, form);
  const options = optionsOf(form);
  try {
    const [base, query, document] = await Promise.all(
      [
        ["alpha", "bravo"],
        ["charlie", "bravo"],
        ["alpha", "foxtrot"],
      ].map(([one, other]) => renderedChat(model, chatOf(one!, other!), options)),
    );
    const lost = [query === base && "query", document === base && "document"].filter(Boolean);
    return lost.length === 0 ? undefined : `its template writes no ${lost.join(" and no ")}`;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return `its template refuses them (${error.message})`;
  }
}

/** What the files pass on to the template, as options of a chat. */
function optionsOf({ variables }: MessageForm): ChatPromptOptions {
  const { add_generation_prompt, continue_final_message, chat_template, ...others } = variables;
  return {
    addGenerationPrompt: add_generation_prompt === true,
    continueFinalMessage: continue_final_message === true,
    ...(typeof chat_template === "string" && { template: chat_template }),
    variables: others,
  };
}
