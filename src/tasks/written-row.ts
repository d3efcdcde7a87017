import { blankToken } from "../models/padding-token.ts";
import { isPunctuation } from "../probe/text-tokens.ts";
import type { TextToken } from "../probe/words.ts";
import { TextStream } from "../tokens/text-stream.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import type { Ended, GeneratedRow, TokenEvent } from "./generation.ts";

interface RowStart {
  /** Tokens that are there already, padding included. */
  readonly tokens: readonly TextToken[];
  /** 1 real token, 0 padding; undefined when all are real. */
  readonly mask: readonly number[] | undefined;
  /** The prompt as a text. */
  readonly prompt: string;
  /** Where in the text new tokens begin, in characters. */
  readonly offset: number;
  /** The most tokens to write. */
  readonly most: number;
  readonly endIds: ReadonlySet<number>;
  readonly stop: readonly string[];
  readonly tokenizer: Tokenizer | undefined;
}

/** One row of a generation as it grows: a column a token, padding before its prompt and behind its end. */
export class WrittenRow {
  readonly tokens: TextToken[];
  readonly mask: number[];
  /** Position ids: real tokens count from 0. */
  readonly positions: number[] = [];
  /** Ids of all its columns, padding included. */
  readonly columns: number[];
  /** Ids of its real tokens. */
  readonly ids: number[];
  ended: Ended | undefined;
  readonly #start: RowStart;
  readonly #promptLength: number;
  readonly #stream: TextStream | undefined;

  constructor(start: RowStart) {
    const { tokens, mask, tokenizer, stop } = start;
    this.#start = start;
    this.tokens = [...tokens];
    this.columns = tokens.map(({ id }) => id);
    this.mask = mask ? [...mask] : tokens.map(() => 1);
    this.ids = tokens.filter((_, column) => this.mask[column] === 1).map(({ id }) => id);
    this.#promptLength = this.ids.length;
    this.#stream = tokenizer && new TextStream(tokenizer, this.ids, stop);
    let next = 0;
    for (const isReal of this.mask) this.positions.push(isReal ? next++ : 0);
  }

  /** Adds a token. */
  write(id: number): Pick<TokenEvent, "token" | "text" | "ended"> {
    const { most, endIds } = this.#start;
    const isEnd = endIds.has(id);
    const before = this.#stream?.text.length ?? 0;
    let { own, text } = (isEnd ? undefined : this.#stream?.push(id)) ?? { own: "", text: "" };
    const token = this.#token(id, own, before, isEnd);
    this.positions.push(this.ids.length);
    this.ids.push(id);
    this.columns.push(id);
    this.tokens.push(token);
    this.mask.push(1);
    if (isEnd) this.ended = "end";
    else if (this.#stream?.stoppedBy !== undefined) this.ended = "stop";
    else if (this.ids.length - this.#promptLength >= most) this.ended = "length";
    if (this.ended) text += this.#stream?.finish() ?? "";
    return { token, text, ended: this.ended };
  }

  /** Adds padding, while other rows go on. */
  pad(id: number): void {
    this.columns.push(id);
    this.positions.push(this.ids.length - 1);
    this.tokens.push({
      ...blankToken(id, this.#start.tokenizer?.idToToken(id) ?? `#${id}`),
      surface: "",
      startsWord: true,
    });
    this.mask.push(0);
  }

  /** What has become of it. */
  result(): GeneratedRow {
    return {
      prompt: this.#start.prompt,
      text: this.#stream?.text ?? "",
      ids: this.ids,
      promptLength: this.#promptLength,
      ended: this.ended ?? "length",
      stoppedBy: this.#stream?.stoppedBy,
    };
  }

  /** A new token with the characters it stands for; what holds a part of a character only stands for itself. */
  #token(id: number, own: string, written: number, isEnd: boolean): TextToken {
    const { tokenizer, offset, prompt } = this.#start;
    const text = tokenizer?.idToToken(id) ?? `#${id}`;
    const surface = own.trim() || text;
    const before = this.tokens.at(-1);
    const start = offset + written;
    const startsWord =
      !tokenizer ||
      !before ||
      before.special ||
      /^\s/u.test(own) ||
      (own !== "" && isPunctuation(surface) !== isPunctuation(before.surface));
    const behind = (offset === 0 ? "" : prompt) + (this.#stream?.text.slice(0, written) ?? "");
    const glued =
      before !== undefined && !before.special && !/^\s/u.test(own) && !/(^|\s)$/u.test(behind);
    const word = (before?.word ?? -1) + (startsWord ? 1 : 0);
    const end = start + own.length;
    return {
      id,
      text,
      start,
      end,
      word,
      sequence: 0,
      special: isEnd,
      type: 0,
      surface,
      startsWord,
      glued,
      ...(own !== "" && own.trim() === "" && { blank: true }),
    };
  }
}
