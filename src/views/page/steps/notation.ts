/** Words in quotation marks are the reader's own: they are left as they are. */
function outsideQuotes(text: string, change: (part: string) => string): string {
  return text
    .split(/("[^"]*")/u)
    .map((part, place) => (place % 2 === 0 ? change(part) : part))
    .join("");
}

/** A formula of rows, x · W, written for columns, W · x, with its shapes. */
export function inColumns(formula: string): string {
  return formula
    .replace("W^Q · W^Kᵀ", "W^Qᵀ · W^K")
    .replace(/\b(x|mixed) · (W\^[QKVO](?: of this head)?)/gu, "$2 · $1")
    .replace(/x\[(\d+)\] · W\^Q\[(\d+), (\d+)\]/gu, "W^Q[$3, $2] · x[$1]")
    .replace(/\((\d+)\) · \((\d+) × (\d+)\)/gu, "($3 × $2) · ($1)")
    .replace(/weight · v/gu, "v · weight");
}

/** A text whose numbers below 0 have a minus, not a hyphen. */
export function withMinus(text: string): string {
  return outsideQuotes(text, (part) => part.replace(/(?<![\p{L}\p{N}.)\]-])-(?=[\d.∞])/gu, "−"));
}

/** A text whose layers, heads and numbers count from 0, counted from 1. */
export function fromOne(text: string): string {
  const up = (number: string) => String(Number(number) + 1);
  return outsideQuotes(text, (part) =>
    part
      .replace(
        /\bL(\d+)H(\d+)\b/gu,
        (_, layer: string, head: string) => `L${up(layer)}H${up(head)}`,
      )
      .replace(/\[(\d+)(?:, (\d+))?\]/gu, (_, a: string, b?: string) =>
        b === undefined ? `[${up(a)}]` : `[${up(a)}, ${up(b)}]`,
      )
      .replace(
        /\b((?:layers?|numbers?|pairs?|key head) )(\d+)( to (\d+))?/gu,
        (_, name: string, a: string, to?: string, b?: string) =>
          `${name}${up(a)}${to ? ` to ${up(b!)}` : ""}`,
      ),
  );
}
