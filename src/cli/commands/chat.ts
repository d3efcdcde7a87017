import { createInterface } from "node:readline/promises";
import { parseJson } from "../../checkpoint/json/strict-json.ts";
import { InputError } from "../../errors/errors.ts";
import { visible } from "../../errors/visible.ts";
import type { Model } from "../../model.ts";
import { shortName } from "../../models/short-name.ts";
import type { ChatMessage } from "../../tasks/chat.ts";
import type { Generation, TokenEvent } from "../../tasks/generation.ts";
import { deliverEach, type Found } from "../each-line.ts";
import { type Line, type LineOptions, readLines, textOf } from "../input/lines.ts";
import { readSource } from "../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { type WritingCommand, writingOf } from "../options/writing-options.ts";
import { writeOut } from "../output.ts";
import { saySettings } from "../say-settings.ts";
import { warn } from "../terminal/warnings.ts";

export interface ChatCommand
  extends ModelOptions,
    FormatOptions,
    WritingCommand,
    Pick<LineOptions, "lines"> {
  readonly system?: string;
}

/** `heed chat`: talks on a terminal; answers once where a text was given, or stdin is no terminal. */
export async function chat(given: string | undefined, options: ChatCommand): Promise<void> {
  const format = formatOf(options, ["text", "json", "jsonl"] as const);
  refuseIdle("chat", { ...options, format }, ["a checkpoint that samples"]);
  const isTalk = given === undefined && !options.lines && process.stdin.isTTY;
  const isDelivered = format !== "text" || options.out !== undefined || options.open;
  if (isTalk && isDelivered)
    throw new InputError(
      'chat: a talk is not written to a file or as JSON. Give a text: heed chat "Hello"',
    );
  const lines = isTalk ? undefined : await readLines(given, { lines: options.lines });
  const system = await systemOf(options);
  const model = await loadModel(options);
  if (!model.chatTemplates)
    throw new InputError(
      `chat needs a model with a chat template; ${shortName(model.label)} (${model.type}) has none. Try --model HuggingFaceTB/SmolLM2-135M-Instruct`,
    );
  if (!lines) return talk(model, system, options);
  const writing = writingOf(options);
  const { first } = lines;
  const isStreamed =
    !isDelivered && (writing.numReturnSequences ?? 1) === 1 && first.line === undefined;
  let isSaid = false;
  const answered = async (line: Line, onToken?: (event: TokenEvent) => void) => {
    const messages = [...system, ...messagesIn(textOf(line, "chat"))];
    const generation = await model.chat(messages, { ...writing, onWarning: warn, onToken });
    endPhase("run");
    if (!isSaid) saySettings(generation.settings);
    isSaid = true;
    return { messages, generation };
  };
  if (isStreamed) {
    await answered(first, ({ text }) => void process.stdout.write(visible(text)));
    return writeOut("\n");
  }
  await deliverEach(lines, { ...options, format }, async (line) => {
    const { messages, generation } = await answered(line);
    return foundOf(model, messages, generation, options);
  });
}

function foundOf(
  model: Model,
  messages: readonly ChatMessage[],
  generation: Generation,
  options: ChatCommand,
): Found {
  const { rows, seed, settings } = generation;
  return {
    text: () =>
      rows.map(({ text }) => (options.out === undefined ? visible(text) : text)).join("\n\n"),
    json: async () => {
      const answer = { role: "assistant", content: rows[0]!.text };
      const texts = [(await model.chatPrompt(messages)).text];
      const about = { model: modelJson(model, options), ...textJson(texts, generation) };
      return { ...about, messages: [...messages, answer], seed, settings, rows };
    },
    columns: [],
    rows: () => [],
  };
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
export async function messagesOf(
  said: string,
  options: Pick<ChatCommand, "system">,
): Promise<readonly ChatMessage[]> {
  return [...(await systemOf(options)), ...messagesIn(said)];
}

function messagesIn(said: string): readonly ChatMessage[] {
  if (said.trim() === "")
    throw new InputError('chat: nothing is said. Try: heed chat "What is attention?"');
  return parsedMessages(said) ?? [{ role: "user", content: said }];
}

async function systemOf({ system }: Pick<ChatCommand, "system">): Promise<ChatMessage[]> {
  if (system === undefined) return [];
  return [{ role: "system", content: (await readSource(system)).text }];
}

/** Messages as JSON; undefined for anything else, which is a text. */
function parsedMessages(said: string): readonly ChatMessage[] | undefined {
  if (!/^\s*\[\s*\{/.test(said)) return undefined;
  try {
    return parseJson(said, "chat: the messages") as readonly ChatMessage[];
  } catch (error) {
    throw new InputError((error as Error).message);
  }
}
