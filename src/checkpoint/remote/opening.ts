import { CheckpointError } from "../../errors/errors.ts";
import type { Answer } from "./transfer.ts";

/** What an answer says of its file. */
export interface Opening {
  /** The byte its body begins with. */
  readonly start: number;
  /** Where its body ends; undefined where only its end tells. */
  readonly end: number | undefined;
  /** The whole file's bytes; undefined where the answer cannot be believed about it. */
  readonly size: number | undefined;
  /** What tells this version of the file from others: ETag, or the time of its last change. */
  readonly version: string | undefined;
  /** Whether parts may be asked for; undefined where the answer does not say. */
  readonly hasRanges: boolean | undefined;
}

/** What was asked for: bytes [start, end) of a file of `size`; the whole file without. */
export interface Asked {
  readonly range?: { readonly start: number; readonly end: number; readonly size: number };
  readonly name: string;
  /** The file, for messages. */
  readonly place: string;
}

/**
 * Reads an answer of status 200, 206, or 416 for an empty file (RFC 9110, 14). Throws CheckpointError for a part that is not the one
 * that was asked for.
 */
export function readOpening(answer: Answer, { range, name, place }: Asked): Opening {
  const { headers, status } = answer;
  const version = headers.get("etag") ?? headers.get("last-modified") ?? undefined;
  const hasRanges = /^none$/i.test(headers.get("accept-ranges") ?? "") ? false : undefined;
  if (status === 416) return { start: 0, end: 0, size: 0, version, hasRanges };
  if (status === 206) return { ...partOf(answer, range, place), version, hasRanges: true };
  const size = sureLength(answer, name);
  return { start: 0, end: size, size, version, hasRanges: range ? false : hasRanges };
}

function partOf(answer: Answer, range: Asked["range"], place: string) {
  const given = answer.headers.get("content-range");
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(given ?? "");
  if (match) {
    const [first, last] = match.slice(1, 3).map(Number) as [number, number];
    const size = match[3] === "*" ? range?.size : Number(match[3]);
    const isAsked = range ? first === range.start && last < range.end : first === 0;
    if (isAsked) return { start: first, end: last + 1, size };
  }
  // Another site may hide the header; the length it never hides.
  const length = Number(answer.headers.get("content-length") ?? Number.NaN);
  if (given === null && answer.isForeign && range && length === range.end - range.start)
    return range;
  const hint =
    given === null
      ? "Does the server expose that header to other sites (CORS)?"
      : "The server is at fault.";
  throw new CheckpointError(
    `${place}: the answer's content-range is ${given ?? "missing"}, not what was asked for. ${hint}`,
  );
}

/** Content-Length where it is that of the file, and not of what it was packed into on the way. */
function sureLength({ headers, isForeign }: Answer, name: string): number | undefined {
  const length = headers.get("content-length");
  const packed = headers.get("content-encoding") ?? "identity";
  if (length === null || !/^\d+$/.test(length) || !/^identity$/i.test(packed)) return undefined;
  // Another site may hide that it packs; nobody packs an archive of numbers.
  return isForeign && !/\.bin$/.test(name) ? undefined : Number(length);
}
