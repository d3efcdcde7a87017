import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { reference } from "../../src/backends/reference/reference.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { loadFrom, type Model } from "../../src/model.ts";
import type { ChatMessage, ChatOptions } from "../../src/tasks/chat.ts";

interface ChatCase {
  readonly name: string;
  readonly template: string;
  readonly tokens: Readonly<Record<string, unknown>>;
  readonly messages: readonly ChatMessage[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly text?: string;
  readonly ids?: readonly number[];
  readonly written?: readonly number[];
  readonly refused?: string;
}

const read = (file: string) => readFileSync(new URL(`chat/${file}`, import.meta.url));
const { cases } = JSON.parse(read("cases.json").toString("utf8")) as { cases: readonly ChatCase[] };
const tokenizerConfig = JSON.parse(read("tokenizer_config.json").toString("utf8"));
const encode = (text: string) => new TextEncoder().encode(text);

/** The model with keys of tokenizer_config.json, and further text files. */
function chatModel(keys: object, files: Readonly<Record<string, string>> = {}): Promise<Model> {
  return loadFrom(
    memorySource(
      {
        "config.json": read("config.json"),
        "model.safetensors": read("model.safetensors"),
        "tokenizer.json": read("tokenizer.json"),
        "tokenizer_config.json": encode(JSON.stringify({ ...tokenizerConfig, ...keys })),
        ...Object.fromEntries(Object.entries(files).map(([name, text]) => [name, encode(text)])),
      },
      "a chat model",
    ),
    reference(),
  );
}

/** Options of apply_chat_template as heed's: what it has no name for are variables of the template. */
function named({
  tools,
  documents,
  add_generation_prompt,
  continue_final_message,
  ...variables
}: ChatCase["options"]): ChatOptions {
  const options = {
    tools,
    documents,
    addGenerationPrompt: add_generation_prompt,
    continueFinalMessage: continue_final_message,
    variables,
  };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as ChatOptions;
}

describe("messages become what apply_chat_template makes of them", () => {
  test.each(cases.map((one, number) => ({ number, ...one })))(
    "$number: $name $options",
    async ({ template, tokens, messages, options, text, ids, written, refused }) => {
      const model = await chatModel({ ...tokens, chat_template: template });
      const given = named(options);
      if (refused !== undefined) await expect(model.chat(messages, given)).rejects.toThrow(refused);
      else {
        expect(await model.chatPrompt(messages, given)).toEqual({ text, ids });
        const answer = { ...given, maxNewTokens: 8, endIds: [1, 7] };
        const { rows, tokens } = await model.chat(messages, answer);
        const { promptLength, ids: all } = rows[0]!;
        expect(all.slice(0, promptLength)).toEqual(ids);
        expect(all.slice(promptLength)).toEqual(written);
        expect(tokens[0]!.length).toBe(all.length);
      }
      await model.dispose();
    },
  );
});

const hello: readonly ChatMessage[] = [{ role: "user", content: "Hello" }];

describe("templates", () => {
  const promptOf = async (model: Promise<Model>, options: ChatOptions = {}) => {
    const { text } = await (await model).chatPrompt(hello, options);
    await (await model).dispose();
    return text;
  };
  const several = [
    { name: "default", template: "plain" },
    { name: "tool_use", template: "with {{ tools | length }}" },
  ];

  test("of several the one for tools is taken with tools, and any by name", async () => {
    expect(await promptOf(chatModel({ chat_template: several }))).toBe("plain");
    const tools = [{ name: "a" }, { name: "b" }];
    expect(await promptOf(chatModel({ chat_template: several }), { tools })).toBe("with 2");
    const template = "tool_use";
    const named = chatModel({ chat_template: several });
    expect(await promptOf(named, { template, variables: { tools } })).toBe("with 2");
    const own = chatModel({ chat_template: several });
    expect(await promptOf(own, { template: "{{ messages[0].role }}" })).toBe("user");
  });

  test("a file of its own comes before tokenizer_config.json", async () => {
    const files = {
      "chat_template.jinja": "from the file",
      "additional_chat_templates/tool_use.jinja": "for tools",
    };
    expect(await promptOf(chatModel({ chat_template: several }, files))).toBe("from the file");
    const tools = [{ name: "a" }];
    expect(await promptOf(chatModel({ chat_template: "x" }, files), { tools })).toBe("for tools");
  });

  test("a date is told as Python tells it", async () => {
    const date = new Date(2026, 2, 7, 15, 4, 9);
    const template = "{{ strftime_now('%d %b %Y %B %-d %A %H:%M:%S %I %p %j %y %%') }}";
    expect(await promptOf(chatModel({}), { template, date })).toBe(
      "07 Mar 2026 March 7 Saturday 15:04:09 03 PM 066 26 %",
    );
  });

  test.each([
    [{}, hello, {}, "a chat model has no chat template"],
    [{ chat_template: [several[1]] }, hello, {}, "none of them by default"],
    [{ chat_template: several }, hello, { template: "tools" }, 'there is no template "tools"'],
    [{ chat_template: "x" }, [], {}, "messages are a list such as"],
    [{ chat_template: "x" }, [{ content: "a" }], {}, "message 0 is"],
    [{ chat_template: "{{ x( }}" }, hello, {}, "the template cannot be followed"],
    [
      { chat_template: "{{ messages }}" },
      hello,
      { continueFinalMessage: true, addGenerationPrompt: true },
      "Leave out one of them",
    ],
    [
      { chat_template: "{{ messages[0].content[:2] }}" },
      hello,
      { continueFinalMessage: true },
      "does not stand in the text",
    ],
  ])("%o is refused", async (keys, messages, options, message) => {
    const model = await chatModel(keys);
    await expect(model.chat(messages as readonly ChatMessage[], options)).rejects.toThrow(message);
    await model.dispose();
  });

  test("a damaged one is refused when the model is loaded", async () => {
    await expect(chatModel({ chat_template: 3 })).rejects.toThrow("it must be a text, or a list");
  });
});

test("words of a chat can be read and patched", async () => {
  const model = await chatModel({ chat_template: cases[0]!.template });
  const read = [{ site: "layers.1.weights", key: "cat" }];
  const messages: readonly ChatMessage[] = [{ role: "user", content: "the cat sat" }];
  const generation = await model.chat(messages, { maxNewTokens: 3, endIds: [], read });
  expect(generation.trace.get("layers.1.weights").shape[1]).toBe(2);
  await model.dispose();
});
