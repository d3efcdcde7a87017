/** What a pass costs besides its tokens, in tokens: planning it, and reading the weights once more. */
const TOKENS_OF_A_PASS = 16;

/**
 * Rows that go through the model together, so that few tokens are padding: rows of like length, each group padded to its longest. Of all ways
 * to part the rows, sorted by length, the one with the fewest tokens, where each group counts as some tokens more.
 */
export function rowGroups(lengths: readonly number[]): number[][] {
  const sorted = [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]!);
  // Rows of one length are never parted, so that the choice is among lengths.
  const ends = sorted.flatMap((row, place) =>
    lengths[sorted[place + 1]!] === lengths[row] ? [] : [place + 1],
  );
  const best = [{ tokens: 0, start: 0 }];
  for (const [index, end] of ends.entries()) {
    let least = { tokens: Number.POSITIVE_INFINITY, start: 0 };
    for (let from = 0; from <= index; from++) {
      const start = from === 0 ? 0 : ends[from - 1]!;
      const own = (end - start) * lengths[sorted[start]!]! + TOKENS_OF_A_PASS;
      const tokens = best[from]!.tokens + own;
      if (tokens < least.tokens) least = { tokens, start: from };
    }
    best.push(least);
  }
  const groups: number[][] = [];
  for (let index = ends.length; index > 0; index = best[index]!.start) {
    const from = best[index]!.start;
    groups.unshift(sorted.slice(from === 0 ? 0 : ends[from - 1]!, ends[index - 1]!));
  }
  return groups;
}
