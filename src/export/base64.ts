const letters = Array.from(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
  (letter) => letter.charCodeAt(0),
);
/** "=": fills up the last four letters. */
const filling = 61;

/** Bytes as base64, in any runtime. */
export function toBase64(bytes: Uint8Array): string {
  const { length } = bytes;
  const text = new Uint8Array(Math.ceil(length / 3) * 4).fill(filling);
  const whole = length - (length % 3);
  let at = 0;
  for (let index = 0; index < whole; index += 3) {
    const group = (bytes[index]! << 16) | (bytes[index + 1]! << 8) | bytes[index + 2]!;
    text[at++] = letters[group >> 18]!;
    text[at++] = letters[(group >> 12) & 63]!;
    text[at++] = letters[(group >> 6) & 63]!;
    text[at++] = letters[group & 63]!;
  }
  if (whole < length) {
    const group = (bytes[whole]! << 16) | ((bytes[whole + 1] ?? 0) << 8);
    text[at++] = letters[group >> 18]!;
    text[at++] = letters[(group >> 12) & 63]!;
    if (whole + 1 < length) text[at++] = letters[(group >> 6) & 63]!;
  }
  return new TextDecoder().decode(text);
}
