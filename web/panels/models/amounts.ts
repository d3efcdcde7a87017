import { leftToRight } from "../../app/numbers.ts";

const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;

/** A tag whose numbers are written 0 to 9, as all numbers of the page are. */
function withDigits(tag: string): string {
  return `${tag}-u-nu-latn`;
}

/** An amount of memory with three digits: "498 MB". */
export function bytesText(bytes: number, tag: string): string {
  if (bytes === 0) return leftToRight("0");
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return leftToRight(
    new Intl.NumberFormat(withDigits(tag), {
      style: "unit",
      unit: units[step]!,
      maximumSignificantDigits: 3,
    }).format(bytes / 1000 ** step),
  );
}

/** A whole number: "1,024". */
export function countText(count: number, tag: string): string {
  return leftToRight(new Intl.NumberFormat(withDigits(tag)).format(count));
}

/** A large number in short: "124M". */
export function shortCountText(count: number, tag: string): string {
  return leftToRight(
    new Intl.NumberFormat(withDigits(tag), {
      notation: "compact",
      maximumSignificantDigits: 3,
    }).format(count),
  );
}
