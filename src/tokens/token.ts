/** One token of an encoded text. */
export interface Token {
  readonly id: number;
  /** The tokenizer's own spelling: `##ing`, `Ġthe`, `▁cat`; an added token as it stood in the text. */
  readonly text: string;
  /** Where the token stands in the text it belongs to, in UTF-16 units; 0, 0 for one that was put in. */
  readonly start: number;
  readonly end: number;
  /** Which word of its text the token is a part of, counted as Python's `word_ids` does. */
  readonly word: number | null;
  /** The text it belongs to: 0, or 1 for the second of a pair. */
  readonly sequence: 0 | 1 | null;
  /** Whether the token was put in (`[CLS]`, `</s>`); a `[MASK]` written in the text is not special. */
  readonly special: boolean;
  /** The segment id. */
  readonly type: number;
}

/** A token that was put in. */
export function specialToken(id: number, text: string, type: number): Token {
  return { id, text, start: 0, end: 0, word: null, sequence: null, special: true, type };
}
