import type { Processor } from "../writing/processors.ts";

/** What the rules need to know. */
export interface TimestampRules {
  /** The id of "<|notimestamps|>"; those of times come behind it. */
  readonly noTimestampsId: number;
  readonly endId: number;
  /** Ids the decoder began with. */
  readonly begin: number;
  /** How late the first time may be, in steps. */
  readonly maxInitial: number | undefined;
}

/**
 * Times stand in pairs, never go back, and the first comes first; where all times together are likelier than any other token, a time is
 * written (Whisper's own rules).
 */
export function timestampRules({
  noTimestampsId,
  endId,
  begin,
  maxInitial,
}: TimestampRules): Processor {
  const first = noTimestampsId + 1;
  return (scores, { columns }) => {
    scores[noTimestampsId] = -Infinity;
    const written = columns.slice(begin);
    const isTime = (id: number | undefined) => id !== undefined && id >= first;
    const isLast = isTime(written.at(-1));
    const isBefore = written.length < 2 || isTime(written.at(-2));
    if (isLast && isBefore) scores.fill(-Infinity, first);
    if (isLast && !isBefore) scores.fill(-Infinity, 0, endId);
    const last = written.findLast(isTime);
    if (last !== undefined) scores.fill(-Infinity, first, isLast && !isBefore ? last : last + 1);
    if (written.length === 0) {
      scores.fill(-Infinity, 0, first);
      if (maxInitial !== undefined) scores.fill(-Infinity, first + maxInitial + 1);
    }
    if (logSum(scores.subarray(first)) > largest(scores.subarray(0, first)))
      scores.fill(-Infinity, 0, first);
  };
}

function largest(scores: Float32Array): number {
  let most = -Infinity;
  for (const score of scores) if (score > most) most = score;
  return most;
}

/** log Σ e^score */
function logSum(scores: Float32Array): number {
  const most = largest(scores);
  if (most === -Infinity) return most;
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - most);
  return most + Math.log(sum);
}
