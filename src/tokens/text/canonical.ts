import { type Aligned, transform } from "./aligned.ts";
import { codePointSet, combiningClass } from "./unicode.ts";

/** One of Unicode's four normalization forms. */
export type NormalizationForm = "NFC" | "NFD" | "NFKC" | "NFKD";

interface Character {
  readonly codePoint: number;
  readonly combining: number;
  /** As in `transform`: 0 stands in for an old character, 1 is put in, -n swallows n more. */
  readonly change: number;
}

/** A text in a normalization form (Unicode Standard Annex 15), by the tables of the Rust library's Unicode version. */
export function normalizeForm(source: Aligned, form: NormalizationForm): Aligned {
  if (isBasic(source.text)) return source;
  const decomposed = decompose(source.text, form.includes("K") ? "NFKD" : "NFD");
  const characters = form.endsWith("C") ? compose(decomposed) : decomposed;
  const text = characters.map((character) => String.fromCodePoint(character.codePoint));
  if (text.join("") === source.text) return source;
  return transform(
    source,
    text,
    characters.map((character) => character.change),
  );
}

/** Whether every code point is below 128, which no form changes. */
function isBasic(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

function decompose(text: string, form: "NFD" | "NFKD"): Character[] {
  const changed = codePointSet(form === "NFD" ? "nfd" : "nfkd");
  const characters: Character[] = [];
  let marks: Character[] = [];
  const flush = () => {
    if (marks.length > 1) marks.sort((a, b) => a.combining - b.combining);
    for (const mark of marks) characters.push(mark);
    marks = [];
  };
  const push = (codePoint: number, change: number) => {
    const character = { codePoint, combining: combiningClass(codePoint), change };
    if (character.combining === 0) flush();
    (character.combining === 0 ? characters : marks).push(character);
  };
  for (const old of text) {
    const codePoint = old.codePointAt(0)!;
    if (!changed.has(codePoint)) push(codePoint, 0);
    else
      [...old.normalize(form)].forEach(
        (part, index) => void push(part.codePointAt(0)!, index > 0 ? 1 : 0),
      );
  }
  flush();
  return characters;
}

/** The one code point that two make together, if the Rust library knows it. */
function composed(first: number, second: number): number | undefined {
  const pair = String.fromCodePoint(first, second).normalize("NFC");
  const codePoint = pair.codePointAt(0)!;
  const isOne = pair.length === (codePoint > 0xffff ? 2 : 1);
  return isOne && codePointSet("nfd").has(codePoint) ? codePoint : undefined;
}

function compose(decomposed: readonly Character[]): Character[] {
  const characters: Character[] = [];
  let starter = -1;
  let lastClass = -1;
  for (const character of decomposed) {
    const base = characters[starter];
    const isBlocked = lastClass >= character.combining && lastClass >= 0;
    const one = base && !isBlocked ? composed(base.codePoint, character.codePoint) : undefined;
    if (base && one !== undefined) {
      const change = base.change + character.change - 1;
      characters[starter] = { codePoint: one, combining: 0, change };
      continue;
    }
    characters.push(character);
    if (character.combining === 0) {
      starter = characters.length - 1;
      lastClass = -1;
    } else if (starter >= 0) {
      lastClass = character.combining;
    }
  }
  return characters;
}
