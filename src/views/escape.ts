/** Text for element content and quoted attributes of SVG and HTML. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Controls beyond ASCII and what reorders letters, which JSON.stringify leaves as they are. */
const unescaped = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * A value as JSON, with typed arrays as lists and numbers that JSON lacks as null. Every control is an escape, so that nothing that shows
 * it is moved by it; the values stay as they are.
 */
export function jsonText(value: unknown, indent?: number): string {
  const plain = (_: string, part: unknown) =>
    ArrayBuffer.isView(part) ? Array.from(part as Float32Array) : part;
  return JSON.stringify(value, plain, indent).replace(
    unescaped,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A value as JSON that may stand inside a script element: no `<`, so that none can end it. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}
