import { Growth } from "./growth.ts";
import type { Pattern } from "./pattern.ts";

/**
 * A text on its way through the normalizers, with the place of each UTF-16 unit in the text that was given: unit i came
 * from [starts[i], ends[i]), or while nothing has moved (`starts` absent) from origin + i.
 */
export interface Aligned {
  readonly text: string;
  readonly origin: number;
  readonly starts?: Int32Array;
  readonly ends?: Int32Array;
  /** How far the whole text may still grow. */
  readonly growth: Growth;
}

/** A text in which nothing has moved yet. */
export function unmoved(text: string, growth = new Growth(text.length)): Aligned {
  return { text, origin: 0, growth };
}

/** Where the character that begins at a unit began in the given text. */
export function sourceStart(source: Aligned, unit: number): number {
  return source.starts ? source.starts[unit]! : source.origin + unit;
}

/** Where the character that a unit belongs to ended in the given text. */
export function sourceEnd(source: Aligned, unit: number): number {
  if (source.ends) return source.ends[unit]!;
  const isPair = (source.text.charCodeAt(unit) & 0xfc00) === 0xd800;
  return source.origin + unit + (isPair ? 2 : 1);
}

/** The part [from, to) of a text. */
export function sliceAligned(source: Aligned, from: number, to: number): Aligned {
  if (from === 0 && to === source.text.length) return source;
  return {
    text: source.text.slice(from, to),
    origin: source.origin + from,
    starts: source.starts?.subarray(from, to),
    ends: source.ends?.subarray(from, to),
    growth: source.growth,
  };
}

/** Collects a new text unit by unit, each with its place in the given text. */
class AlignedWriter {
  private text = "";
  private starts: Int32Array;
  private ends: Int32Array;

  private readonly source: Aligned;

  constructor(source: Aligned, capacity: number) {
    this.source = source;
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
  }

  write(characters: string, start: number, end: number): void {
    const from = this.text.length;
    const to = from + characters.length;
    this.reserve(to);
    this.starts.fill(start, from, to);
    this.ends.fill(end, from, to);
    this.text += characters;
  }

  copy(source: Aligned, from: number, to: number): void {
    let at = this.text.length;
    this.reserve(at + to - from);
    for (let unit = from; unit < to; at++, unit++) {
      const isSecond =
        source.starts === undefined && (source.text.charCodeAt(unit) & 0xfc00) === 0xdc00;
      this.starts[at] = sourceStart(source, isSecond ? unit - 1 : unit);
      this.ends[at] = sourceEnd(source, unit);
    }
    this.text += source.text.slice(from, to);
  }

  finish(): Aligned {
    const length = this.text.length;
    const { growth } = this.source;
    growth.add(length - this.source.text.length);
    const starts = this.starts.subarray(0, length);
    return { text: this.text, origin: 0, starts, ends: this.ends.subarray(0, length), growth };
  }

  private reserve(length: number): void {
    if (length <= this.starts.length) return;
    this.source.growth.check(length - this.source.text.length);
    const starts = new Int32Array(length * 2);
    const ends = new Int32Array(length * 2);
    starts.set(this.starts);
    ends.set(this.ends);
    this.starts = starts;
    this.ends = ends;
  }
}

/** Each code point replaced by what `replace` gives (undefined keeps it); the new characters cover the old one. */
export function rewrite(
  source: Aligned,
  replace: (codePoint: number) => string | undefined,
): Aligned {
  const { text } = source;
  return rewriteRuns(source, (unit) => {
    const codePoint = text.codePointAt(unit)!;
    const content = replace(codePoint);
    return content === undefined
      ? undefined
      : { end: unit + (codePoint > 0xffff ? 2 : 1), content };
  });
}

/** From each place on, the characters up to `end` replaced by what `replace` gives (undefined keeps one); the new ones cover all of them. */
export function rewriteRuns(
  source: Aligned,
  replace: (unit: number) => { readonly end: number; readonly content: string } | undefined,
): Aligned {
  const { text } = source;
  let writer: AlignedWriter | undefined;
  let copied = 0;
  for (let unit = 0; unit < text.length; ) {
    const found = replace(unit);
    const next = found?.end ?? unit + (text.codePointAt(unit)! > 0xffff ? 2 : 1);
    if (found) {
      writer ??= new AlignedWriter(source, text.length + 16);
      writer.copy(source, copied, unit);
      writer.write(found.content, sourceStart(source, unit), sourceEnd(source, next - 1));
      copied = next;
    }
    unit = next;
  }
  if (!writer) return source;
  writer.copy(source, copied, text.length);
  return writer.finish();
}

/** Each match of a pattern replaced; the replacement covers the match's last character. */
export function replaceMatches(source: Aligned, pattern: Pattern, content: string): Aligned {
  const { text } = source;
  let writer: AlignedWriter | undefined;
  let copied = 0;
  for (const { start, end } of pattern(text)) {
    if (end === start) continue;
    writer ??= new AlignedWriter(source, text.length + 16);
    writer.copy(source, copied, start);
    const last = (text.charCodeAt(end - 1) & 0xfc00) === 0xdc00 ? end - 2 : end - 1;
    writer.write(content, sourceStart(source, last), sourceEnd(source, last));
    copied = end;
  }
  if (!writer) return source;
  writer.copy(source, copied, text.length);
  return writer.finish();
}

/** Characters put in front; they cover the first character. An empty text stays empty. */
export function prepend(source: Aligned, characters: string): Aligned {
  if (source.text === "" || characters === "") return source;
  source.growth.check(characters.length);
  const writer = new AlignedWriter(source, source.text.length + characters.length);
  writer.write(characters, sourceStart(source, 0), sourceEnd(source, 0));
  writer.copy(source, 0, source.text.length);
  return writer.finish();
}

/**
 * A new text out of `characters`, each with its change: 0 stands in for the next old character, 1 is put in (and covers
 * what the old character before covers), -n stands in for the next one and swallows n more. The rule is the one of the
 * Rust library's NormalizedString, so that offsets agree where its normalizers count characters oddly.
 */
export function transform(
  source: Aligned,
  characters: readonly string[],
  changes: readonly number[],
): Aligned {
  const { text } = source;
  const width = (unit: number) => ((text.charCodeAt(unit) & 0xfc00) === 0xd800 ? 2 : 1);
  const writer = new AlignedWriter(source, text.length + 16);
  let last = 0;
  let next = 0;
  for (const [index, character] of characters.entries()) {
    const change = changes[index]!;
    const unit = change > 0 ? last : Math.min(next, text.length - 1);
    writer.write(character, sourceStart(source, unit), sourceEnd(source, unit));
    for (let taken = change; taken <= 0 && next < text.length; taken++) {
      last = next;
      next += width(next);
    }
  }
  return writer.finish();
}
