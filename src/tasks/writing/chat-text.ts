import { InputError } from "../../errors/errors.ts";

/** Fields that hold what a model thought before its answer, under the names that templates use. */
const reasoningFields = ["reasoning_content", "thinking", "reasoning"];

const tag = "CONTINUE_FINAL_MESSAGE_TAG ";

/** One message of a chat: a role ("system", "user", "assistant", "tool"), its text, and whatever else the template reads. */
export interface ChatMessage {
  readonly role: string;
  /** A text, or parts such as { type: "text", text }. */
  readonly content?: string | readonly Readonly<Record<string, unknown>>[] | null;
  readonly [field: string]: unknown;
}

/** What a template is given. */
export interface ChatText {
  readonly template: string;
  readonly messages: readonly ChatMessage[];
  readonly variables: Readonly<Record<string, unknown>>;
  /** Leaves the last message open; a name is that of the field to go on with. */
  readonly continueFinalMessage: boolean | string;
  /** What `strftime_now` tells; now if not given. */
  readonly date?: Date;
}

/** The messages as one text, as transformers' apply_chat_template renders them. Throws InputError for what the template refuses. */
export async function chatText(given: ChatText): Promise<string> {
  const messages = given.messages.map(withReasoning);
  const field =
    given.continueFinalMessage === true ? "content" : given.continueFinalMessage || undefined;
  if (field === undefined) return render(given, messages);
  const { last, text } = tagged(messages.at(-1)!, field, given.template);
  const rendered = await render(given, [...messages.slice(0, -1), last]);
  const at = rendered.lastIndexOf(tag.trim());
  if (at < 0 || !rendered.includes(text.trim()))
    throw new InputError(
      "chat: the last message does not stand in the text that the template makes, so it cannot be continued. Leave continueFinalMessage out",
    );
  const before = rendered.slice(0, at);
  // Where the template keeps spaces at the end of a message, nothing was cut but the tag.
  return rendered.startsWith(tag, at) ? before : before.trimEnd();
}

/** Fields that are null are left out, as templates test whether they are there. */
function withReasoning(message: ChatMessage): ChatMessage {
  const there = Object.entries(message).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  const own = Object.fromEntries(there) as ChatMessage;
  const name = reasoningFields.find((field) => own[field] !== undefined);
  if (name === undefined) return own;
  return { thinking: own[name], ...own, reasoning_content: own[name] };
}

/** The last message with a tag behind what is to be continued. */
function tagged(
  message: ChatMessage,
  field: string,
  template: string,
): { last: ChatMessage; text: string } {
  const value = message[field];
  if (value === undefined)
    throw new InputError(`chat: the last message has no "${field}" to continue`);
  const fields = reasoningFields.includes(field)
    ? reasoningFields.filter((name) => message[name] === value)
    : [field];
  if (!fields.some((name) => template.includes(name)))
    throw new InputError(`chat: the template does not read "${field}", so it cannot be continued`);
  if (!Array.isArray(value)) {
    const open = Object.fromEntries(fields.map((name) => [name, `${value}${tag}`]));
    return { last: { ...message, ...open }, text: String(value) };
  }
  const at = value.findLastIndex((part) => typeof part?.text === "string");
  if (at < 0) throw new InputError("chat: the last message has no text to continue");
  const text: string = value[at].text;
  const parts = value.with(at, { ...value[at], text: `${text}${tag}` });
  return { last: { ...message, [field]: parts }, text };
}

async function render(
  { template, variables, date }: ChatText,
  messages: readonly ChatMessage[],
): Promise<string> {
  // Only chats need the template engine.
  const { Environment, Interpreter, parse, tokenize } = await import("@huggingface/jinja");
  const globals = new Environment();
  const names = {
    true: true,
    false: false,
    none: null,
    True: true,
    False: false,
    None: null,
    range: rangeOf,
    strftime_now: (format: string) => formatDate(date ?? new Date(), format),
    raise_exception: (message: string) => {
      throw new InputError(`chat: the model's template refuses these messages: ${message}`);
    },
  };
  for (const [name, value] of Object.entries(names)) globals.set(name, value);
  const own = new Environment(globals);
  for (const [name, value] of Object.entries({ messages, ...variables })) own.set(name, value);
  try {
    const program = parse(tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
    const { value } = new Interpreter(own).run(program);
    return value as string;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `chat: the template cannot be followed (${(error as Error).message}). Do the messages have what it asks for?`,
    );
  }
}

function rangeOf(first: number, end?: number, step = 1): number[] {
  const [from, to] = end === undefined ? [0, first] : [first, end];
  const count = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length: count }, (_, n) => from + n * step);
}

const months =
  "January February March April May June July August September October November December".split(
    " ",
  );
const days = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** A date as Python's strftime writes it, in English. */
function formatDate(date: Date, format: string): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const hour = date.getHours() % 12 || 12;
  const year = date.getFullYear();
  const day = (Date.UTC(year, date.getMonth(), date.getDate()) - Date.UTC(year, 0, 0)) / 864e5;
  const parts: Readonly<Record<string, string>> = {
    Y: String(year),
    y: two(year % 100),
    m: two(date.getMonth() + 1),
    d: two(date.getDate()),
    e: String(date.getDate()).padStart(2),
    j: String(day).padStart(3, "0"),
    B: months[date.getMonth()]!,
    b: months[date.getMonth()]!.slice(0, 3),
    A: days[date.getDay()]!,
    a: days[date.getDay()]!.slice(0, 3),
    H: two(date.getHours()),
    I: two(hour),
    M: two(date.getMinutes()),
    S: two(date.getSeconds()),
    p: date.getHours() < 12 ? "AM" : "PM",
    "%": "%",
  };
  return format.replace(/%(-?)([a-zA-Z%])/g, (whole, bare, letter) => {
    const part = Object.hasOwn(parts, letter) ? parts[letter]! : undefined;
    if (part === undefined) return whole;
    return bare ? part.replace(/^[0 ]+(?=.)/, "") : part;
  });
}
