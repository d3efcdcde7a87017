import { linearPattern, type Pattern } from "./pattern.ts";
import { type Piece, prependPiece, slicePiece, unitOf } from "./pieces.ts";
import { characterClass } from "./unicode.ts";

/** The character that stands for each byte (GPT-2's alphabet: printable Latin-1 as it is, the rest from U+0100 up). */
export const byteCharacters: readonly string[] = makeAlphabet();

/** The byte that a character of GPT-2's alphabet stands for. */
export const characterBytes: ReadonlyMap<string, number> = new Map(
  byteCharacters.map((character, byte) => [character, byte]),
);

function makeAlphabet(): string[] {
  let moved = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(isPrintable ? byte : moved++);
  });
}

/** A text's UTF-8 bytes as characters of GPT-2's alphabet. */
export function toByteCharacters(text: string): string {
  let characters = "";
  for (const byte of new TextEncoder().encode(text)) characters += byteCharacters[byte];
  return characters;
}

let pattern: Pattern | undefined;

/** GPT-2's words: contractions, letters, numbers and the rest, each with the space before it. */
function wordPattern(): Pattern {
  if (pattern) return pattern;
  const letter = characterClass("letter");
  const number = characterClass("number");
  const space = characterClass("whiteSpace");
  pattern = linearPattern(
    `'s|'t|'re|'ve|'m|'ll|'d| ?[${letter}]+| ?[${number}]+| ?[^${space}${letter}${number}]+` +
      `|[${space}]+(?![^${space}])|[${space}]+`,
  );
  return pattern;
}

/** What a byte-level pre-tokenizer does besides spelling bytes as characters. */
export interface ByteLevelSteps {
  readonly addsPrefixSpace: boolean;
  readonly splitsWords: boolean;
}

/** A piece as GPT-2's words, spelt in its byte alphabet. */
export function splitByteLevel(
  piece: Piece,
  { addsPrefixSpace, splitsWords }: ByteLevelSteps,
): Piece[] {
  const spaced = addsPrefixSpace && !piece.text.startsWith(" ") ? prependPiece(piece, " ") : piece;
  if (!splitsWords) return [spellBytes(spaced)];
  const words: Piece[] = [];
  for (const { start, end } of wordPattern()(spaced.text)) {
    words.push(spellBytes(slicePiece(spaced, start, end)));
  }
  return words;
}

function spellBytes(piece: Piece): Piece {
  const { text } = piece;
  let spelt = "";
  for (let unit = 0; unit < text.length; unit++) {
    const code = text.charCodeAt(unit);
    if (code > 0x7f) return spellWideBytes(piece);
    spelt += byteCharacters[code];
  }
  return { ...piece, text: spelt };
}

function spellWideBytes(piece: Piece): Piece {
  const units: number[] = [];
  let spelt = "";
  let unit = 0;
  for (const character of piece.text) {
    const bytes = toByteCharacters(character);
    for (let byte = 0; byte < bytes.length; byte++) units.push(unitOf(piece, unit));
    spelt += bytes;
    unit += character.length;
  }
  piece.source.growth.add(spelt.length - piece.text.length);
  return { text: spelt, source: piece.source, from: piece.from, lead: 0, units };
}
