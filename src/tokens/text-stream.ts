import type { Tokenizer } from "./tokenizer.ts";

/** Tokens of the prompt that new ones are decoded behind, so that blanks between them come out right. */
const BEHIND = 6;

/** What one more token adds to a text. */
export interface Addition {
  /** Text that is final: whole characters, and no beginning of a stop string. */
  readonly text: string;
  /** What the token itself stands for; empty while it holds only a part of a character. */
  readonly own: string;
}

/** The text of ids as they come, in whole characters, up to a stop string. */
export class TextStream {
  /** The stop string that ended the text. */
  stoppedBy: string | undefined;
  readonly #tokenizer: Pick<Tokenizer, "decode">;
  readonly #stops: readonly string[];
  readonly #ids: number[];
  /** Ids from here to `#read` were decoded before; those behind are new. */
  #from: number;
  #read: number;
  #text = "";
  #given = 0;

  constructor(
    tokenizer: Pick<Tokenizer, "decode">,
    prompt: readonly number[],
    stops: readonly string[],
  ) {
    this.#tokenizer = tokenizer;
    this.#stops = stops;
    this.#ids = [...prompt];
    this.#read = prompt.length;
    this.#from = Math.max(0, prompt.length - BEHIND);
  }

  /** All of the text so far, up to a stop string. */
  get text(): string {
    return this.#text;
  }

  /** Adds one id. */
  push(id: number): Addition {
    this.#ids.push(id);
    const { before, after } = this.#decoded();
    // A character cut in two decodes to U+FFFD: it waits for the rest of it.
    if (after.endsWith("\ufffd")) return { text: "", own: "" };
    const own = after.slice(commonLength(before, after));
    // A blank that shows only before a next token, or behind one that is skipped, stays with what stands before it.
    if (own !== "") this.#from = this.#read;
    this.#read = this.#ids.length;
    return { own, text: this.#add(own) };
  }

  /** Gives out what was held back: nothing more comes. */
  finish(): string {
    const { before, after } = this.#decoded();
    const rest = this.stoppedBy === undefined ? after.slice(commonLength(before, after)) : "";
    this.#read = this.#ids.length;
    const text = this.#add(rest) + this.#text.slice(this.#given);
    this.#given = this.#text.length;
    return text;
  }

  #decoded(): { before: string; after: string } {
    const decode = (end?: number) =>
      this.#tokenizer.decode(this.#ids.slice(this.#from, end), { skipSpecialTokens: true });
    return { before: decode(this.#read), after: decode() };
  }

  #add(own: string): string {
    const searched = Math.max(0, this.#text.length - this.#longestStop + 1);
    this.#text += own;
    const found = this.#stops
      .map((stop) => ({ stop, at: this.#text.indexOf(stop, searched) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0];
    if (found) {
      this.stoppedBy = found.stop;
      this.#text = this.#text.slice(0, found.at);
    }
    const end = found ? this.#text.length : this.#text.length - this.#begunStop();
    const text = this.#text.slice(this.#given, end);
    this.#given = Math.max(this.#given, end);
    return text;
  }

  get #longestStop(): number {
    return Math.max(1, ...this.#stops.map(({ length }) => length));
  }

  /** Characters at the end of the text with which a stop string begins. */
  #begunStop(): number {
    for (let length = Math.min(this.#longestStop - 1, this.#text.length); length > 0; length--) {
      const end = this.#text.slice(-length);
      if (this.#stops.some((stop) => stop.length > length && stop.startsWith(end))) return length;
    }
    return 0;
  }
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
