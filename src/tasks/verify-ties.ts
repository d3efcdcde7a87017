import type { RecordedTrace, TraceTensor } from "../checkpoint/trace-file.ts";
import { Tensor } from "../tensor/tensor.ts";

/** What heed computed, with the recorded token wherever it names one that is equally likely; and at how many places of each site. */
export interface WithoutTies {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly ties: ReadonlyMap<string, number>;
}

/** Texts, starts of each, ends of each start, tokens. */
interface Sizes {
  readonly B: number;
  readonly starts: number;
  readonly ends: number;
  readonly T: number;
}

/**
 * Beams for answers (XLNet's, XLM's) name tokens in the order of their logits, and equal ones in any order: PyTorch takes any of several
 * tokens of padding, whose vectors are all zero. Where heed names another token than was recorded, and the recorded logits of the two are
 * alike, the recorded one is put there, and what follows from a start goes with it. Without recorded logits nothing is a tie.
 */
export function withoutTies(
  tensors: ReadonlyMap<string, Tensor>,
  recorded: RecordedTrace["tensors"],
  tolerance: number,
): WithoutTies {
  const alike = { tensors, ties: new Map<string, number>() };
  const read = (name: string) => {
    const [own, expected] = [tensors.get(name), recorded.get(name)];
    return own && expected && own.data.length === expected.data.length
      ? { own, expected }
      : undefined;
  };
  const [startIndices, startLogits] = [read("startTopIndices"), read("startLogits")];
  const [endIndices, endLogits] = [read("endTopIndices"), read("endLogits")];
  if (!startIndices || !startLogits || !endIndices || !endLogits) return alike;
  const [B, starts, T] = endLogits.expected.shape as [number, number, number];
  const sizes = { B, starts, T, ends: endIndices.expected.shape[1]! / starts };
  const ranks = ranksOfStarts(startIndices, startLogits.expected, sizes, tolerance);
  if (!ranks) return alike;
  const laid = new Map(tensors);
  laid.set("startTopIndices", asTensor(startIndices.expected));
  const pair = (start: number, end: number) => end * starts + start;
  for (const [name, width, place] of [
    ["endLogits", T, (start: number, token: number) => start * T + token],
    ["endTopProbabilities", sizes.ends, pair],
    ["endTopIndices", sizes.ends, pair],
  ] as const) {
    const both = read(name);
    if (!both) continue;
    const data = Float32Array.from(both.expected.data);
    const size = data.length / B;
    for (const [text, row] of ranks.entries())
      for (const [start, rank] of row.entries())
        for (let n = 0; rank !== undefined && n < width; n++)
          data[text * size + place(start, n)] = both.own.data[text * size + place(rank, n)]!;
    laid.set(name, new Tensor(both.expected.shape, data));
  }
  const different = ranks.flat().filter((rank, place) => rank !== place % starts).length;
  const tiedEnds = takeTiedEnds(
    laid.get("endTopIndices")!,
    endIndices.expected,
    endLogits.expected,
    sizes,
    tolerance,
  );
  const ties = [
    ["startTopIndices", different],
    ["endTopIndices", tiedEnds],
  ] as const;
  return { tensors: laid, ties: new Map(ties.filter(([, count]) => count > 0)) };
}

/** At which rank heed has each recorded start: undefined where it has another token, as likely, in its place. Undefined altogether where one is not as likely. */
function ranksOfStarts(
  { own, expected }: { own: Tensor; expected: TraceTensor },
  logits: TraceTensor,
  { B, starts, T }: Sizes,
  tolerance: number,
): (number | undefined)[][] | undefined {
  const rows: (number | undefined)[][] = [];
  for (let text = 0; text < B; text++) {
    const [theirs, heeds] = [expected, own].map(({ data }) =>
      Array.from(data.subarray(text * starts, (text + 1) * starts)),
    ) as [number[], number[]];
    const row = logits.data.subarray(text * T, (text + 1) * T);
    if (!theirs.every((token, rank) => areAlike(row, [token, heeds[rank]!], tolerance)))
      return undefined;
    rows.push(theirs.map((token) => (heeds.includes(token) ? heeds.indexOf(token) : undefined)));
  }
  return rows;
}

/** Puts the recorded ends where heed has others that are as likely, and counts them. */
function takeTiedEnds(
  own: Tensor,
  expected: TraceTensor,
  logits: TraceTensor,
  { B, starts, ends, T }: Sizes,
  tolerance: number,
): number {
  let count = 0;
  for (let place = 0; place < B * starts * ends; place++) {
    const [token, other] = [expected.data[place]!, own.data[place]!];
    const start = Math.floor(place / (starts * ends)) * starts + (place % starts);
    const row = logits.data.subarray(start * T, (start + 1) * T);
    if (token === other || !areAlike(row, [token, other], tolerance)) continue;
    own.data[place] = token;
    count++;
  }
  return count;
}

/** Whether two tokens' logits are alike, as far as the tolerance tells numbers apart. */
function areAlike(
  logits: TraceTensor["data"],
  [a, b]: readonly [number, number],
  tolerance: number,
): boolean {
  const largest = Array.from(logits).reduce((most, logit) => Math.max(most, Math.abs(logit)), 1);
  return a === b || Math.abs(logits[a]! - logits[b]!) <= tolerance * largest;
}

function asTensor({ shape, data }: TraceTensor): Tensor {
  return new Tensor(shape, Float32Array.from(data));
}
