import { InputError } from "../../errors/errors.ts";

/** Files that are no texts, by their first bytes. */
const foreign: readonly (readonly [string, string])[] = [
  ["%PDF-", "a PDF; take its text out first: pdftotext"],
  ["PK\u0003\u0004", "a zip, as .docx and .xlsx are; save it as plain text first"],
  ["\u001f\u008b", "compressed; unpack it first: gunzip"],
];

/**
 * The text of bytes in UTF-8, a byte order mark left out. Throws InputError with the place of the first byte that is none, and what to do.
 * `from` is where the bytes stand in what they are a part of: what only a beginning has is looked for at 0.
 */
export function decodeText(bytes: Uint8Array, place: string, from = 0): string {
  const file = place === "stdin" ? "" : ` ${place}`;
  const convert = (from: string) => `Convert it to UTF-8: iconv -f ${from} -t utf-8${file}`;
  const start = from === 0 ? Buffer.from(bytes.subarray(0, 5)).toString("latin1") : "";
  const known = foreign.find(([magic]) => start.startsWith(magic));
  if (known) throw new InputError(`${place}: this is ${known[1]}`);
  const mark = /^(\u00ff\u00fe|\u00fe\u00ff)/.exec(start)?.[0];
  if (mark !== undefined) {
    const sort = mark === "\u00ff\u00fe" && bytes[2] === 0 && bytes[3] === 0 ? 32 : 16;
    throw new InputError(
      `${place}: bytes 0 and 1 are the byte order mark of UTF-${sort}, and texts are read as UTF-8. ${convert(`utf-${sort}`)}`,
    );
  }
  const zero = bytes.indexOf(0);
  if (zero >= 0) {
    const wide = wideOrder(bytes);
    throw new InputError(
      wide
        ? `${place}: byte ${from + zero} is zero, as every other one is: this is UTF-16 without its mark. ${convert(`utf-16${wide}`)}`
        : `${place}: byte ${from + zero} is zero, which no text holds. Is it a text? Take it out if it is: tr -d '\\000'`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: from > 0 }).decode(bytes);
  } catch {
    const bad = badByte(bytes);
    const hex = bytes[bad]!.toString(16).toUpperCase().padStart(2, "0");
    throw new InputError(
      `${place}: byte ${from + bad} (0x${hex}) is no UTF-8. ${convert("latin1")}, where latin1 is what it was written in`,
    );
  }
}

/** Whether bytes are those of UTF-16: most letters have a zero before them, or behind. */
function wideOrder(bytes: Uint8Array): "le" | "be" | undefined {
  const zeros = [0, 0];
  const end = Math.min(bytes.length, 1000);
  for (let place = 0; place < end; place++) if (bytes[place] === 0) zeros[place % 2]! += 1;
  const most = 0.4 * (end / 2);
  if (zeros[1]! > most && zeros[0]! <= zeros[1]! / 4) return "le";
  return zeros[0]! > most && zeros[1]! <= zeros[0]! / 4 ? "be" : undefined;
}

/** Where bytes stop being UTF-8: where what they are read as, written again, differs from them. */
function badByte(bytes: Uint8Array): number {
  const again = Buffer.from(Buffer.from(bytes).toString("utf8"));
  return bytes.findIndex((byte, place) => byte !== again[place]);
}
