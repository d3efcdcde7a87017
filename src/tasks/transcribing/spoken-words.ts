import type { Tokenizer } from "../../tokens/tokenizer.ts";
import { withoutBlanks } from "./languages.ts";

/** A word, and when it was said. */
export interface SpokenWord {
  readonly text: string;
  /** In seconds. */
  readonly start: number;
  readonly end: number;
}

/** An id of the text and when it was said. */
export interface TimedId {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

interface Group {
  text: string;
  places: number[];
}

const before = "\"'“¡¿([{-";
const behind = "\"'.。,，!！?？:：”)]}、";
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const unknown = "\ufffd";

/** Words of ids, as transformers' pipeline groups them: at blanks and punctuation, which then joins the word it belongs to. */
export function spokenWords(
  ids: readonly TimedId[],
  tokenizer: Tokenizer,
  { language = "en", endId }: { readonly language?: string; readonly endId: number },
): SpokenWord[] {
  const pieces = characters(ids, tokenizer);
  const words = withoutBlanks.includes(language) ? pieces : atBlanks(pieces, ids, endId);
  return withPunctuation(words).map(({ text, places }) => ({
    text,
    start: ids[places[0]!]!.start,
    end: ids[places.at(-1)!]!.end,
  }));
}

/** The fewest tokens in a row that are whole characters. */
function characters(ids: readonly TimedId[], tokenizer: Tokenizer): Group[] {
  const whole = tokenizer.decode(ids.map(({ id }) => id));
  const groups: Group[] = [];
  let current: number[] = [];
  let offset = 0;
  for (const place of ids.keys()) {
    current.push(place);
    const text = tokenizer.decode(current.map((own) => ids[own]!.id));
    const at = text.indexOf(unknown);
    const isCut = at >= 0 && offset + at < whole.length && whole[offset + at] !== unknown;
    if (isCut) continue;
    groups.push({ text, places: current });
    current = [];
    offset += text.length;
  }
  return groups;
}

function atBlanks(pieces: readonly Group[], ids: readonly TimedId[], endId: number): Group[] {
  const words: Group[] = [];
  for (const { text, places } of pieces) {
    const starts =
      ids[places[0]!]!.id >= endId || text.startsWith(" ") || punctuation.includes(text.trim());
    const last = words.at(-1);
    if (starts || !last) words.push({ text, places: [...places] });
    else {
      last.text += text;
      last.places.push(...places);
    }
  }
  return words;
}

function withPunctuation(words: Group[]): Group[] {
  const join = (from: Group, first: Group, second: Group, to: Group) => {
    to.text = first.text + second.text;
    to.places = [...first.places, ...second.places];
    from.text = "";
    from.places = [];
  };
  let next = words.length - 1;
  for (let place = words.length - 2; place >= 0; place--) {
    const own = words[place]!;
    if (own.text.startsWith(" ") && before.includes(own.text.trim()))
      join(own, own, words[next]!, words[next]!);
    else next = place;
  }
  let last = 0;
  for (let place = 1; place < words.length; place++) {
    const own = words[place]!;
    if (!words[last]!.text.endsWith(" ") && behind.includes(own.text))
      join(own, words[last]!, own, words[last]!);
    else last = place;
  }
  return words.filter(({ text }) => text !== "");
}
