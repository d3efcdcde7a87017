import { joinWords, type TextToken, type Word, wordsOf } from "../../probe/words.ts";

/** The words of one text as two tokenizers have them: word n of the one is word n of the other. */
export interface SharedWords {
  /** What is one word to both, in the first tokenizer's tokens, and in the second's. */
  readonly first: readonly Word[];
  readonly second: readonly Word[];
  /** How many words of either have no partner: a text that was cut. */
  readonly left: number;
}

interface Span {
  readonly word: Word;
  readonly sequence: number;
  readonly end: number;
}

/** Aligns two rows of tokens of the same text by its characters: what the one splits and the other does not is one word. */
export function sharedWordsOf(
  first: readonly TextToken[],
  second: readonly TextToken[],
): SharedWords {
  const [a, b] = [spansOf(first), spansOf(second)];
  const joined: { first: Word[]; second: Word[] } = { first: [], second: [] };
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [startA, startB] = [i, j];
    while (i < a.length && j < b.length && isBefore(a[i]!, b[j]!) !== 0) {
      if (isBefore(a[i]!, b[j]!) < 0) i += 1;
      else j += 1;
    }
    if (i >= a.length || j >= b.length) {
      [i, j] = [startA, startB];
      break;
    }
    joined.first.push(wordOf(a.slice(startA, i + 1), first));
    joined.second.push(wordOf(b.slice(startB, j + 1), second));
    i += 1;
    j += 1;
  }
  return { ...joined, left: a.length - i + (b.length - j) };
}

/** Where words end: below 0 where the first ends before the second. */
function isBefore(a: Span, b: Span): number {
  return a.sequence - b.sequence || a.end - b.end;
}

function spansOf(tokens: readonly TextToken[]): Span[] {
  return wordsOf(tokens).map((word) => {
    const own = word.tokens.map((token) => tokens[token]!);
    return {
      word,
      sequence: own[0]!.sequence ?? 0,
      end: Math.max(...own.map(({ end }) => end)),
    };
  });
}

function wordOf(spans: readonly Span[], tokens: readonly TextToken[]): Word {
  const words = spans.map(({ word }) => word);
  return words.length === 1 ? words[0]! : joinWords(words, tokens);
}
