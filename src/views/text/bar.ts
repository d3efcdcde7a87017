const unicodeLevels = " ▁▂▃▄▅▆▇█";
const plainLevels = " .:-=+*#@";

/** One character whose height (or darkness, in ASCII) stands for a share from 0 to 1, in eighths. */
export function level(share: number, unicode: boolean): string {
  const eighths = share > 0 ? Math.min(8, Math.round(share * 8)) : 0;
  return (unicode ? unicodeLevels : plainLevels)[eighths]!;
}

/** One character whose darkness stands for a share from 0 to 1, in quarters. */
export function shading(share: number, unicode: boolean): string {
  const quarters = share > 0 ? Math.min(4, Math.round(share * 4)) : 0;
  return (unicode ? " ░▒▓█" : " .+*#")[quarters]!;
}

/** A bar lying down, `width` columns at a share of 1, drawn in eighths of a column. */
export function lyingBar(share: number, width: number, unicode: boolean): string {
  const length = share > 0 ? Math.min(1, share) * width : 0;
  if (!unicode) return "#".repeat(Math.round(length));
  const eighths = Math.round(length * 8);
  return "█".repeat(eighths >> 3) + " ▏▎▍▌▋▊▉"[eighths & 7]!.trim();
}
