/** A part of what was said, as the model's own times cut it. */
export interface Segment {
  /** In seconds. */
  readonly start: number;
  readonly end: number;
  readonly ids: readonly number[];
  /** Where it begins among the ids of its window. */
  readonly from: number;
}

interface Window {
  /** What was written, without the ids the decoder began with and the end. */
  readonly ids: readonly number[];
  /** The id of 0 seconds. */
  readonly firstTimeId: number;
  /** Seconds before the window. */
  readonly offset: number;
  /** Frames that the window has. */
  readonly frames: number;
  readonly secondsPerToken: number;
}

/** Segments of a window, and after how many frames the next one begins: behind the last whole segment, or where the window ends. */
export function segmentsOf({ ids, firstTimeId, offset, frames, secondsPerToken }: Window): {
  readonly segments: readonly Segment[];
  readonly next: number;
} {
  const isTime = ids.map((id) => id >= firstTimeId);
  const isSingleEnd = isTime.at(-1) === true && isTime.at(-2) === false;
  const cuts = ids.flatMap((_, place) =>
    place > 0 && isTime[place - 1] && isTime[place] ? [place] : [],
  );
  const secondsOf = (id: number) => offset + (id - firstTimeId) * secondsPerToken;
  if (cuts.length === 0) {
    const lastTime = ids.findLast((_, place) => isTime[place]);
    const hasEnd = lastTime !== undefined && lastTime !== firstTimeId;
    const end = hasEnd ? secondsOf(lastTime) : offset + Math.floor(frames / 2) * secondsPerToken;
    return { segments: [{ start: offset, end, ids, from: 0 }], next: frames };
  }
  if (isSingleEnd) cuts.push(ids.length);
  // The last time is kept, so that it is seen to be no single one.
  else cuts[cuts.length - 1]! += 1;
  let from = 0;
  const segments = cuts.map((cut, place) => {
    const own = ids.slice(from, cut);
    const isOpen = place === cuts.length - 1 && !isSingleEnd;
    const segment = {
      start: secondsOf(own[0]!),
      end: secondsOf(own.at(isOpen ? -2 : -1) ?? own[0]!),
      ids: own,
      from,
    };
    from = cut;
    return segment;
  });
  return { segments, next: isSingleEnd ? frames : (ids[from - 2]! - firstTimeId) * 2 };
}
