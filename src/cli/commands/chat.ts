import { createInterface } from "node:readline/promises";
import { InputError } from "../../errors/errors.ts";
import { visible } from "../../errors/visible.ts";
import type { Model } from "../../model.ts";
import type { ChatMessage } from "../../tasks/chat.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { type WritingCommand, writingOf } from "../options/writing-options.ts";
import { deliver, json } from "../output.ts";
import { shortName } from "../picture.ts";
import { saySettings } from "../say-settings.ts";
import { readStdin } from "../text-input.ts";

export interface ChatCommand extends ModelOptions, FormatOptions, WritingCommand {
  readonly system?: string;
}

/** `heed chat`: talks on a terminal; answers once where a text was given, or stdin is not a terminal. */
export async function chat(text: string | undefined, options: ChatCommand): Promise<void> {
  const format = formatOf(options, ["text", "json"] as const);
  refuseIdle("chat", { ...options, format }, ["a checkpoint that samples"]);
  const isTalk = text === undefined && process.stdin.isTTY;
  const isDelivered = format === "json" || options.out !== undefined || options.open;
  if (isTalk && isDelivered)
    throw new InputError(
      'chat: a talk is not written to a file or as JSON. Give a text: heed chat "Hello"',
    );
  const given = isTalk ? "" : text === undefined || text === "-" ? await readStdin() : text;
  const messages = isTalk ? systemOf(options) : messagesOf(given, options);
  const model = await loadModel(options);
  if (!model.chatTemplates)
    throw new InputError(
      `chat needs a model with a chat template; ${shortName(model.label)} (${model.type}) has none. Try --model HuggingFaceTB/SmolLM2-135M-Instruct`,
    );
  if (isTalk) return talk(model, messages, options);
  const writing = writingOf(options);
  const isStreamed = !isDelivered && (writing.numReturnSequences ?? 1) === 1;
  const generation = await model.chat(messages, {
    ...writing,
    onWarning: warn,
    onToken: ({ text }) => {
      if (isStreamed) process.stdout.write(visible(text));
    },
  });
  endPhase("run");
  saySettings(generation.settings);
  const { rows, seed, settings } = generation;
  if (isStreamed) process.stdout.write("\n");
  else if (format === "json") {
    const answer = { role: "assistant", content: rows[0]!.text };
    const talk = { messages: [...messages, answer], seed, settings, rows };
    const texts = [(await model.chatPrompt(messages)).text];
    await deliver(
      json({ model: modelJson(model, options), ...textJson(texts, generation), ...talk }),
      {
        ...options,
        format,
      },
    );
  } else
    await deliver(
      rows.map(({ text }) => (options.out === undefined ? visible(text) : text)).join("\n\n"),
      { ...options, format },
    );
}

/** One question after the other, until the terminal ends it; everything said stays in the chat. */
async function talk(
  model: Model,
  start: readonly ChatMessage[],
  options: ChatCommand,
): Promise<void> {
  const messages = [...start];
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<undefined>((resolve) => lines.once("close", () => resolve(undefined)));
  process.stderr.write("End with Ctrl-D.\n");
  for (;;) {
    const said = await Promise.race([lines.question("> "), ended]);
    if (said === undefined) break;
    if (said.trim() === "") continue;
    messages.push({ role: "user", content: said });
    const { rows } = await model.chat(messages, {
      ...writingOf(options),
      onWarning: warn,
      onToken: ({ text }) => void process.stdout.write(visible(text)),
    });
    process.stdout.write("\n");
    messages.push({ role: "assistant", content: rows[0]!.text });
  }
}

/** A text as what the user says, or messages as JSON; --system stands before them. */
export function messagesOf(
  given: string,
  options: Pick<ChatCommand, "system">,
): readonly ChatMessage[] {
  if (given.trim() === "")
    throw new InputError('chat: nothing is said. Try: heed chat "What is attention?"');
  return [...systemOf(options), ...(parsedMessages(given) ?? [{ role: "user", content: given }])];
}

function systemOf({ system }: Pick<ChatCommand, "system">): ChatMessage[] {
  return system === undefined ? [] : [{ role: "system", content: system }];
}

/** Messages as JSON; undefined for anything else, which is a text. */
function parsedMessages(given: string): readonly ChatMessage[] | undefined {
  if (!/^\s*\[\s*\{/.test(given)) return undefined;
  try {
    return JSON.parse(given);
  } catch (error) {
    throw new InputError(`chat: the messages are not JSON: ${(error as Error).message}`);
  }
}
