import { InputError } from "../../errors/errors.ts";
import { decodeText } from "./decode.ts";

/** A line of a source, whatever stands in it. */
export interface TextLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

const lineFeed = 10;
/** More than this is no line of text, and memory would not hold what never ends. */
const longestLine = 64 * 2 ** 20;

/** The lines of a text. */
export function* linesOfText(text: string): Generator<TextLine> {
  for (const [index, own] of text.split(/\r\n|\r|\n/).entries())
    yield { line: index + 1, text: own };
}

/** The lines of bytes that come in pieces, each as soon as its end is there. Throws InputError for bytes that are no UTF-8, and for a line without end. */
export async function* linesOfBytes(
  pieces: AsyncIterable<Uint8Array>,
  place: string,
): AsyncGenerator<TextLine> {
  let [line, from] = [1, 0];
  let held: Uint8Array[] = [];
  let size = 0;
  const take = function* () {
    const bytes = held.length === 1 ? held[0]! : Buffer.concat(held);
    // A lone carriage return ends a line too, as files of old have it.
    for (const text of decodeText(bytes, place, from).replace(/\r$/, "").split("\r"))
      yield { line: line++, text };
    from += size + 1;
    [held, size] = [[], 0];
  };
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(lineFeed); end >= 0; end = piece.indexOf(lineFeed, start)) {
      held.push(piece.subarray(start, end));
      size += end - start;
      yield* take();
      start = end + 1;
    }
    held.push(piece.subarray(start));
    size += piece.length - start;
    if (size > longestLine)
      throw new InputError(
        `${place}: line ${line} is longer than ${longestLine / 2 ** 20} MB. With --lines each text ends with its line; give one long text without --lines`,
      );
  }
  if (size > 0) yield* take();
}
